package facts

import "github.com/pcap-teardown/teardown/schemas"

// What is kept from the first effective RST on.

// baseTtl is the time to live of a side's segments: the same always, and three times among the
// last ones. SYN-ACKs do not count: a SYN proxy may have sent them. 0: unknown.
func baseTtl(d *Direction) uint8 {
	n := int64(0)
	for i := int64(0); i < ringSize; i++ {
		e := &d.Ring[i]
		if e.Flags != 0 && e.Ttl == d.Ttl && !(has(int64(e.Flags), flagSyn) && has(int64(e.Flags), flagAck)) {
			n++
		}
	}
	if n >= 3 && !d.TtlVaries {
		return d.Ttl
	}
	return 0
}

// idStep returns how far an identification lies after that of the side's last segment that had
// one, 0 where it had none.
func idStep(d *Direction, s *Segment) int64 {
	last := lastId(d)
	if last == 0 {
		return 0
	}
	return (s.IpId + 65536 - last) % 65536
}

// synAckTtl returns the time to live of a side's SYN-ACK where it is among its last segments, 0 where it is not.
func synAckTtl(d *Direction) int64 {
	for i := int64(0); i < ringSize; i++ {
		e := &d.Ring[i]
		if has(int64(e.Flags), flagSyn) && has(int64(e.Flags), flagAck) {
			return int64(e.Ttl)
		}
	}
	return 0
}

// lastId returns the identification of the side's last segment that had one, 0 for none.
func lastId(d *Direction) int64 {
	for i := int64(1); i <= ringSize; i++ {
		e := &d.Ring[(int64(d.RingAt)+ringSize-i)%ringSize]
		if e.Flags != 0 && e.IpId != 0 {
			return int64(e.IpId)
		}
	}
	return 0
}

// idsCount reports whether the identifications of the side's last segments count up, seen twice
// at least.
func idsCount(d *Direction) bool {
	last := int64(0)
	steps := int64(0)
	for i := int64(0); i < ringSize; i++ {
		e := &d.Ring[(int64(d.RingAt)+i)%ringSize]
		if e.Flags != 0 && e.IpId != 0 {
			if last != 0 {
				step := (int64(e.IpId) + 65536 - last) % 65536
				if step < 1 || step > 16 {
					return false
				}
				steps++
			}
			last = int64(e.IpId)
		}
	}
	return steps >= 2
}

// answerAge returns how long before an RST the earliest segment was sent that it can answer,
// microseconds, 0 where none is known: packets of the same time say nothing, the clock may have been set back
// and stand still. Several segments may carry the same acknowledgment number;
// the latest would make an honest answer look too fast.
func answerAge(d, other *Direction, s *Segment) uint32 {
	if !s.HasAck {
		if other.AckSeen && s.Seq == other.AckNo {
			return uint32(s.Time) - other.AckNoTime
		}
		return 0
	}
	if d.AckSeen && !before(d.AckNo, s.Ack) {
		return 0 // it answers nothing new
	}
	age := int64(0)
	for i := int64(0); i < ringSize; i++ {
		e := &other.Ring[i]
		if e.Flags != 0 && e.End == s.Ack && e.End != e.Seq {
			if other.RtxFrame != 0 && other.RtxSeq == e.Seq {
				return 0 // the first transmission may be gone from the ring
			}
			age = most(age, int64(uint32(s.Time)-e.Time))
		}
	}
	return uint32(age)
}

// windowClamps reports whether the number is the end of the window that the other side offers:
// an RST goes there where the window has shrunk.
func windowClamps(d, other *Direction, seq uint32) bool {
	return other.AckSeen && seq == other.AckNo+uint32(offered(d, other))
}

// inWindow reports whether the number lies in the window that the other side offers.
func inWindow(d, other *Direction, seq uint32) bool {
	return other.AckSeen && between(other.AckNo, seq, other.AckNo+uint32(offered(d, other)))
}

// offered is the window that the other side offered last, bytes.
func offered(d, other *Direction) int64 {
	w := int64(other.Window)
	if d.SynSeen && other.SynSeen && d.Scale >= 0 && other.Scale >= 0 {
		for i := int64(0); i < int64(other.Scale) && i < 14; i++ {
			w = w * 2
		}
	}
	return w
}

// fullSegment is what a segment carries on Ethernet, bytes. A window with less room makes its sender wait (RFC 9293 3.8.6.2.1).
const fullSegment = 1460

// queues reports whether data of the sender of an RST can wait to be sent, and a FIN behind them: others are on their way,
// the window has no room for a segment, or it had none when its sender probed it last.
func queues(d, other *Direction, s *Segment) bool {
	if before(s.Seq, d.Next) || d.DataSegments > 0 && offered(d, other) < fullSegment {
		return true
	}
	e := &d.Ring[(int64(d.RingAt)+(ringSize-1))%ringSize]
	return d.ZeroProbes > 0 && e.Flags != 0 && e.End == e.Seq && e.Seq+1 == d.Next
}

// silence returns the milliseconds that the connection was silent before an RST, or before the
// segment that it answers, if its sender was silent all the while.
func silence(c *Connection, d *Direction, s *Segment) uint32 {
	if c.LastFrame == 0 {
		return 0
	}
	now := short((s.Time - c.LastTime) / 1000)
	if (d.Seen || d.RstSeen) && s.Time-d.LastTime >= int64(c.Silence)*1000 && c.Silence > now {
		return c.Silence
	}
	return now
}

// appBefore finds what an application has sent within a second before an RST: what its sender
// sent counts first.
func appBefore(d, other *Direction, s *Segment, r *Reset) {
	r.App = 0
	r.AppFrom = 0
	if other.App != 0 && uint32(s.Time)-other.AppTime <= 1000000 {
		r.App = other.App
		r.AppFrom = uint8(1 - s.From)
	}
	if d.App != 0 && uint32(s.Time)-d.AppTime <= 1000000 {
		r.App = d.App
		r.AppFrom = uint8(s.From)
	}
}

// byteOf keeps a count in a byte.
func byteOf(n int64) uint8 {
	if n > 255 {
		return 255
	}
	return uint8(n)
}

// noteAfterReset keeps what a packet after the first effective RST says of it. It looks at the
// memory from before the packet.
func noteAfterReset(c *Connection, d, other *Direction, s *Segment, x *Derived, v *Verdict) {
	r := &c.Rst
	if !s.Rst {
		if s.From == int64(r.From) {
			noteSentAfter(c, d, other, s, x, v)
		}
		return
	}
	if v.RstRole == schemas.RstRoleEcho {
		r.Echoes = byteOf(int64(r.Echoes) + 1)
	}
	if s.From != int64(r.From) {
		rtt := int64(d.Least) + int64(other.Least)
		if v.RstRole == schemas.RstRoleCrossing && x.AfterReset <= 5000 && x.AfterReset*4 <= rtt {
			r.BothWays = true
		}
		return
	}
	r.Resets = byteOf(int64(r.Resets) + 1)
	if v.RstRole == schemas.RstRoleEcho && d.Answers > 0 && (s.Time-x.OffenderTime)*10 >= int64(d.Least)*9 &&
		r.BaseTtl != 0 && hops(s.Ttl) == hops(int64(r.BaseTtl)) && hops(s.Ttl) == hops(int64(r.Ttl)) {
		r.EchoHonest = true
	}
	if r.Stride == 0 && x.AfterReset <= 2000000 && before(r.Seq+2, s.Seq) && d.Seen && before(d.Next, s.Seq) && other.Seen &&
		(!other.AckSeen || before(other.AckNo+2, s.Seq)) && !d.FinSeen && !other.FinSeen && !other.RstSeen && s.Seq-r.Seq < 1073741824 {
		r.Stride = s.Seq - r.Seq
	}
	if s.HasAck && r.HasAck && s.Seq == r.Seq && s.Ttl == int64(r.Ttl)+int64(r.Steps)+1 && s.Window == int64(r.Window)+int64(r.Steps)+1 {
		r.Steps = byteOf(int64(r.Steps) + 1)
	}
}

// noteSentAfter judges a segment of the sender of the RST that is no RST: who has reset a connection
// sends nothing more on it. What was on its way before the RST and came late does not
// count, nor what the RST never concerned: a handshake that went on, a segment that nobody
// could accept.
func noteSentAfter(c *Connection, d, other *Direction, s *Segment, x *Derived, v *Verdict) {
	r := &c.Rst
	after := s.Time - r.Time
	if s.Syn && s.HasAck && !d.SynSeen && r.Form == schemas.RstFormReplyToSyn && s.Ack == other.Isn+1 && after <= soonestRetry {
		r.Accepted = true
	}
	if s.Syn || c.BadAnswer || r.BadAck || !r.Established || isOlder(r, s) || isCopy(d, s) || isElsewhere(r, s) || !isNewer(d, s, x, r, v) {
		return
	}
	if !s.HasTs && after < leastRto && isRepetition(int64(v.Kind)) {
		return // no stack repeats so soon: the capture saw it twice
	}
	reply := r.Form == schemas.RstFormReplyToAck
	if r.HasAck && s.Length > 0 && !x.Old && !before(r.Seq, x.End) {
		return // its number says that it was sent before the RST, however late it was captured
	}
	if reply && after < 10000 || after < disorder && !isRepetition(int64(v.Kind)) && !before(r.Seq, x.End) && (!r.HasAck || !before(r.Ack, s.Ack)) {
		r.SentSoon = true
	} else if after > 3000 {
		r.SentAfter = true
	}
	if s.HasAck && r.PeerSegments > 0 && d.AckSeen && before(d.AckNo, other.RstNext) && !before(s.Ack, other.RstNext) {
		r.AckedAfter = true
	}
	if isRepetition(int64(v.Kind)) {
		r.RepeatedAfter = true
	}
}

// disorder is how late a capture may hand over a packet, microseconds: several queues or interfaces.
const disorder = 20000

// soonestRetry is less than the pause after which a client repeats a SYN that was refused, microseconds: half a
// second on Windows. A SYN-ACK that comes sooner answers the SYN itself.
const soonestRetry = 400000

// leastRto is less than the pause after which any stack repeats for want of an answer, microseconds.
const leastRto = 100000

// isOlder reports whether a segment was sent before the RST or at the same tick of its sender's clock, by its timestamps
// or by its identification.
func isOlder(r *Reset, s *Segment) bool {
	if r.HasTs && s.HasTs && !before(r.TsVal, s.TsVal) {
		return true
	}
	behind := (int64(r.IpId) + 65536 - s.IpId) % 65536
	return r.IpId != 0 && s.IpId != 0 && behind >= 1 && behind <= 16
}

// isNewer reports whether a segment shows that it was sent after the RST: by numbers that its sender had not used before, by
// a later timestamp or identification, or as the third repetition of what had not been repeated. Anything else
// may be what was sent before, once more: captures hold packets twice, seconds apart where recordings were merged.
func isNewer(d *Direction, s *Segment, x *Derived, r *Reset, v *Verdict) bool {
	if !x.Old {
		return true
	}
	if s.HasTs && r.HasTs {
		return x.NewAck || before(r.TsVal, s.TsVal)
	}
	if s.IpId != 0 && r.LastId != 0 {
		ahead := (s.IpId + 65536 - int64(r.LastId)) % 65536
		return x.NewAck || ahead >= 1 && ahead < 32768
	}
	if x.NewAck {
		return !r.HasAck || before(r.Ack, s.Ack) // else it may have been sent before, and captured late
	}
	return isRepetition(int64(v.Kind)) && r.Repeated == 0 && d.RtxSeq == s.Seq && d.RtxCount >= 2
}

// isElsewhere reports whether the numbers of a segment are far from those of the RST: the ports are in use again, by a
// connection whose SYN was not captured.
func isElsewhere(r *Reset, s *Segment) bool {
	return s.Seq-r.Seq > 524288 && r.Seq-s.Seq > 524288
}

// isCopy reports whether a segment is one of the ring once more, by its identification: the
// capture saw it twice.
func isCopy(d *Direction, s *Segment) bool {
	for i := int64(0); i < ringSize; i++ {
		e := &d.Ring[i]
		if s.IpId != 0 && e.Flags != 0 && int64(e.IpId) == s.IpId && e.Seq == s.Seq {
			return true
		}
	}
	return false
}

// hops is how many routers a packet has passed: stacks begin with 64, 128 or 255.
func hops(ttl int64) int64 {
	switch {
	case ttl <= 64:
		return 64 - ttl
	case ttl <= 128:
		return 128 - ttl
	}
	return 255 - ttl
}

// start is the time to live with which a packet has begun.
func start(ttl int64) int64 { return ttl + hops(ttl) }

// badAck reports whether an RST answers an acknowledgment of numbers that its sender has not
// sent: the segment was unacceptable, whoever the RST comes from.
func badAck(d *Direction, s *Segment) bool {
	return !s.HasAck && d.Seen && !between(d.First, s.Seq, d.Next)
}

// startsAgain reports whether an RST without ACK is how a host that has started again meets its older
// connection (RFC 9293 3.5.1): its SYN, from the same initial number, was answered by an ACK of what it
// had sent before.
func startsAgain(d, other *Direction, s *Segment) bool {
	return !s.HasAck && d.LastWasSyn && other.AckSeen && s.Seq == other.AckNo && s.Seq != d.Isn+1
}

// dataAfterFin reports whether an RST without ACK can answer data that came after its sender's
// FIN.
func dataAfterFin(d, other *Direction, s *Segment) bool {
	for i := int64(0); i < ringSize; i++ {
		e := &other.Ring[i]
		if e.Flags != 0 && !s.HasAck && e.Ack == s.Seq && carriesData(e) && later(s, e.Frame, d.FinFrame) {
			return true
		}
	}
	return false
}
