package zeek

// plain takes a packet of the kind that nearly all are: an acknowledgment, with payload or
// without, between two ends that are established, and nothing about it is special. It reports
// whether the packet was one; process takes all others, and would do the same with this one.
func (c *TCP) plain(e, p *endpoint, s *Segment) bool {
	if s.Flags&(SYN|FIN|RST|ACK) != ACK || s.ZeroWindow || s.Cut || c.rare != nil || c.bits&(firstOrig|firstResp) != firstOrig|firstResp {
		return false
	}
	if e.state != established || p.state != established || (e.bits|p.bits)&^previousBits != 0 {
		return false
	}
	end := s.Seq + s.Length
	rel, ack := s.Seq-e.start, s.Ack-p.start
	switch {
	case int32(rel) < 0 || int32(ack) < 0: // before the start
		return false
	case s.Seq < e.start || end < e.start || s.Ack < p.start: // the numbers wrap around
		return false
	case end < e.last && int32(end-e.last) > 0, s.Seq < e.last && int32(s.Seq-e.last) > 0, s.Ack < p.acked && int32(s.Ack-p.acked) > 0:
		return false
	case s.Ack == 0 || ack > max(p.position, 1): // it acknowledges what was not captured
		return false
	}
	position, trimmed := max(e.position, 1), max(e.trimmed, 1)
	to := rel + s.Length
	if s.Length > 0 {
		if rel > position || trimmed > position || e.acked-e.start <= 1 || to-trimmed > maxHeld && to > trimmed {
			return false
		}
	}
	// From here on the packet is a plain one.
	if s.Length > 0 {
		c.once(e, seenData, 'D')
	} else {
		c.once(e, seenACK, 'A')
	}
	if int32(s.Ack-p.acked) > 0 {
		p.acked = s.Ack
	}
	if int32(end-e.last) > 0 {
		e.last = end
	} else if s.Length > 0 && c.scaled(e, retransmissions) {
		c.letter(e, 'T')
	}
	if ack > max(p.trimmed, 1) {
		p.trimmed = ack
	}
	if s.Length > 0 && to > position && to > trimmed {
		e.position = to
	}
	return true
}
