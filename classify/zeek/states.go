package zeek

// step moves the state of e, which sends the segment. It reports whether the segment closes
// and whether Zeek would report that close as a normal one.
func (c *TCP) step(e, p *endpoint, s *Segment, fromOrig bool) (closes, normal bool) {
	switch e.state {
	case inactive:
		return c.fromInactive(e, p, s, fromOrig)
	case synSent, synAckSent:
		if s.has(FIN) {
			c.move(e, p, closed)
			closes, normal = true, true
		}
		if s.has(RST) {
			c.move(e, p, reset)
			c.set(inert)
			closes = true
		}
		if c.is(fixed) && s.Flags&(FIN|RST) == 0 && e.state == synSent && p.state == established {
			// Where roles are fixed, the SYN-ACK was captured before the SYN.
			c.move(e, p, established)
		}
	case established, partial:
		return c.fromEstablished(e, p, s)
	case closed:
		// After two FINs an RST changes nothing.
		if s.has(RST) && p.state != closed {
			c.move(e, p, reset)
			closes = !e.is(didClose)
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
			c.move(e, p, next)
			c.timers().attemptUntil(s.Time + attemptDelay)
		} else {
			c.synFromResponder(e, p, s)
		}
	}
	if s.has(FIN) {
		c.move(e, p, closed)
		closes, normal = true, true
	}
	if s.has(RST) {
		c.move(e, p, reset)
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
		c.move(e, p, established)
		c.clear(midstream)
		if fromOrig {
			c.set(firstOrig)
		} else {
			c.set(firstResp)
		}
	default:
		c.move(e, p, partial)
	}
	return closes, normal
}

// synFromResponder handles the first SYN or SYN-ACK of the responder.
func (c *TCP) synFromResponder(e, p *endpoint, s *Segment) {
	if !s.has(ACK) && p.state == synAckSent && s.Seq == e.start && !c.is(fixed) {
		// The SYN was captured after the SYN-ACK that answers it.
		c.flip()
		c.add('^')
		c.move(p, e, established)
		c.set(firstOrig)
	}
	if p.state == synSent {
		c.move(p, e, established)
	}
	c.move(e, p, established)
	if t := c.timers(); p.state != partial && t != nil {
		t.established = true
	}
}

func (c *TCP) fromEstablished(e, p *endpoint, s *Segment) (closes, normal bool) {
	if s.has(SYN) && !s.has(ACK) && e.state == partial && p.state == inactive {
		c.move(e, p, synSent)
	}
	if s.has(FIN) && !s.has(RST) {
		c.move(e, p, closed)
		if p.state == reset && p.previous() == closed {
			// FIN, RST, and now the FIN of the other end: a normal close.
			c.move(p, e, closed)
		}
		closes, normal = true, true
	}
	if s.has(RST) {
		c.move(e, p, reset)
		closes = true
		if p.state != reset || p.previous() != established {
			c.set(inert)
		}
	}
	return closes, normal
}

// move changes the state of e.
func (c *TCP) move(e, p *endpoint, next state) {
	if next == e.state {
		return
	}
	if !next.handshake() && e.state.handshake() && p.state.handshake() {
		c.timers().setIdle(idleTCP)
	}
	e.bits = e.bits&^previousBits | uint8(e.state)
	e.state = next
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
	if o.is(didClose) || r.is(didClose) {
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
