package classify

import (
	"cmp"
	"slices"

	"github.com/pcap-teardown/teardown/schemas"
)

// A remaining connection is live when the world ends.
type remaining struct {
	connID int64
	ref    ref
}

// remaining returns the live connections of a shard in the order in which they began. It looks at records in the order of
// memory: there may be millions.
func (s *shard) remaining() []remaining {
	s.reclaim()
	all := make([]remaining, 0, s.live)
	for n := uint32(1); n <= s.embryos.next; n++ {
		if e := s.embryos.at(n); e.list != listFree {
			all = append(all, remaining{e.connID, n | embryoBit})
		}
	}
	for n := uint32(1); n <= s.conns.next; n++ {
		if a := &s.conns.at(n).conn.account; a.list != listFree {
			all = append(all, remaining{a.connID, n})
		}
	}
	for n := uint32(1); n <= s.others.next; n++ {
		if a := &s.others.at(n).conn.account; a.list != listFree {
			all = append(all, remaining{a.connID, n | otherBit})
		}
	}
	slices.SortFunc(all, func(a, b remaining) int { return cmp.Compare(a.connID, b.connID) })
	return all
}

// end finishes what is still live when the world ends at the clock, in the order in which it began: shards have theirs in
// order, and are merged.
func (x *collector) end(clock int64) error {
	var m merger
	for _, s := range x.classifier.shards {
		if all := s.remaining(); len(all) > 0 {
			m.add(s, all)
		}
	}
	var ahead [warmRows]struct {
		s *shard
		r ref
	}
	for len(m) > 0 {
		n := 0
		for ; n < len(ahead) && len(m) > 0; n++ {
			ahead[n].s, ahead[n].r = m.next()
		}
		for _, a := range ahead[:n] { // with nothing else in between, so that many are fetched at once
			x.warmed += a.s.warm(a.r)
		}
		for _, a := range ahead[:n] {
			f := a.s.handOver(a.r)
			f.finish.Reason, f.finish.Time = schemas.FinishCaptureEnd, clock
			x.finished = append(x.finished[:0], f)
			if err := x.rows(x.finished); err != nil {
				return err
			}
		}
	}
	return x.flush()
}

// A merger is a heap of shards with their remaining connections, the one that began first at its top.
type merger []source

type source struct {
	s    *shard
	left []remaining
}

func (m *merger) add(s *shard, all []remaining) {
	*m = append(*m, source{s, all})
	h := *m
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up].left[0].connID <= h[i].left[0].connID {
			break
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
}

// next takes out the connection that began first.
func (m *merger) next() (*shard, ref) {
	h := *m
	s, r := h[0].s, h[0].left[0].ref
	if h[0].left = h[0].left[1:]; len(h[0].left) == 0 {
		h[0] = h[len(h)-1]
		h[len(h)-1] = source{}
		h = h[:len(h)-1]
		*m = h
	}
	for i := 0; ; {
		least := i
		for _, down := range [...]int{2*i + 1, 2*i + 2} {
			if down < len(h) && h[down].left[0].connID < h[least].left[0].connID {
				least = down
			}
		}
		if least == i {
			return s, r
		}
		h[least], h[i] = h[i], h[least]
		i = least
	}
}
