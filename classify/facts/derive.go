package facts

// Derive computes what follows from a segment and the memory of its connection.
func Derive(c *Connection, d, other *Direction, s *Segment, x *Derived) {
	x.End = endOf(s)
	x.Duplicate = false
	x.Old = false
	x.Overlaps = false
	x.AtNext = true
	x.Probe = false
	x.InGap = false
	x.GapAge = 0
	x.NewAck = s.HasAck && (!d.AckSeen || before(d.AckNo, s.Ack))
	if d.Seen {
		x.Duplicate = isDuplicate(d, s, x) || isLateCopy(c, d, other, s)
		x.Overlaps = before(s.Seq, d.Next)
		x.Old = !before(d.Next, x.End)
		x.AtNext = s.Seq == d.Next
		x.Probe = !x.AtNext && s.Seq == d.Next-1 && s.Length <= 1 && !s.Syn && !s.Fin && !s.Rst && !d.FinSeen
		if x.Overlaps {
			findGap(d, s, x)
		}
	}
	x.AllAcked = d.Seen && other.AckSeen && other.AckNo == d.Next
	x.SameAck = s.HasAck && d.AckSeen && s.Ack == d.AckNo
	x.Stray = !s.Rst && (s.Syn && s.HasAck && d.SynSeen && s.Seq != d.Isn || s.Fin && strayFin(d, other, s, x))
	x.Completes = completes(d, other, s)
	x.AcksFin = s.HasAck && other.FinSeen && !other.FinAcked && !before(s.Ack, other.FinEnd)
	x.Outstanding = other.Seen && d.AckSeen && before(d.AckNo, other.Next)
	x.Offender = 0
	x.OffenderTime = 0
	x.OffenderFlags = 0
	x.OffenderTos = 0
	x.OffenderData = false
	if s.Rst {
		findOffender(c, d, other, s, x)
	}
	x.AfterReset = 0
	if c.Rst.Seen {
		x.AfterReset = s.Time - c.Rst.Time
	}
}

// strayFin reports whether a FIN cannot be that of its connection: it lies behind another, it carries no ACK
// though its sender acknowledges (RFC 9293 3.10.7.4), or both its numbers are those of an older
// connection between the same ports.
func strayFin(d, other *Direction, s *Segment, x *Derived) bool {
	if d.FinSeen {
		return before(d.FinEnd, x.End)
	}
	if s.Syn {
		return false
	}
	if !s.HasAck {
		return d.AckSeen
	}
	return d.SynSeen && other.SynSeen && elsewhere(d, s.Seq) && elsewhere(other, s.Ack)
}

// elsewhere reports whether a number lies before the SYN of a direction that has sent less than half of all numbers.
func elsewhere(d *Direction, number uint32) bool {
	return before(number, d.Isn) && before(d.Isn, d.Next)
}

// completes reports whether the segment makes the connection established: it acknowledges the
// other side's SYN after both have sent one, or data have gone both ways. Where both have sent a SYN
// first, their SYN-ACKs are such acknowledgments (RFC 9293 3.5, figure 8).
func completes(d, other *Direction, s *Segment) bool {
	if s.Syn {
		return s.HasAck && !s.Rst && d.SynSeen && s.Seq == d.Isn && s.Ack == other.Isn+1 && other.SynAckSeen && other.AckNo == d.Isn+1
	}
	if s.Rst {
		return false
	}
	if (d.SynSeen && other.SynSeen || other.SynAckSeen) && s.HasAck && between(other.Isn+1, s.Ack, other.Next) {
		// Hosts answer a repeated SYN with an ACK (RFC 5961 4.2), though nobody has acknowledged their own.
		return other.SynAckSeen || !d.SynAckSeen || s.Fin || s.Length > 0 || before(other.Isn+1, s.Ack) || other.AckSeen && !before(other.AckNo, d.Isn+1)
	}
	return s.Length > 0 && other.DataSegments > 0
}

// finsAcked reports whether after the segment both FINs are acknowledged.
func finsAcked(d, other *Direction, s *Segment, x *Derived) bool {
	if s.Rst || !other.FinSeen {
		return false
	}
	// A FIN whose acknowledgment was captured first is acknowledged at once.
	own := d.FinAcked
	if s.Fin && !d.FinSeen {
		own = other.AckSeen && !before(other.AckNo, x.End)
	}
	return own && (other.FinAcked || x.AcksFin)
}

// resumes reports whether the segment acknowledges data that the other side has sent after the
// RST, or answers a keep-alive that it has sent so long after it that it must have got it: then
// neither side took the RST for the end.
func resumes(c *Connection, d, other *Direction, s *Segment) bool {
	if !c.Rst.Seen || s.Rst || s.Syn || !s.HasAck || !other.Seen {
		return false
	}
	if before(other.RstNext, s.Ack) && !before(other.Next, s.Ack) {
		return true
	}
	return other.KeepAlivePending && d.AckSeen && s.Ack == d.AckNo && s.Seq == d.Next && other.KeepAliveTime-c.Rst.Time > most(1000000, 2*(int64(d.Rtt)+int64(other.Rtt)))
}

// resetNext is the sequence number at which an active RST of d is expected: after what it has
// sent, or what the other side has acknowledged where nothing of d was captured.
func resetNext(d, other *Direction) uint32 {
	if d.Seen {
		return d.Next
	}
	return other.AckNo
}

// activeSeq reports whether an RST has the sequence number of somebody who owns the connection:
// SND.NXT, or the end of the peer's window where the peer has shrunk it to zero.
func activeSeq(d, other *Direction, s *Segment) bool {
	if !d.Seen && !other.AckSeen {
		return false
	}
	if s.Seq == resetNext(d, other) {
		return true
	}
	return d.Seen && other.AckSeen && other.Window == 0 && between(other.AckNo, s.Seq, d.Next)
}

// staleSeq reports whether an RST has a sequence number that its sender has used before.
func staleSeq(d *Direction, s *Segment) bool {
	return d.Seen && between(d.First, s.Seq, d.Next)
}

// staleAck reports whether the acknowledgment number of an RST was valid at some time.
func staleAck(other *Direction, s *Segment) bool {
	return other.Seen && between(other.First, s.Ack, other.Next)
}

// activeAck reports whether the acknowledgment number of an RST is what an owner of the
// connection can have: not below what it has acknowledged, not beyond what it can have got.
func activeAck(d, other *Direction, s *Segment) bool {
	if !other.Seen || before(other.Next, s.Ack) {
		return false
	}
	return !d.AckSeen || !before(s.Ack, d.AckNo)
}

// crosses reports whether the sender of an RST cannot have seen the first RST yet, which the
// other side sent less than one leg of the round trip before.
func crosses(c *Connection, d *Direction, s *Segment, x *Derived) bool {
	return c.Rst.Seen && int64(c.Rst.From) != s.From && x.Offender == 0 && x.AfterReset <= most(int64(d.Rtt), 1000)
}
