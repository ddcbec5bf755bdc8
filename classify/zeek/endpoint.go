package zeek

// A state is what Zeek thinks of one end.
type state uint8

const (
	inactive    state = iota // nothing seen from it
	synSent                  // it sent a SYN, as originator
	synAckSent               // it sent a SYN-ACK, as originator
	partial                  // it sent something, and no SYN was seen
	established              // its handshake is done
	closed                   // it sent FIN
	reset                    // it sent RST
)

// handshake reports whether the end can still wait for its handshake.
func (s state) handshake() bool { return s == inactive || s == synSent || s == synAckSent }

// silent is what conn_state treats as having taken no part.
func (s state) silent() bool { return s == inactive || s == partial }

// tooFar is how much a SYN or RST, or an acknowledgment of 0, may jump before Zeek distrusts it.
const tooFar = 1 << 20

// An endpoint is one end of a TCP connection: 40 bytes. What is nearly always small or absent
// is in rareEnd.
type endpoint struct {
	// Numbers of 32 bits; rareEnd has how often they wrapped around, as Zeek counts them.
	start uint32
	last  uint32 // number after the last one sent
	acked uint32 // highest acknowledgment by the other end

	// Low halves of relative numbers; rareEnd has the high ones.
	position, trimmed uint32 // see stream
	finEnd            uint32 // number after its FIN

	lastFin, lastRst uint32 // relative numbers of its last control segments, modulo 2^32

	counts [countKinds]uint16 // low halves; see scaled
	state  state
	bits   uint8
}

// Bits of endpoint.bits.
const (
	previousBits = 1<<3 - 1 // the state before
	didClose     = 1 << 3   // its close was processed
	finSeen      = 1 << 4
	skipping     = 1 << 5 // its stream is given up
	atEnd        = 1 << 6 // the end of its stream was reported
)

func (e *endpoint) is(bit uint8) bool { return e.bits&bit != 0 }
func (e *endpoint) previous() state   { return state(e.bits & previousBits) }

// Events that are counted.
const (
	retransmissions = iota
	zeroWindows
	gaps
	countKinds
)

// scaled counts an event and reports whether it has a letter: the 1st, 10th, 100th … have.
func (c *TCP) scaled(e *endpoint, kind int) bool {
	e.counts[kind]++
	if e.counts[kind] == 0 {
		c.moreOf(e).counts[kind]++
	}
	n := uint32(e.counts[kind])
	if c.rare != nil {
		n |= uint32(c.moreOf(e).counts[kind]) << 16
	}
	for n%10 == 0 && n > 0 {
		n /= 10
	}
	return n == 1
}

func full(number uint32, wraps uint16) uint64 { return uint64(wraps)<<32 + uint64(number) }

// relative returns number as a relative one, given the last one of its kind, wraps counted. A number before
// the start is below; its relative number is of no use then but for comparisons.
func (c *TCP) relative(e *endpoint, number uint32, before uint64) (rel uint64, below bool) {
	last, wraps := uint32(before), uint16(before>>32)
	switch delta := int32(number - last); {
	case delta < 0 && wraps > 0 && number > last:
		wraps--
	case delta > 0 && number < last:
		wraps++
	}
	if wraps == 0 {
		delta := int32(number - e.start)
		return uint64(int64(delta)), delta < 0
	}
	return full(number, wraps) - uint64(e.start), false
}

// begin sets the numbers as though the end had sent a SYN with number start.
func (e *endpoint) begin(start, last uint32) {
	e.start, e.acked, e.last = start, start, last
}

// first sets the numbers by a segment, where the state of the end calls for it; end is the
// number after the segment.
func (e *endpoint) first(s *Segment, end uint32) {
	switch e.state {
	case inactive:
		if s.has(SYN) {
			e.begin(s.Seq, end)
		} else {
			e.begin(s.Seq-1, s.Seq)
		}
	case synSent, synAckSent:
		if s.has(SYN) && s.Seq != e.start {
			e.begin(s.Seq, end)
		}
	case established, partial:
		if s.has(SYN) {
			e.begin(s.Seq, end)
		}
	case reset:
		if s.has(SYN) && e.previous() == inactive {
			e.begin(s.Seq, end)
		}
	}
}

// advance moves last to the end of a segment and reports whether the segment repeats payload.
func (c *TCP) advance(e *endpoint, s *Segment, end uint32) (repeats bool) {
	delta := int32(end - e.last)
	switch {
	case s.Flags&(SYN|RST) != 0 && (delta > tooFar || delta < -tooFar):
	case s.has(FIN) && e.last == e.start+1:
		// Of connections beyond 2 GiB perhaps only SYN and FIN are seen.
		c.setLast(e, end)
	case e.state == reset:
	case delta > 0:
		c.setLast(e, end)
	case s.Length > 0:
		return true
	}
	return false
}

func (c *TCP) setLast(e *endpoint, number uint32) {
	if number < e.last {
		c.moreOf(e).lastWrap++
	}
	e.last = number
}

// take takes an acknowledgment of the other end.
func (c *TCP) take(e *endpoint, number uint32) {
	delta := int32(number - e.acked)
	if delta <= 0 || number == 0 && delta > tooFar {
		return
	}
	if number < e.acked {
		c.moreOf(e).ackWrap++
	}
	e.acked = number
}

// nothingAcked reports whether no payload of the end was acknowledged.
func (c *TCP) nothingAcked(e *endpoint) bool {
	n := c.fullAcked(e)
	return n == uint64(e.start) || n == uint64(e.start)+1
}

// size returns the bytes of payload that the end sent, by its sequence numbers.
func (c *TCP) size(e, peer *endpoint) uint64 {
	if e.previous() == synSent && e.state == reset && peer.state == inactive && !c.nothingAcked(e) {
		// A half-open connection that was discovered: the numbers are of the former one.
		return 0
	}
	n := max(c.fullLast(e), c.fullAcked(e)) - uint64(e.start)
	if n > 0 {
		n-- // the SYN, or its place
	}
	if e.is(finSeen) && n > 0 {
		n--
	}
	return n
}

// clean reports whether the end was established and has not been reset.
func (e *endpoint) clean() bool {
	return e.state == established || e.state == closed && e.previous() == established
}
