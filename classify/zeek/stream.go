package zeek

import "slices"

// Zeek's limits on what the reassembler holds (tcp_max_initial_window,
// tcp_max_above_hole_without_any_acks, tcp_excessive_data_without_further_acks), and ours on
// the number of islands, beyond which the stream is given up as Zeek gives it up beyond its bytes.
const (
	maxInitial   = 16384
	maxAboveHole = 16384
	maxHeld      = 10 << 20
	maxIslands   = 4096
)

// A stream is the payload of one end as Zeek reassembles it; positions are relative numbers.
// Of payload that was delivered and not acknowledged only the position of its end matters. An
// endpoint keeps it in pieces: load puts them together, store takes them apart.
type stream struct {
	position uint64 // all before it is delivered or given up; the first byte is 1
	trimmed  uint64 // all before it is acknowledged
	rare     *rareEnd
}

type island struct{ from, to uint64 }

func (c *TCP) load(e *endpoint) (x stream) {
	x = stream{position: uint64(e.position), trimmed: uint64(e.trimmed)}
	if r := c.rareOf(e); r != nil {
		x.rare = r
		x.position, x.trimmed = wide(e.position, r.position), wide(e.trimmed, r.trimmed)
	}
	x.position, x.trimmed = max(x.position, 1), max(x.trimmed, 1)
	return x
}

func (c *TCP) store(e *endpoint, x *stream) {
	e.position, e.trimmed = uint32(x.position), uint32(x.trimmed)
	position, trimmed := uint32(x.position>>32), uint32(x.trimmed>>32)
	if position|trimmed != 0 || c.rare != nil {
		r := c.moreOf(e)
		r.position, r.trimmed = position, trimmed
	}
}

// above returns the islands.
func (x *stream) above() []island {
	if x.rare == nil {
		return nil
	}
	return x.rare.islands
}

// top returns the end of the last byte that is held.
func (x *stream) top() uint64 {
	if list := x.above(); len(list) > 0 {
		return list[len(list)-1].to
	}
	return x.position
}

// size returns the number of bytes that are held.
func (x *stream) size() uint64 {
	n := max(x.position, x.trimmed) - x.trimmed
	for _, s := range x.above() {
		n += s.to - s.from
	}
	return n
}

// holds reports whether bytes of e wait for an acknowledgment or for a hole to be filled.
func (c *TCP) holds(e *endpoint) bool {
	if e.is(skipping) {
		return false
	}
	x := c.load(e)
	return x.position > x.trimmed || len(x.above()) > 0
}

// insert takes bytes and delivers what has no hole before it any more.
func (c *TCP) insert(x *stream, e, peer *endpoint, from, to uint64) {
	if to <= x.trimmed || to <= x.position {
		return
	}
	from = max(from, x.trimmed, x.position)
	if from > x.position {
		x.rare = c.moreOf(e)
		x.add(from, to)
		return
	}
	x.position = to
	x.deliverIslands()
	if c.nothingAcked(e) && c.size(e, peer) > maxInitial {
		// The acknowledgments are probably not captured: nothing waits for them.
		x.forget(x.position)
	}
}

// deliverIslands delivers the islands that begin at the position.
func (x *stream) deliverIslands() {
	list := x.above()
	if len(list) == 0 {
		return
	}
	n := 0
	for n < len(list) && list[n].from <= x.position {
		x.position = max(x.position, list[n].to)
		n++
	}
	x.drop(n)
}

// drop takes the first islands away; room for many is not kept.
func (x *stream) drop(n int) {
	x.rare.islands = slices.Delete(x.rare.islands, 0, n)
	if len(x.rare.islands) == 0 && cap(x.rare.islands) > 8 {
		x.rare.islands = nil
	}
}

// add makes from…to part of the islands.
func (x *stream) add(from, to uint64) {
	list := x.rare.islands
	i := len(list)
	for i > 0 && list[i-1].to >= from {
		i--
	}
	j := i
	for j < len(list) && list[j].from <= to {
		from, to = min(from, list[j].from), max(to, list[j].to)
		j++
	}
	x.rare.islands = slices.Replace(list, i, j, island{from, to})
}

// forget lets go of what is acknowledged up to a place that was delivered or given up.
func (x *stream) forget(to uint64) {
	x.trimmed = to
	list := x.above()
	n := 0
	for n < len(list) && list[n].to <= to {
		n++
	}
	if n > 0 {
		x.drop(n)
	}
}

// sent takes the payload of a segment of e.
func (c *TCP) sent(e, peer *endpoint, from, to uint64) {
	if e.is(skipping) {
		return
	}
	x := c.load(e)
	c.insert(&x, e, peer, from, to)
	above := x.top() - x.position
	if above > maxAboveHole && c.nothingAcked(e) || x.size() > maxHeld || len(x.above()) > maxIslands {
		e.bits |= skipping
		if x.rare != nil {
			x.rare.islands = nil
		}
	}
	c.store(e, &x)
}

// received takes an acknowledgment of the payload of e, which makes gaps of holes before it.
func (c *TCP) received(e, peer *endpoint, to uint64) {
	if e.is(finSeen) {
		if fin := c.fin(e); to >= fin {
			to = fin - 1
		}
	}
	x := c.load(e)
	if to <= x.trimmed {
		return
	}
	if to > x.position {
		c.undelivered(&x, e, peer, to)
	}
	x.forget(to)
	if list := x.above(); len(list) > 0 && list[0].from == x.position {
		x.deliverIslands()
	}
	c.store(e, &x)
	c.checkEnd(e, peer)
}

// undelivered gives up the holes before to, which the other end has acknowledged.
func (c *TCP) undelivered(x *stream, e, peer *endpoint, to uint64) {
	if to <= 2 && c.is(midstream) {
		return // the first packet was an acknowledgment or a keep-alive probe
	}
	if !e.is(skipping) {
		for len(x.above()) > 0 && x.above()[0].from < to {
			next := x.above()[0].from
			if next > x.position {
				c.gap(e, peer, next-x.position)
				x.position = next
			}
			x.deliverIslands()
		}
		if to > x.position {
			c.gap(e, peer, to-x.position)
		}
	}
	x.position = max(x.position, to)
}

// gap counts a gap, unless the connection is of a kind in which gaps mean little.
func (c *TCP) gap(e, peer *endpoint, length uint64) {
	if !e.clean() || !peer.clean() {
		return
	}
	if c.scaled(e, gaps) {
		c.letter(e, 'G')
	}
	c.miss(length)
}

// pending reports whether bytes of e wait for a hole to be filled, or bytes of its peer for an
// acknowledgment: then its close waits too.
func (c *TCP) pending(e, peer *endpoint) bool {
	if e.is(skipping) {
		return false
	}
	x := c.load(e)
	delivered, last := uint64(e.start)+x.position, c.fullLast(e)
	if last < delivered {
		return false
	}
	if delivered != last && delivered != last-1 {
		return true
	}
	return e.state != reset && c.holds(peer)
}
