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
	for len(m.heap) > 0 {
		n := 0
		for ; n < len(ahead) && len(m.heap) > 0; n++ {
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

// A merger has the remaining connections of shards, and a heap with the one of each shard that comes next: the one that
// began first at its top.
type merger struct {
	sources []source
	heap    []upcoming
}

type source struct {
	s    *shard
	left []remaining
}

type upcoming struct {
	connID int64
	source int32
}

func (m *merger) add(s *shard, all []remaining) {
	x := upcoming{all[0].connID, int32(len(m.sources))}
	m.sources = append(m.sources, source{s, all})
	m.heap = append(m.heap, x)
	h, i := m.heap, len(m.heap)-1
	for i > 0 && h[(i-1)/2].connID > x.connID {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = x
}

// next takes out the connection that began first.
func (m *merger) next() (*shard, ref) {
	h := m.heap
	x := h[0]
	from := &m.sources[x.source]
	r := from.left[0].ref
	if from.left = from.left[1:]; len(from.left) > 0 {
		x.connID = from.left[0].connID
	} else {
		x = h[len(h)-1]
		h = h[:len(h)-1]
		m.heap = h
	}
	i := 0
	for down := 1; down < len(h); down = 2*i + 1 {
		if down+1 < len(h) && h[down+1].connID < h[down].connID {
			down++
		}
		if h[down].connID >= x.connID {
			break
		}
		h[i], i = h[down], down
	}
	if i < len(h) {
		h[i] = x
	}
	return from.s, r
}
