package facts

import "github.com/pcap-teardown/teardown/schemas"

// What is kept of ordinary packets, to know an RST by that does not belong to them. This is on the path
// of every packet, so it stores where something changes and searches nothing.

// silenceTime is the silence that is remembered, microseconds: devices in between forget flows
// after a minute at the soonest.
const silenceTime = 60000000

// ZmapId is the identification that ZMap gives its packets.
const ZmapId = 54321

// noteBaseline keeps what the header of a segment says of its sender. It looks at the memory
// from before the segment.
func noteBaseline(c *Connection, d, other *Direction, s *Segment, x *Derived, v *Verdict) {
	if s.Ttl != int64(d.Ttl) && !s.Syn {
		d.TtlVaries = d.Ttl != 0
		d.Ttl = uint8(s.Ttl)
	}
	if s.HasTs {
		if !d.TsSeen {
			d.TsSeen = true
			d.TsVal = s.TsVal
		} else if before(d.TsVal, s.TsVal) {
			d.TsVal = s.TsVal
		}
	}
	if s.FlowLabel != int64(d.Label) {
		noteLabel(d, s)
	}
	if s.App != 0 {
		d.App = uint8(s.App)
		d.AppTime = uint32(s.Time)
	}
	if s.Length > 0 && !x.Old {
		c.LastDataFrom = uint8(s.From)
	}
	if s.Time-c.LastTime >= silenceTime && c.LastFrame != 0 {
		c.Silence = short((s.Time - c.LastTime) / 1000)
	}
	if s.Window == 0 && d.Window != 0 {
		d.ZeroTime = uint32(s.Time)
		other.ZeroProbes = 0
	}
	if x.NewAck {
		if !other.Seen && d.AckSeen && !c.OneWay {
			c.OneWay = true
			v.Observes = observesOneWay
		}
		d.AckNoTime = uint32(s.Time)
		noteAnswer(d, other, s)
	}
	if !d.Answered && !s.Syn {
		v.Observes = observesAnswer
	}
	if s.Syn {
		noteSyn(d, other, s, v)
	}
	if s.Fin && !d.FinSeen {
		d.FinTime = uint32(s.Time)
	}
}

// noteAnswer takes the time from the other side's last segment to the segment that acknowledges
// it. Where that was a repetition the time can be too short, which errs on the safe side.
func noteAnswer(d, other *Direction, s *Segment) {
	e := &other.Ring[(int64(other.RingAt)+(ringSize-1))%ringSize]
	if e.End == s.Ack && s.Ack != e.Seq && e.Flags != 0 {
		age := most(int64(uint32(s.Time)-e.Time), 1)
		if d.Answers == 0 || age < int64(d.Least) {
			d.Least = uint32(age)
		}
		if d.Answers < 255 {
			d.Answers = uint8(int64(d.Answers) + 1)
		}
	}
}

// noteLabel keeps flow labels. A stack may choose another one when it repeats segments.
func noteLabel(d *Direction, s *Segment) {
	if !d.Seen {
		d.Label = uint32(s.FlowLabel)
	} else {
		d.LabelOther = uint32(s.FlowLabel)
	}
}

// noteSyn keeps what a SYN or SYN-ACK says of its sender.
func noteSyn(d, other *Direction, s *Segment, v *Verdict) {
	if d.SynSeen {
		return
	}
	d.SynFull = s.Window == 65535
	d.SynLinux = s.HasTs && s.Scale >= 0 && s.Window != 65535 && s.Ttl > 32 && s.Ttl <= 64
	if s.HasAck {
		if s.Window != 0 && other.SynSeen && s.Ack == other.Isn+1 {
			v.Observes = observesAccept
		}
		return
	}
	d.SynScan = !s.HasOptions || s.IpId == ZmapId || isMapped(s)
	d.SynEcn = has(s.Flags, flagEce) && has(s.Flags, flagCwr)
}

// isMapped reports whether a SYN looks like one of nmap or masscan: a tiny window with options for large ones, as nmap
// sends to tell systems apart, or a segment size of 1460 alone, and one of the few windows that they use. Stacks of
// small devices have small windows, too, but of other sizes, and no such options.
func isMapped(s *Segment) bool {
	return s.Window <= 1024 && (s.Scale >= 0 || s.HasTs) || s.Mss == 1460 && s.Scale < 0 && !s.HasTs &&
		(s.Window == 1024 || s.Window == 2048 || s.Window == 3072 || s.Window == 4096)
}

// noteKinds keeps the pace of repetitions and probes. It looks at the memory from before the
// segment.
func noteKinds(d *Direction, s *Segment, kind schemas.SegmentKind) {
	switch kind {
	case schemas.SegmentKindRetransmission, schemas.SegmentKindFinRetransmission:
		if d.RtxCount == 0 || d.RtxSeq != s.Seq {
			d.RtxSince = uint32(d.LastTime)
			d.RtxGrows = true
		} else if d.RtxCount >= 2 && !grows(int64(d.RtxInterval), s.Time-d.RtxTime) {
			d.RtxGrows = false
		}
	case schemas.SegmentKindKeepAlive:
		if d.KeepAlives <= 1 {
			d.KeepAliveEven = true
		} else if !even(int64(d.KeepAliveInterval), s.Time-d.KeepAliveTime) {
			d.KeepAliveEven = false
		}
	case schemas.SegmentKindZeroWindowProbe:
		if d.ZeroProbes < 255 {
			d.ZeroProbes = uint8(int64(d.ZeroProbes) + 1)
		}
	}
}

// grows reports whether the pause between repetitions grows as exponential back-off does (RFC
// 6298 5.5), or has reached a minute, the most that stacks wait.
func grows(last, now int64) bool {
	return now*2 >= last*3 && now*2 <= last*5 || now >= 55000000 && now*4 >= last*3
}

// even reports whether two pauses differ by less than a quarter.
func even(last, now int64) bool {
	return now*4 > last*3 && now*4 < last*5
}

// noteStorm counts ACKs of a sender of whose numbers more was acknowledged than it has sent: the
// ends disagree (RFC 9293 3.10.7.4).
func noteStorm(c *Connection, s *Segment, x *Derived) {
	if s.Length == 0 && s.HasAck && !s.Syn && !s.Fin && x.Overlaps && x.SameAck && !x.Probe && c.Storm < 255 {
		c.Storm = uint8(int64(c.Storm) + 1)
	}
}
