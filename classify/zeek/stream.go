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
// Of payload that was delivered and not acknowledged only the position of its end matters.
type stream struct {
	position uint64    // all before it is delivered or given up; 0 stands for 1, the first byte
	trimmed  uint64    // all before it is acknowledged; 0 stands for 1
	held     uint64    // end of the delivered bytes, 0 for none
	islands  *[]island // bytes above a hole, in order, apart from each other; nil for none
	skipping bool      // given up
	atEnd    bool      // the end of the stream was reported
}

type island struct{ from, to uint64 }

func (x *stream) at() uint64   { return max(x.position, 1) }
func (x *stream) trim() uint64 { return max(x.trimmed, 1) }

// above returns the islands.
func (x *stream) above() []island {
	if x.islands == nil {
		return nil
	}
	return *x.islands
}

// keep makes the islands those of list.
func (x *stream) keep(list []island) {
	switch {
	case len(list) == 0:
		x.islands = nil
	case x.islands == nil:
		x.islands = &list
	default:
		*x.islands = list
	}
}

// holds reports whether bytes wait for an acknowledgment or for a hole to be filled.
func (x *stream) holds() bool { return x.held > x.trim() || len(x.above()) > 0 }

// top returns the end of the last byte that is held.
func (x *stream) top() uint64 {
	if n := len(x.above()); n > 0 {
		return x.above()[n-1].to
	}
	return x.at()
}

// size returns the number of bytes that are held.
func (x *stream) size() uint64 {
	var n uint64
	if x.held > x.trim() {
		n = x.held - x.trim()
	}
	for _, s := range x.above() {
		n += s.to - s.from
	}
	return n
}

// insert takes bytes and delivers what has no hole before it any more.
func (x *stream) insert(e, peer *endpoint, from, to uint64) {
	if to <= x.trim() {
		return
	}
	from = max(from, x.trim())
	at := x.at()
	if to <= at {
		return
	}
	from = max(from, at)
	if from > at {
		x.add(from, to)
		return
	}
	x.deliver(to)
	if len(x.above()) > 0 {
		x.deliverIslands()
	}
	if e.nothingAcked() && e.size(peer) > maxInitial {
		// The acknowledgments are probably not captured: nothing waits for them.
		x.forget(x.at())
	}
}

// deliver moves the position to a place up to which bytes were captured.
func (x *stream) deliver(to uint64) {
	x.position, x.held = to, to
}

// deliverIslands delivers the islands that begin at the position.
func (x *stream) deliverIslands() {
	n := 0
	list := x.above()
	for n < len(list) && list[n].from <= x.at() {
		if list[n].to > x.at() {
			x.deliver(list[n].to)
		}
		n++
	}
	x.keep(slices.Delete(list, 0, n))
}

// add makes from…to part of the islands.
func (x *stream) add(from, to uint64) {
	list := x.above()
	i := len(list)
	for i > 0 && list[i-1].to >= from {
		i--
	}
	j := i
	for j < len(list) && list[j].from <= to {
		from, to = min(from, list[j].from), max(to, list[j].to)
		j++
	}
	x.keep(slices.Replace(list, i, j, island{from, to}))
}

// forget lets go of what is acknowledged up to a place that was delivered or given up.
func (x *stream) forget(to uint64) {
	x.trimmed = to
	if x.islands == nil {
		return
	}
	n := 0
	list := x.above()
	for n < len(list) && list[n].to <= to {
		n++
	}
	x.keep(slices.Delete(list, 0, n))
}

// giveUp drops what is held: Zeek follows the stream no longer.
func (x *stream) giveUp() {
	x.islands, x.held, x.skipping = nil, 0, true
}

// sent takes the payload of a segment of e.
func (c *TCP) sent(e, peer *endpoint, from, to uint64) {
	x := &e.stream
	if x.skipping {
		return
	}
	x.insert(e, peer, from, to)
	above := x.top() - x.at()
	if above > maxAboveHole && e.nothingAcked() || x.size() > maxHeld || len(x.above()) > maxIslands {
		x.giveUp()
	}
}

// received takes an acknowledgment of the payload of e, which makes gaps of holes before it.
func (c *TCP) received(e, peer *endpoint, to uint64) {
	x := &e.stream
	if e.finSeen && to >= e.finEnd {
		to = e.finEnd - 1
	}
	if to <= x.trim() {
		return
	}
	if to > x.at() {
		c.undelivered(e, peer, to)
	}
	x.forget(to)
	if len(x.above()) > 0 && x.above()[0].from == x.at() {
		x.deliverIslands()
	}
	c.checkEnd(e, peer)
}

// undelivered gives up the holes before to, which the other end has acknowledged.
func (c *TCP) undelivered(e, peer *endpoint, to uint64) {
	x := &e.stream
	if to <= 2 && c.midstream {
		return // the first packet was an acknowledgment or a keep-alive probe
	}
	if !x.skipping {
		for len(x.above()) > 0 && x.above()[0].from < to {
			next := x.above()[0].from
			if next > x.at() {
				c.gap(e, peer, next-x.at())
				x.position = next
			}
			x.deliverIslands()
		}
		if to > x.at() {
			c.gap(e, peer, to-x.at())
		}
	}
	if to > x.at() {
		x.position = to
	}
}

// gap counts a gap, unless the connection is of a kind in which gaps mean little.
func (c *TCP) gap(e, peer *endpoint, length uint64) {
	if !e.clean() || !peer.clean() {
		return
	}
	if e.gaps.add() {
		c.letter(e, 'G')
	}
	c.Missed += int64(length)
}

// pending reports whether bytes of e wait for a hole to be filled, or bytes of its peer for an
// acknowledgment: then its close waits too.
func (e *endpoint) pending(peer *endpoint) bool {
	if e.stream.skipping {
		return false
	}
	delivered, last := uint64(e.start)+e.stream.at(), full(e.last, e.lastWrap)
	if last < delivered {
		return false
	}
	if delivered != last && delivered != last-1 {
		return true
	}
	return e.state != reset && peer.stream.holds()
}
