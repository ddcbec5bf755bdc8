package zeek

// A rare is what few connections need: it exists from the first time that something of it is
// not zero.
type rare struct {
	ends    [2]rareEnd
	missed  uint32  // high half of the bytes in gaps
	letters []byte  // the whole history, once it is long
	timers  *timers // nil where nobody asks
}

// A rareEnd is the rare part of an end.
type rareEnd struct {
	lastWrap, ackWrap         uint16
	counts                    [countKinds]uint16 // high halves
	lastSyn                   uint32             // relative number of its last SYN, modulo 2^32
	position, trimmed, finEnd uint32             // high halves
	islands                   []island           // bytes above a hole, in order, apart from each other
}

// more returns the rare part, which it makes where there is none.
func (c *TCP) more() *rare {
	if c.rare == nil {
		c.rare = new(rare)
	}
	return c.rare
}

// moreOf returns the rare part of an end, which it makes where there is none.
func (c *TCP) moreOf(e *endpoint) *rareEnd { return &c.more().ends[c.number(e)] }

// rareOf returns the rare part of an end, nil for none.
func (c *TCP) rareOf(e *endpoint) *rareEnd {
	if c.rare == nil {
		return nil
	}
	return &c.rare.ends[c.number(e)]
}

// number returns which end e is.
func (c *TCP) number(e *endpoint) int {
	if e == &c.ends[0] {
		return 0
	}
	return 1
}

// wide returns the relative number whose low half is low.
func wide(low, high uint32) uint64 { return uint64(high)<<32 | uint64(low) }

// fullLast returns the number after the last one sent, wraps counted.
func (c *TCP) fullLast(e *endpoint) uint64 {
	if r := c.rareOf(e); r != nil {
		return full(e.last, r.lastWrap)
	}
	return uint64(e.last)
}

// fullAcked returns the highest acknowledgment by the other end, wraps counted.
func (c *TCP) fullAcked(e *endpoint) uint64 {
	if r := c.rareOf(e); r != nil {
		return full(e.acked, r.ackWrap)
	}
	return uint64(e.acked)
}

// fin returns the relative number after the FIN of e.
func (c *TCP) fin(e *endpoint) uint64 {
	if r := c.rareOf(e); r != nil {
		return wide(e.finEnd, r.finEnd)
	}
	return uint64(e.finEnd)
}

func (c *TCP) setFin(e *endpoint, number uint64) {
	e.finEnd = uint32(number)
	if high := uint32(number >> 32); high != 0 || c.rare != nil {
		c.moreOf(e).finEnd = high
	}
}

// Missed returns the bytes in gaps of both ends, Zeek's missed_bytes.
func (c *TCP) Missed() int64 {
	if c.rare != nil {
		return int64(wide(c.missed, c.rare.missed))
	}
	return int64(c.missed)
}

func (c *TCP) miss(bytes uint64) {
	n := uint64(c.Missed()) + bytes
	c.missed = uint32(n)
	if high := uint32(n >> 32); high != 0 || c.rare != nil {
		c.more().missed = high
	}
}

// timers returns the timers, nil where nobody asks.
func (c *TCP) timers() *timers {
	if c.rare == nil {
		return nil
	}
	return c.rare.timers
}

// Warm loads the machine into the cache; what it returns is of no use.
func (c *TCP) Warm() uint64 { return uint64(c.ends[0].state) + uint64(c.ends[1].state) }
