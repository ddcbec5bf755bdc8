package facts

// gapCount is the number of gaps that are remembered per direction.
const gapCount = 2

// openGap notes that the numbers from start to end were left out.
func openGap(d *Direction, start, end uint32, time uint32) {
	at := int64(0)
	for i := int64(0); i < gapCount; i++ {
		g := &d.Gaps[i]
		if g.Start == g.End {
			at = i
		}
	}
	// Without a free place the oldest gap is forgotten.
	g := &d.Gaps[at]
	if g.Start != g.End {
		for i := int64(0); i < gapCount; i++ {
			if time-d.Gaps[i].Time > time-d.Gaps[at].Time {
				at = i
			}
		}
	}
	free := &d.Gaps[at]
	free.Start = start
	free.End = end
	free.Time = time
}

// findGap reports whether the segment begins in an open gap, and how old the gap is.
func findGap(d *Direction, s *Segment, x *Derived) {
	for i := int64(0); i < gapCount; i++ {
		g := &d.Gaps[i]
		if g.Start != g.End && between(g.Start, s.Seq, g.End-1) {
			x.InGap = true
			x.GapAge = int64(uint32(s.Time) - g.Time)
		}
	}
}

// fillGap takes the numbers from start to end out of the gaps and returns how many were
// missing. Of a gap that is filled in its middle only the later part stays open.
func fillGap(d *Direction, start, end uint32) int64 {
	filled := int64(0)
	for i := int64(0); i < gapCount; i++ {
		g := &d.Gaps[i]
		if g.Start != g.End && before(start, g.End) && before(g.Start, end) {
			from := g.Start
			if before(from, start) {
				from = start
			}
			to := g.End
			if before(end, to) {
				to = end
			}
			filled += int64(to - from)
			if to == g.End {
				g.End = from
			} else {
				g.Start = to
			}
		}
	}
	return filled
}

// incomplete reports whether the capture lost segments of a connection and nothing has filled their place since.
func incomplete(c *Connection) bool {
	if c.CaptureLoss {
		for side := int64(0); side < 2; side++ {
			for i := int64(0); i < gapCount; i++ {
				g := &c.Dir[side].Gaps[i]
				if g.Start != g.End {
					return true
				}
			}
		}
	}
	return false
}

// lastLost reports whether what the sender of an RST had sent directly before it was acknowledged and never captured: a FIN
// perhaps, or the error that it reported.
func lastLost(x *Direction, r *Reset) bool {
	for i := int64(0); i < gapCount; i++ {
		g := &x.Gaps[i]
		if g.Start != g.End && g.End == r.Seq {
			return true
		}
	}
	return false
}
