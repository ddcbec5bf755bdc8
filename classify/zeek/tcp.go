package zeek

// Flag bits of the TCP header (RFC 9293 3.1).
const (
	FIN = 1
	SYN = 2
	RST = 4
	ACK = 16
)

// A Segment is what the machine sees of a TCP packet.
type Segment struct {
	Time       int64 // microseconds, of the packet itself: may go back
	Seq, Ack   uint32
	Length     uint32 // payload bytes by the headers
	Flags      uint8
	ZeroWindow bool
	Cut        bool // the payload was not captured whole
}

func (s *Segment) has(flag uint8) bool { return s.Flags&flag != 0 }

// A TCP is the machine of one connection; the zero value has seen no packet.
type TCP struct {
	Missed   int64 // bytes in gaps of both ends, Zeek's missed_bytes
	LastTime int64 // of the last packet before both ends had closed, microseconds

	ends      [2]endpoint
	orig      uint8 // which end is the originator
	firsts    uint8 // bit 1: a packet of the originator was seen, 2: of the responder
	fixed     bool  // the roles never change
	midstream bool  // the beginning was not seen, Zeek's is_partial
	deferred  bool  // a close waits for bytes
	genEvent  bool  // it would report a normal close
	inert     bool  // Zeek's timers of the analyzer no longer act
	longIdle  bool  // a service with an hour of idle time
	seen      [2]uint8
	history   history
	timers    *timers // nil with fixed roles: nobody asks
}

// role returns 0 where e is the originator, else 1.
func (c *TCP) role(e *endpoint) uint8 {
	if e == &c.ends[c.orig] {
		return 0
	}
	return 1
}

// Start begins a connection at time now of the world's clock, in microseconds. flipped tells
// that the sender of its first packet is the responder; with fixed, roles stay as they are and
// there are no timers.
func (c *TCP) Start(now int64, flipped, fixed bool) {
	c.fixed = fixed
	if !fixed {
		c.timers = newTimers(now)
	}
	if flipped {
		c.history.add('^')
	}
}

// Packet takes the next packet; side is 0 from the originator, else 1. It reports whether
// the roles were exchanged before the packet, or within: then the packet still counts for side.
func (c *TCP) Packet(s *Segment, side int) (before, within bool) {
	if !c.fixed && c.history.is('H') && s.Flags&(SYN|FIN|RST) == 0 && (s.Length > 0 || s.has(ACK)) {
		// A SYN-ACK by the supposed originator, and then a packet of the connection: the SYN
		// was not captured.
		c.flip()
		c.history = history{}
		c.history.add('^')
		c.history.add('h')
		before, side = true, 1-side
	}
	e := &c.ends[uint8(side)^c.orig]
	p := &c.ends[1-uint8(side)^c.orig]
	orig := c.orig
	c.process(e, p, s, side == 0)
	return before, c.orig != orig
}

// flip exchanges the roles.
func (c *TCP) flip() {
	c.orig ^= 1
	c.firsts = c.firsts>>1 | c.firsts<<1&2
	c.midstream = false
}

func (c *TCP) process(e, p *endpoint, s *Segment, fromOrig bool) {
	bit := uint8(2)
	if fromOrig {
		bit = 1
	}
	if c.firsts&bit == 0 {
		if fromOrig {
			c.midstream = !s.has(SYN) || s.has(ACK)
		} else if !c.midstream {
			c.midstream = !s.has(SYN)
		}
	}
	length := s.Length // in sequence space
	if s.has(RST) {
		length = 0
	}
	if s.has(SYN) {
		length++
	}
	if s.has(FIN) {
		length++
	}
	end := s.Seq + length
	control := s.Flags&(SYN|FIN|RST) != 0
	if control || e.state == inactive {
		e.first(s, end)
	}
	rel, below := e.relative(s.Seq, e.last, e.lastWrap)
	c.record(e, s, rel)
	if s.ZeroWindow && !s.has(RST) && p.state != closed && e.state != reset && e.zeroWindows.add() {
		c.letter(e, 'W')
	}
	if !c.ends[0].didClose || !c.ends[1].didClose {
		c.LastTime = s.Time
	}
	if s.has(FIN) {
		e.finSeen, e.finEnd = true, rel+uint64(length)
	}
	var ack uint64
	if s.has(ACK) {
		ack = c.acknowledge(p, s)
	}
	if e.advance(s, end) && e.retransmissions.add() {
		c.letter(e, 'T')
	}
	closes, normal := false, false
	if control || e.state != established {
		closes, normal = c.step(e, p, s, fromOrig)
	}
	if s.has(ACK) {
		c.received(p, e, ack)
	}
	c.firsts |= bit
	if s.Length > 0 && !s.has(RST) && !below && !s.Cut {
		if s.has(SYN) {
			rel++
		}
		c.sent(e, p, rel, rel+uint64(s.Length))
	}
	c.checkEnd(e, p)
	if closes {
		c.close(e, p, normal)
	}
}

// acknowledge takes the acknowledgment of p's numbers and returns it as a relative one.
func (c *TCP) acknowledge(p *endpoint, s *Segment) uint64 {
	if p.state == inactive {
		p.begin(s.Ack-1, s.Ack-1)
		return 1
	}
	rel, below := p.relative(s.Ack, p.acked, p.ackWrap)
	switch {
	case below:
		return 0
	case !s.has(RST): // acknowledgments of RSTs are not trusted
		p.acknowledge(s.Ack)
	}
	return rel
}

// checkEnd notices that the stream of e is complete, which ends the waiting of a close.
func (c *TCP) checkEnd(e, p *endpoint) {
	x := &e.stream
	if x.atEnd || !e.finSeen && e.state != closed && e.state != reset || e.pending(p) {
		return
	}
	x.atEnd = true
	if c.deferred {
		c.close(e, p, c.genEvent)
		c.deferred = false
	}
}

// close processes the close of e: Zeek removes a fully closed connection some seconds later.
func (c *TCP) close(e, p *endpoint, normal bool) {
	if e.pending(p) {
		c.deferred = true
		c.genEvent = c.genEvent || normal
		return
	}
	c.deferred = false
	if e.didClose {
		return
	}
	e.didClose = true
	if e.state != reset && !p.didClose && p.state != inactive {
		if e.previous != inactive {
			c.timers.addExpire(c.LastTime + sessionTimer)
		}
		return
	}
	if e.previous != inactive || p.state != inactive {
		if c.genEvent {
			normal, c.genEvent = true, false
		}
		if normal {
			c.inert = true
		}
	}
	c.timers.closing(c.LastTime)
}
