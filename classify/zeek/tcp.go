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
	rare    *rare // nil for most
	ends    [2]endpoint
	history history
	bits    uint8
	orig    uint8    // which end is the originator
	seen    [2]uint8 // letters that stand once, per role
	missed  uint32   // low half of the bytes in gaps
}

// Bits of TCP.bits.
const (
	firstOrig = 1 << iota // a packet of the originator was seen
	firstResp
	fixed     // the roles never change
	midstream // the beginning was not seen, Zeek's is_partial
	deferred  // a close waits for bytes
	genEvent  // it would report a normal close
	inert     // Zeek's timers of the analyzer no longer act
)

func (c *TCP) is(bit uint8) bool { return c.bits&bit != 0 }
func (c *TCP) set(bit uint8)     { c.bits |= bit }
func (c *TCP) clear(bit uint8)   { c.bits &^= bit }

// role returns 0 where e is the originator, else 1.
func (c *TCP) role(e *endpoint) uint8 {
	if e == &c.ends[c.orig] {
		return 0
	}
	return 1
}

// Start begins a connection at time now of the world's clock, in microseconds. flipped tells
// that the sender of its first packet is the responder; with isFixed, roles stay as they are.
// Without timed there are no timers and no LastTime.
func (c *TCP) Start(now int64, flipped, isFixed, timed bool) {
	if isFixed {
		c.set(fixed)
	}
	if timed {
		c.more().timers = newTimers(now)
	}
	if flipped {
		c.add('^')
	}
}

// Packet takes the next packet; side is 0 from the originator, else 1. It reports whether
// the roles were exchanged before the packet, or within: then the packet still counts for side.
func (c *TCP) Packet(s *Segment, side int) (before, within bool) {
	if !c.is(fixed) && c.history.onlySynAck() && s.Flags&(SYN|FIN|RST) == 0 && (s.Length > 0 || s.has(ACK)) {
		// A SYN-ACK by the supposed originator, and then a packet of the connection: the SYN
		// was not captured.
		c.flip()
		c.history = history{}
		c.add('^')
		c.add('h')
		before, side = true, 1-side
	}
	e := &c.ends[uint8(side)^c.orig]
	p := &c.ends[1-uint8(side)^c.orig]
	if c.plain(e, p, s) {
		return before, false
	}
	orig := c.orig
	c.process(e, p, s, side == 0)
	return before, c.orig != orig
}

// flip exchanges the roles.
func (c *TCP) flip() {
	c.orig ^= 1
	firsts := c.bits & (firstOrig | firstResp)
	c.bits = c.bits&^(firstOrig|firstResp|midstream) | firsts>>1 | firsts<<1&firstResp
}

func (c *TCP) process(e, p *endpoint, s *Segment, fromOrig bool) {
	first := uint8(firstResp)
	if fromOrig {
		first = firstOrig
	}
	if !c.is(first) {
		if fromOrig {
			c.clear(midstream)
		}
		if !s.has(SYN) || fromOrig && s.has(ACK) {
			c.set(midstream)
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
	rel, below := c.relative(e, s.Seq, c.fullLast(e))
	c.record(e, s, rel)
	if s.ZeroWindow && !s.has(RST) && p.state != closed && e.state != reset && c.scaled(e, zeroWindows) {
		c.letter(e, 'W')
	}
	if t := c.timers(); t != nil && !(c.ends[0].is(didClose) && c.ends[1].is(didClose)) {
		t.last = s.Time
	}
	if s.has(FIN) {
		e.bits |= finSeen
		c.setFin(e, rel+uint64(length))
	}
	var ack uint64
	if s.has(ACK) {
		ack = c.acknowledge(p, s)
	}
	if c.advance(e, s, end) && c.scaled(e, retransmissions) {
		c.letter(e, 'T')
	}
	closes, normal := false, false
	if control || e.state != established {
		closes, normal = c.step(e, p, s, fromOrig)
	}
	if s.has(ACK) {
		c.received(p, e, ack)
	}
	c.set(first)
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
	rel, below := c.relative(p, s.Ack, c.fullAcked(p))
	switch {
	case below:
		return 0
	case !s.has(RST): // acknowledgments of RSTs are not trusted
		c.take(p, s.Ack)
	}
	return rel
}

// checkEnd notices that the stream of e is complete, which ends the waiting of a close.
func (c *TCP) checkEnd(e, p *endpoint) {
	if e.is(atEnd) || !e.is(finSeen) && e.state != closed && e.state != reset || c.pending(e, p) {
		return
	}
	e.bits |= atEnd
	if c.is(deferred) {
		c.close(e, p, c.is(genEvent))
		c.clear(deferred)
	}
}

// close processes the close of e: Zeek removes a fully closed connection some seconds later.
func (c *TCP) close(e, p *endpoint, normal bool) {
	if c.pending(e, p) {
		c.set(deferred)
		if normal {
			c.set(genEvent)
		}
		return
	}
	c.clear(deferred)
	if e.is(didClose) {
		return
	}
	e.bits |= didClose
	if e.state != reset && !p.is(didClose) && p.state != inactive {
		if e.previous() != inactive {
			c.timers().addExpire(sessionTimer)
		}
		return
	}
	if e.previous() != inactive || p.state != inactive {
		if c.is(genEvent) {
			normal = true
			c.clear(genEvent)
		}
		if normal {
			c.set(inert)
		}
	}
	c.timers().closing()
}
