package facts

import "github.com/pcap-teardown/teardown/schemas"

// Start begins the memory of a connection with its first packet. The direction is known:
// the caller has asked FirstIsFlipped and filled s.From.
func Start(c *Connection, s *Segment) {
	c.Phase = schemas.ConnPhaseMidstream
	c.Pickup = schemas.PickupMidstream
	c.Basis = schemas.DirectionBasisFirstPacket
	if s.Syn && !s.Rst {
		if s.HasAck {
			c.Pickup = schemas.PickupSynAck
			c.Basis = schemas.DirectionBasisSynAck
		} else {
			c.Pickup = schemas.PickupSyn
			c.Basis = schemas.DirectionBasisSyn
		}
	} else if s.FromServerPort != s.ToServerPort {
		c.Basis = schemas.DirectionBasisPort
	}
	c.Flipped = s.From == 1
	c.FirstIsRst = s.Rst
	c.FirstIsProbe = !s.Rst && !s.Syn && !s.HasAck
	c.FirstIsAck = s.HasAck && s.Length == 0 && !s.Syn && !s.Fin && !s.Rst
	c.OnlyProbes = true
	c.FirstFrame = s.Frame
	c.Dir[0].Scale = -1
	c.Dir[1].Scale = -1
}

// FirstIsFlipped reports whether the sender of the first packet of a connection is the
// responder: it sent a SYN-ACK, or its port is the likely server port.
func FirstIsFlipped(s *Segment) bool {
	if s.Syn && !s.Rst {
		return s.HasAck
	}
	return s.FromServerPort && !s.ToServerPort
}

// isRepetition reports whether a kind repeats numbers.
func isRepetition(kind int64) bool {
	return kind == int64(schemas.SegmentKindRetransmission) || kind == int64(schemas.SegmentKindFinRetransmission)
}

// Step lets the rules decide on a packet and remembers it.
func Step(c *Connection, s *Segment, x *Derived, v *Verdict) {
	d := &c.Dir[s.From]
	other := &c.Dir[1-s.From]
	Derive(c, d, other, s, x)
	v.Rule = SegmentKind(c, d, other, s, x)
	v.Kind = SegmentKindWord(v.Rule)
	event := EventWord(Event(c, d, other, s, x))
	v.Phase = ConnPhase(c.Phase, event)
	v.RstForm = 0
	v.RstRole = 0
	v.Offender = 0
	v.Missing = 0
	v.Skipped = 0
	v.Observes = 0
	if c.Ended && event != schemas.ConnEventResume {
		c.Late++
	}
	if x.Duplicate {
		c.DupCapture = true
	} else if x.Stray {
		remember(d, s, x)
	} else {
		if s.Rst {
			noteReset(c, d, other, s, x, v)
		} else {
			if c.Rst.Seen {
				noteAfterReset(c, d, other, s, x, v)
			}
			if c.CaptureLoss {
				noteStorm(c, s, x)
			}
			noteBaseline(c, d, other, s, x, v)
			noteKinds(d, s, v.Kind)
			noteNumbers(c, d, other, s, x, v)
			noteTimes(d, other, s)
			remember(d, s, x)
		}
		noteConnection(c, d, s, x, v, event)
		NoteSender(c, d, other, s, x)
		NoteTrains(c, d, other, s, int64(v.Kind))
		if event == schemas.ConnEventResume {
			resume(c, s, v)
		}
	}
	c.Phase = v.Phase
	c.LastTime = s.Time
	c.LastFrame = s.Frame
}

// noteReset decides form and role of an RST and remembers the first one.
func noteReset(c *Connection, d, other *Direction, s *Segment, x *Derived, v *Verdict) {
	v.RstForm = RstFormWord(RstForm(c, d, other, s, x))
	v.RstRole = RstRoleWord(RstRole(c, d, other, s, x, int64(v.RstForm)))
	v.Offender = x.Offender
	if v.RstRole == schemas.RstRoleFirst {
		c.Rst.Form = v.RstForm
		appBefore(d, other, s, &c.Rst)
		FirstReset(c, d, other, s, x, &c.Rst)
		d.RstNext = d.Next
		other.RstNext = other.Next
		v.Observes = observesReset(c, d, s)
		return
	}
	if v.RstForm == schemas.RstFormActive && crosses(c, d, s, x) {
		c.Rst.Crossed = true
	}
	noteAfterReset(c, d, other, s, x, v)
}

// noteNumbers keeps the gaps of the sender and finds what was acknowledged but not captured.
func noteNumbers(c *Connection, d, other *Direction, s *Segment, x *Derived, v *Verdict) {
	if d.Seen && x.End != s.Seq {
		if before(d.Next, s.Seq) && !s.Syn {
			openGap(d, d.Next, s.Seq, uint32(s.Time))
			v.Skipped = int64(s.Seq - d.Next)
		}
		if x.Overlaps {
			v.Skipped = -fillGap(d, s.Seq, x.End)
		}
	}
	// An acknowledgment of numbers that were never seen: the capture has a hole. During the
	// handshake it belongs to an older connection instead, as does one far beyond.
	if s.HasAck && !s.Syn && other.Seen && before(other.Next, s.Ack) && c.Phase != schemas.ConnPhaseSynSent &&
		c.Phase != schemas.ConnPhaseSynReceived && s.Ack-other.Next < 1073741824 {
		v.Missing = int64(s.Ack - other.Next)
		// What is captured late, behind its acknowledgment, fills the gap.
		openGap(other, other.Next, s.Ack, uint32(s.Time))
		c.CaptureLoss = true
		c.LossTime = uint32(s.Time)
		other.Next = s.Ack
	}
}

// noteTimes keeps the least time that each side took to answer, and the answers that show that
// a side is alive.
func noteTimes(d, other *Direction, s *Segment) {
	if !s.HasAck || !other.Seen {
		return
	}
	// The handshake gives both legs; a repeated SYN would make the leg ambiguous.
	if s.Syn && other.SynSeen && other.SynCount == 1 && s.Ack == other.Isn+1 && !d.SynSeen {
		d.Rtt = short(most(s.Time-other.SynTime, 1))
	}
	// Data that acknowledge the SYN-ACK came when the application had them: the ACK before them was not captured.
	if !s.Syn && s.Length == 0 && other.SynAckSeen && other.SynCount == 1 && !d.AckSeen && s.Ack == other.Isn+1 {
		d.Rtt = short(most(s.Time-other.SynTime, 1))
	}
}

// noteConnection remembers what concerns both sides.
func noteConnection(c *Connection, d *Direction, s *Segment, x *Derived, v *Verdict, event schemas.ConnEvent) {
	if x.Completes {
		c.Established = true
	}
	if c.OnlyProbes && (s.From == 1) == c.Flipped && !s.Rst && c.FirstFrame != s.Frame {
		same := s.HasAck && s.Length == 0 && !s.Syn && !s.Fin && s.Ack == d.AckNo
		if !c.FirstIsAck {
			same = !s.HasAck && !s.Syn
		}
		if !same {
			c.OnlyProbes = false
		}
	}
	if v.Kind == schemas.SegmentKindChallengeAck && c.Rst.Seen {
		c.Rst.Challenged = true
	}
	if event == schemas.ConnEventRst || event == schemas.ConnEventFinsAcked {
		c.Ended = true
		c.EndTime = s.Time
	}
	if event == schemas.ConnEventFinsAcked {
		c.CloseFrame = uint32(s.Frame)
	}
}

// resume takes the end of a connection back: it went on after an RST that nobody took.
func resume(c *Connection, s *Segment, v *Verdict) {
	c.Rst.Seen = false
	c.Rst.Ignored = true
	c.Late = 0
	v.Phase = openPhase(c)
	c.Ended = v.Phase == schemas.ConnPhaseClosedFin
	if c.Ended {
		c.EndTime = s.Time
		c.CloseFrame = uint32(s.Frame)
	}
}

// openPhase is the phase of a connection as the FINs say it.
func openPhase(c *Connection) schemas.ConnPhase {
	switch {
	case c.Dir[0].FinAcked && c.Dir[1].FinAcked:
		return schemas.ConnPhaseClosedFin
	case c.Dir[0].FinSeen && c.Dir[1].FinSeen:
		return schemas.ConnPhaseClosing
	case c.Dir[0].FinSeen:
		return schemas.ConnPhaseHalfClosedOrig
	case c.Dir[1].FinSeen:
		return schemas.ConnPhaseHalfClosedResp
	case c.Pickup == schemas.PickupMidstream:
		return schemas.ConnPhaseMidstream
	}
	return schemas.ConnPhaseEstablished
}
