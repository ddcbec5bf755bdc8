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

// An endpoint is one end of a TCP connection.
type endpoint struct {
	state, previous state
	didClose        bool // its close was processed
	finSeen         bool
	stream          stream // its payload, reassembled

	// Numbers of 32 bits and how often they wrapped around, as Zeek counts them.
	start    uint32
	last     uint32 // number after the last one sent
	acked    uint32 // highest acknowledgment by the other end
	lastWrap uint16
	ackWrap  uint16

	finEnd                    uint64 // relative number after its FIN
	lastSyn, lastFin, lastRst uint32 // relative numbers of its last control segments, modulo 2^32

	retransmissions, zeroWindows, gaps scaled
}

// A scaled counter has a letter at its 1st, 10th, 100th … event.
type scaled uint32

// add counts an event and reports whether it has a letter.
func (s *scaled) add() bool {
	*s++
	n := *s
	for n%10 == 0 && n > 0 {
		n /= 10
	}
	return n == 1
}

func full(number uint32, wraps uint16) uint64 { return uint64(wraps)<<32 + uint64(number) }

// relative returns number as a relative one, given the last one of its kind. A number before
// the start is below; its relative number is of no use then but for comparisons.
func (e *endpoint) relative(number, last uint32, wraps uint16) (rel uint64, below bool) {
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
		if s.has(SYN) && e.previous == inactive {
			e.begin(s.Seq, end)
		}
	}
}

// advance moves last to the end of a segment and reports whether the segment repeats payload.
func (e *endpoint) advance(s *Segment, end uint32) (repeats bool) {
	delta := int32(end - e.last)
	switch {
	case s.Flags&(SYN|RST) != 0 && (delta > tooFar || delta < -tooFar):
	case s.has(FIN) && e.last == e.start+1:
		// Of connections beyond 2 GiB perhaps only SYN and FIN are seen.
		e.setLast(end)
	case e.state == reset:
	case delta > 0:
		e.setLast(end)
	case s.Length > 0:
		return true
	}
	return false
}

func (e *endpoint) setLast(number uint32) {
	if number < e.last {
		e.lastWrap++
	}
	e.last = number
}

// acknowledge takes an acknowledgment of the other end.
func (e *endpoint) acknowledge(number uint32) {
	delta := int32(number - e.acked)
	if delta <= 0 || number == 0 && delta > tooFar {
		return
	}
	if number < e.acked {
		e.ackWrap++
	}
	e.acked = number
}

// nothingAcked reports whether no payload of the end was acknowledged.
func (e *endpoint) nothingAcked() bool {
	n := full(e.acked, e.ackWrap)
	return n == uint64(e.start) || n == uint64(e.start)+1
}

// size returns the bytes of payload that the end sent, by its sequence numbers.
func (e *endpoint) size(peer *endpoint) uint64 {
	if e.previous == synSent && e.state == reset && peer.state == inactive && !e.nothingAcked() {
		// A half-open connection that was discovered: the numbers are of the former one.
		return 0
	}
	n := max(full(e.last, e.lastWrap), full(e.acked, e.ackWrap)) - uint64(e.start)
	if n > 0 {
		n-- // the SYN, or its place
	}
	if e.finSeen && n > 0 {
		n--
	}
	return n
}

// clean reports whether the end was established and has not been reset.
func (e *endpoint) clean() bool {
	return e.state == established || e.state == closed && e.previous == established
}
