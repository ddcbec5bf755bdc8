package zeek

// step moves the state of e, which sends the segment. It reports whether the segment closes
// and whether Zeek would report that close as a normal one.
func (c *TCP) step(e, p *endpoint, s *Segment, fromOrig bool) (closes, normal bool) {
	switch e.state {
	case inactive:
		return c.fromInactive(e, p, s, fromOrig)
	case synSent, synAckSent:
		if s.has(FIN) {
			c.set(e, p, closed)
			closes, normal = true, true
		}
		if s.has(RST) {
			c.set(e, p, reset)
			c.inert = true
			closes = true
		}
		if c.fixed && s.Flags&(FIN|RST) == 0 && e.state == synSent && p.state == established {
			// Where roles are fixed, the SYN-ACK was captured before the SYN.
			c.set(e, p, established)
		}
	case established, partial:
		return c.fromEstablished(e, p, s)
	case closed:
		// After two FINs an RST changes nothing.
		if s.has(RST) && p.state != closed {
			c.set(e, p, reset)
			closes = !e.didClose
		}
	}
	return closes, normal
}

func (c *TCP) fromInactive(e, p *endpoint, s *Segment, fromOrig bool) (closes, normal bool) {
	if s.has(SYN) {
		if fromOrig {
			next := synSent
			if s.has(ACK) {
				next = synAckSent
			}
			c.set(e, p, next)
			c.timers.attemptUntil(s.Time + attemptDelay)
		} else {
			c.synFromResponder(e, p, s)
		}
	}
	if s.has(FIN) {
		c.set(e, p, closed)
		closes, normal = true, true
	}
	if s.has(RST) {
		c.set(e, p, reset)
		closes = true
		if fromOrig {
			normal = p.state != established
		} else {
			normal = p.state != synSent && p.state != synAckSent
		}
	}
	if e.state != inactive {
		return closes, normal
	}
	switch {
	case !fromOrig && s.Length == 0 && c.ends[c.orig].state == synSent:
		// Some stacks acknowledge a SYN before they answer it.
	case s.has(ACK) && p.state == established:
		// Its SYN was not captured, the SYN-ACK was.
		c.set(e, p, established)
		c.midstream = false
		if fromOrig {
			c.firsts |= 1
		} else {
			c.firsts |= 2
		}
	default:
		c.set(e, p, partial)
	}
	return closes, normal
}

// synFromResponder handles the first SYN or SYN-ACK of the responder.
func (c *TCP) synFromResponder(e, p *endpoint, s *Segment) {
	if !s.has(ACK) && p.state == synAckSent && s.Seq == e.start && !c.fixed {
		// The SYN was captured after the SYN-ACK that answers it.
		c.flip()
		c.history.add('^')
		c.set(p, e, established)
		c.firsts |= 1
	}
	if p.state == synSent {
		c.set(p, e, established)
	}
	c.set(e, p, established)
	if p.state != partial && c.timers != nil {
		c.timers.established = true
	}
}

func (c *TCP) fromEstablished(e, p *endpoint, s *Segment) (closes, normal bool) {
	if s.has(SYN) && !s.has(ACK) && e.state == partial && p.state == inactive {
		c.set(e, p, synSent)
	}
	if s.has(FIN) && !s.has(RST) {
		c.set(e, p, closed)
		if p.state == reset && p.previous == closed {
			// FIN, RST, and now the FIN of the other end: a normal close.
			c.set(p, e, closed)
		}
		closes, normal = true, true
	}
	if s.has(RST) {
		c.set(e, p, reset)
		closes = true
		if p.state != reset || p.previous != established {
			c.inert = true
		}
	}
	return closes, normal
}

// set changes the state of e.
func (c *TCP) set(e, p *endpoint, next state) {
	if next == e.state {
		return
	}
	if !next.handshake() && e.state.handshake() && p.state.handshake() {
		c.timers.setIdle(idleTCP, c.LastTime)
	}
	e.previous, e.state = e.state, next
}

// Reuse reports whether a packet begins a new connection of the same ends. Only SYNs do, and
// SYN-ACKs where the originator has said nothing.
func (c *TCP) Reuse(s *Segment) bool {
	if !s.has(SYN) {
		return false
	}
	o, r := &c.ends[c.orig], &c.ends[1-c.orig]
	e := o
	if s.has(ACK) {
		if o.state != inactive {
			return false
		}
		e = r
	}
	if o.didClose || r.didClose {
		return true
	}
	if s.Seq == e.start {
		return false // sent again
	}
	if !s.has(ACK) && e.state == synAckSent && r.state == inactive && s.Seq == r.start {
		return false // captured after the SYN-ACK that answers it
	}
	return true
}
