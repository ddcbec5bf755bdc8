package facts

import "github.com/pcap-teardown/teardown/schemas"

// halfClosedStall is how long, in microseconds, a half-closed connection is silent before it
// counts as stalled: Linux's tcp_fin_timeout.
const halfClosedStall = 60000000

// BreakTime is the least time, in microseconds, without a packet of anybody after which it is in doubt
// whether the recording ran: files may hold several recordings.
const BreakTime = 60000000

// IdleLimit returns how long, in microseconds, the connection may be silent: the limit for
// established connections, or that for handshakes and closing ones (RFC 5382 5, RFC 7857
// 2.1); after the end the look-ahead.
func IdleLimit(c *Connection, established, transitory, lookahead int64) int64 {
	if c.Ended {
		return lookahead
	}
	switch c.Phase {
	case schemas.ConnPhaseSynSent, schemas.ConnPhaseSynReceived, schemas.ConnPhaseClosing:
		return transitory
	}
	return established
}

// Deadline returns the time, in microseconds, after which the connection is finished.
func Deadline(c *Connection, established, transitory, lookahead int64) int64 {
	limit := IdleLimit(c, established, transitory, lookahead)
	if c.Ended {
		return c.EndTime + limit
	}
	return c.LastTime + limit
}

// StartsNew reports whether a packet starts a new connection instead of belonging to c, whose
// Deadline is not over. s.From must say its direction in c.
func StartsNew(c *Connection, s *Segment) bool {
	d := &c.Dir[s.From]
	other := &c.Dir[1-s.From]
	return CutWord(Cut(c, d, other, s)) == schemas.CutNew
}

// Icmp remembers that an ICMP error quoted a SYN of the originator (RFC 5461). kind is what
// IcmpKind says of the error; 0 refuses nothing.
func Icmp(c *Connection, frame int64, fromPeer bool, kind int64) {
	if !c.IcmpSyn && kind != 0 && c.Phase == schemas.ConnPhaseSynSent {
		c.IcmpSyn = true
		c.IcmpKind = uint8(kind)
		c.IcmpFrame = uint32(frame)
		c.IcmpFromPeer = fromPeer
	}
}

// Finished lets the rules decide how a connection ended.
func Finished(c *Connection, f *Finish, e *Ending) {
	o := &c.Dir[0]
	r := &c.Dir[1]
	f.Least = most(1000000, 3*(int64(o.Rtt)+int64(r.Rtt)))
	e.Rule = Teardown(c, o, r, f)
	e.Teardown = TeardownWord(e.Rule)
	e.Side = TeardownSideWord(TeardownSide(c, o, r, int64(e.Teardown)))
	e.FinVariant = FinVariantWord(FinVariant(c, o, r))
	e.Frame = endingFrame(c, o, r, e.Teardown)
	e.Effect = 0
	if c.Rst.Seen || c.Rst.Ignored {
		e.Effect = RstEffectWord(RstEffect(c, o, r, f))
	}
	e.Stalled = e.Teardown == schemas.TeardownHalfClosedOpen && f.Time-c.LastTime > halfClosedStall
}

// NoteBreak remembers it if nothing of anybody was captured for a minute or longer between two packets that
// follow each other, whose clocks are last and now.
func NoteBreak(b *Breaks, last, now int64) {
	if now-last >= BreakTime {
		b.Start[b.Count%64] = last
		b.Count++
	}
}

// BreakAfter returns what Finish.Break is for a connection whose last packet was at last and that was
// finished at the time end. Where too many breaks came since, the one that followed is forgotten: then it
// is taken to have come at once.
func BreakAfter(b *Breaks, last, end int64) int64 {
	if b.Count == 0 {
		return 0
	}
	first := most(b.Count-64, 0)
	for i := first; i < b.Count; i++ {
		start := b.Start[i%64]
		if start >= last {
			if i == first && first > 0 {
				start = last
			}
			if start < end {
				return start - last + 1
			}
			return 0
		}
	}
	return 0
}

// unheard reports whether what is said of a silent connection rests on a time in which nothing was
// captured at all: the break began before the connection's next packet was overdue.
func unheard(c *Connection, f *Finish, e *Ending) bool {
	due := int64(0)
	switch e.Teardown {
	case schemas.TeardownHalfClosedOpen:
		if e.Stalled {
			due = halfClosedStall
		}
	case schemas.TeardownSynUnanswered:
		due = most(3000000, int64(c.Dir[0].SynInterval)*5/2)
	case schemas.TeardownTimeoutRetransmission:
		due = most(int64(c.Dir[0].RtxInterval), int64(c.Dir[1].RtxInterval)) * 5 / 2
		if persisted(c) {
			due = mostPause * 5 / 2
		}
	case schemas.TeardownTimeoutKeepaliveSilent:
		due = most(int64(c.Dir[0].KeepAliveInterval), int64(c.Dir[1].KeepAliveInterval)) * 5 / 2
	}
	return f.Break > 0 && f.Break <= due
}

// peerSeen reports whether the side that did not send the first packet has sent anything but
// RSTs.
func peerSeen(c *Connection, o, r *Direction) bool {
	if c.Flipped {
		return o.Seen
	}
	return r.Seen
}

// closedFirst reports whether a FIN was the first closing segment: one that is captured behind the RST was on its way.
func closedFirst(c *Connection, o, r *Direction) bool {
	if c.Rst.Seen {
		return c.Rst.OrigFin || c.Rst.RespFin
	}
	return o.FinSeen || r.FinSeen
}

// gaveUp reports whether d repeated the same numbers three times or more without an answer,
// and the next repetition is overdue. Linux waits at most 120 s between two.
func gaveUp(d *Direction, f *Finish) bool {
	return d.RtxCount >= 3 && d.RtxTime >= d.LastTime && f.Time-d.RtxTime > int64(d.RtxInterval)*5/2
}

// closedOver reports whether d probed the other side's closed window three times or more, got no answer to the last
// probe, and the next is overdue. The pauses grow like those of repetitions (RFC 9293 3.8.6.1), so the last is
// no longer than all the time without an answer.
func closedOver(d, other *Direction, f *Finish) bool {
	pause := d.LastTime - other.LastTime
	if pause > mostPause {
		pause = mostPause
	}
	return other.AckSeen && other.Window == 0 && d.ZeroProbes >= 3 && pause > 0 && f.Time-d.LastTime > pause*5/2
}

// mostPause is the longest pause between two repetitions or probes of Linux, microseconds (TCP_RTO_MAX).
const mostPause = 120000000

// persisted reports whether a sender that gave up had probed a closed window, and repeated nothing.
func persisted(c *Connection) bool {
	return c.Dir[0].RtxCount < 3 && c.Dir[1].RtxCount < 3
}

// probesOver reports whether d sent two keep-alive probes or more without an answer, and the
// next one is overdue.
func probesOver(d *Direction, f *Finish) bool {
	return d.KeepAlives >= 2 && f.Time-d.KeepAliveTime > int64(d.KeepAliveInterval)*5/2
}

// endingFrame returns the packet that decided an ending: of fragments their first packet, of
// FINs without an answer the first transmission, of repetitions the last.
func endingFrame(c *Connection, o, r *Direction, t schemas.Teardown) int64 {
	switch t {
	case schemas.TeardownFinWithoutConnection, schemas.TeardownAckWithoutConnection, schemas.TeardownSynackWithoutSyn:
		return c.FirstFrame
	case schemas.TeardownSynRefusedIcmp:
		return FrameOf(c.IcmpFrame, c.LastFrame)
	case schemas.TeardownSynUnanswered, schemas.TeardownSynPendingAtCaptureEnd:
		return FrameOf(o.SynFrame, c.LastFrame)
	case schemas.TeardownHandshakeUnfinished, schemas.TeardownHandshakeStalled:
		return FrameOf(r.SynFrame, c.LastFrame)
	case schemas.TeardownFinFourSegment, schemas.TeardownFinThreeSegment, schemas.TeardownFinSimultaneous,
		schemas.TeardownFinHalfClose:
		return FrameOf(c.CloseFrame, c.LastFrame)
	case schemas.TeardownFinLastAckMissing, schemas.TeardownHalfClosedOpen, schemas.TeardownFinUnacked:
		return latest(c, o.FinFrame, r.FinFrame)
	case schemas.TeardownTimeoutRetransmission, schemas.TeardownRetransmittingAtCaptureEnd:
		if persisted(c) {
			return c.LastFrame
		}
		return latest(c, o.RtxFrame, r.RtxFrame)
	case schemas.TeardownTimeoutKeepaliveSilent:
		return latest(c, o.KeepAliveFrame, r.KeepAliveFrame)
	}
	if c.Rst.Seen {
		return FrameOf(c.Rst.Frame, c.LastFrame)
	}
	return c.LastFrame
}

// latest returns the later of two frames given by their low bits, 0 standing for none.
func latest(c *Connection, a, b uint32) int64 {
	if b == 0 || (a != 0 && uint32(c.LastFrame)-a < uint32(c.LastFrame)-b) {
		return FrameOf(a, c.LastFrame)
	}
	return FrameOf(b, c.LastFrame)
}
