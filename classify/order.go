package classify

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// A list is in the order of its deadlines only where that matters. A packet moves its connection
// to the end of the list when it is the first one in a span of time: to move it at every packet
// would mean to change its neighbours, which no cache holds. So the connections of one span, which
// stand together, have no order among each other until the span is the first of the list and
// the first deadline in it is over: then settle sorts it. Near the limit on connections, where
// the one that has been silent for longest may be asked for at any time, order is always exact.

// spanShift returns the binary logarithm of a span, in microseconds: between a 64th and a 32nd of
// the limit.
func spanShift(limit int64) uint8 { return uint8(max(bits.Len64(uint64(limit))-6, 0)) }

// sameSpan reports whether a connection whose last packet came at before can keep its place in
// a list at a packet that comes now.
func (s *shard) sameSpan(list uint8, before, now int64) bool {
	shift := s.limits.shift[list]
	return !s.exact && before>>shift == now>>shift
}

// A waiting is a connection in a list.
type waiting struct {
	since, frame int64
	ref          ref
}

// compare orders by time, and those of equal times by the packet.
func (a waiting) compare(b waiting) int {
	return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(a.frame, b.frame))
}

// inOrder reports whether sort would change nothing, as in a flood, whose connections have one packet each.
func (s *shard) inOrder(list uint8, end int64) bool {
	last := waiting{since: math.MinInt64}
	for r := s.lists[list].next; r != 0; r = s.linksOf(r).next {
		x := waiting{s.since(r), s.lastFrame(r), r}
		if x.since >= end {
			break
		}
		if x.compare(last) < 0 {
			return false
		}
		last = x
	}
	return true
}

// settle sorts the connections of the first span of a list.
func (s *shard) settle(list uint8) {
	shift := s.limits.shift[list]
	span := s.since(s.lists[list].next) >> shift
	s.sort(list, (span+1)<<shift)
	s.settled[list] = (span + 1) << shift
}

// sort sorts the connections from the beginning of a list up to the first one that was touched
// at end or later.
func (s *shard) sort(list uint8, end int64) {
	if s.inOrder(list, end) {
		return
	}
	all := s.arena.waiting[:0]
	rest := s.lists[list].next
	for rest != 0 {
		since := s.since(rest)
		if since >= end {
			break
		}
		all = append(all, waiting{since, s.lastFrame(rest), rest})
		rest = s.linksOf(rest).next
	}
	s.arena.waiting = all
	slices.SortStableFunc(all, waiting.compare)
	ends := &s.lists[list]
	last := ref(0)
	join := func(r ref) {
		if last == 0 {
			ends.next = r
		} else {
			s.linksOf(last).next = r
		}
		if r == 0 {
			ends.prev = last
		} else {
			s.linksOf(r).prev = last
		}
	}
	for i := range all {
		join(all[i].ref)
		last = all[i].ref
	}
	join(rest)
}

// beExact sorts all lists, which stay in order until few connections are left.
func (s *shard) beExact() {
	for list := range uint8(listEnded) {
		s.sort(list, 1<<63-1)
	}
	s.exact = true
}

// beLazy gives up the order of the lists again.
func (s *shard) beLazy() {
	s.exact = false
	clear(s.settled[:])
}

// lastFrame returns the frame of the last packet of a live connection.
func (s *shard) lastFrame(r ref) int64 {
	if r&embryoBit != 0 {
		return s.embryos.at(r&^embryoBit).connID & frameMask
	}
	c := s.conn(r)
	if c.tcp == nil {
		return c.account.wide.lastFrame
	}
	return c.tcp.LastFrame
}
