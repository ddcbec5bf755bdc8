package facts

// ringSize is the number of segments that are remembered per direction.
const ringSize = 4

// usedEntry, added to the flags of an entry, tells it from an empty one.
const usedEntry = 4096

// Flag bits (RFC 9293 3.1).
const (
	flagFin = 1
	flagSyn = 2
	flagAck = 16
	flagEce = 64
	flagCwr = 128
)

// duplicateTime is how far apart, in microseconds, two copies of one captured packet may be.
const duplicateTime = 1000

// remember puts the segment into the ring of its direction. RSTs are not remembered: nobody
// answers an RST (RFC 9293 3.5.2).
func remember(d *Direction, s *Segment, x *Derived) {
	e := &d.Ring[d.RingAt]
	e.Seq = s.Seq
	e.End = x.End
	e.Ack = s.Ack
	e.Window = uint16(s.Window)
	e.IpId = uint16(s.IpId)
	e.Flags = uint16(s.Flags + usedEntry)
	e.Ttl = uint8(s.Ttl)
	e.Tos = uint8(s.Tos)
	e.Frame = uint32(s.Frame)
	e.Time = uint32(s.Time)
	d.RingAt = uint8((int64(d.RingAt) + 1) % ringSize)
}

// isDuplicate reports whether the segment is a second capture of one in the ring: the same
// numbers within a millisecond. Without an IPv4 identification only segments that a stack
// does not repeat so soon count; a copy that was routed in between has a smaller TTL.
func isDuplicate(d *Direction, s *Segment, x *Derived) bool {
	if s.Rst || (s.IpId == 0 && s.Length == 0 && !s.Syn && !s.Fin) {
		return false
	}
	if !s.Syn && !s.Fin && (before(d.Next, x.End) || x.NewAck) {
		return false // it says what its sender had not said
	}
	for i := int64(0); i < ringSize; i++ {
		e := &d.Ring[i]
		// What differs most often is asked first.
		if e.Seq == s.Seq && int64(e.IpId) == s.IpId && int64(e.Flags) == s.Flags+usedEntry && e.End == x.End && e.Ack == s.Ack &&
			int64(e.Window) == s.Window && s.Ttl <= int64(e.Ttl) && s.Ttl+1 >= int64(e.Ttl) &&
			uint32(s.Time)-e.Time <= duplicateTime {
			return true
		}
	}
	return false
}

// isLateCopy reports whether the segment is a SYN once more, after the other side has reset or one side closed, sooner than
// any client sends it again: another interface or tap saw it, too, when the connection was over already. Who has itself
// reset an older connection repeats its SYN at once (RFC 9293 3.5.1, tcp_rcv_synsent_state_process of Linux). A clock that
// stands still, since it was set back, says nothing: captures may stand behind each other in one file. Nor does a SYN with
// FIN: no client sends one, and scanners repeat theirs as soon as they like.
func isLateCopy(c *Connection, d, other *Direction, s *Segment) bool {
	return s.Syn && !s.HasAck && !s.Fin && d.SynSeen && s.Seq == d.Isn && s.Time > d.SynTime && s.Time-d.SynTime <= soonestRetry && !d.RstSeen &&
		(d.FinSeen || other.FinSeen || c.Rst.Seen)
}

// isBehindRefusal reports whether the segment is a SYN whose refusal was captured a moment before it, with nothing else
// between: several queues, interfaces or taps, and a host that is near. What refuses a SYN has sequence number 0 and
// acknowledges it (RFC 9293 3.5.2).
func isBehindRefusal(c *Connection, d *Direction, s *Segment) bool {
	r := &c.Rst
	return s.Syn && !s.HasAck && c.FirstIsRst && !d.Seen && r.Seen && int64(r.From) != s.From && r.HasAck && r.Seq == 0 && r.Ack == s.Seq+1 &&
		s.Time-r.Time <= disorder
}

// findOffender looks for the segment of the other direction that an RST answers, and notes it
// in x. An RST with ACK and sequence number 0 answers a segment without ACK whose end it
// acknowledges; an RST without ACK has the acknowledgment number of the segment that it
// answers (RFC 9293 3.5.2). Of several, one that came after the sender's first RST is preferred,
// then one that carries data or FIN, then the latest.
func findOffender(c *Connection, d, other *Direction, s *Segment, x *Derived) {
	best := int64(0)
	for i := int64(0); i < ringSize; i++ {
		e := &other.Ring[i]
		flags := int64(e.Flags)
		rank := int64(0)
		if flags != 0 && s.HasAck && s.Seq == 0 && !has(flags, flagAck) && e.End == s.Ack {
			rank = 1
		}
		if flags != 0 && !s.HasAck && has(flags, flagAck) && e.Ack == s.Seq {
			rank = 1
			if e.End != e.Seq && !has(flags, flagSyn) {
				rank = 2
			}
		}
		if rank > 0 && c.Rst.Seen && int64(c.Rst.From) == s.From && later(s, e.Frame, c.Rst.Frame) {
			rank += 2
		}
		if rank > 0 && carriesData(e) && !(d.AckSeen && !before(d.AckNo, e.End)) {
			x.OffenderData = true // what was acknowledged is not answered by an RST
		}
		age := int64(uint32(s.Time) - e.Time)
		if rank > best || (rank > 0 && rank == best && later(s, e.Frame, uint32(x.Offender))) {
			best = rank
			x.Offender = FrameOf(e.Frame, s.Frame)
			x.OffenderTime = s.Time - age
			x.OffenderTos = int64(e.Tos)
			x.OffenderFlags = 3
			if !has(flags, flagAck) {
				x.OffenderFlags = 2
				if has(flags, flagSyn) {
					x.OffenderFlags = 1
				}
			}
		}
	}
}

// carriesData reports whether a remembered segment carried data.
func carriesData(e *Entry) bool {
	flags := int64(e.Flags)
	return !has(flags, flagSyn) && (e.End-e.Seq > 1 || e.End != e.Seq && !has(flags, flagFin))
}

// later reports whether the frame with low bits a is nearer to the segment than that with b.
func later(s *Segment, a, b uint32) bool {
	return uint32(s.Frame)-a < uint32(s.Frame)-b
}
