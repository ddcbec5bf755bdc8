package classify

import (
	"cmp"
	"slices"
	"sync"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
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
	live := 0
	for _, s := range x.classifier.shards {
		if all := s.remaining(); len(all) > 0 {
			m.add(s, all)
			live += len(all)
		}
	}
	if err := x.flush(); err != nil {
		return err
	}
	if live > table.ConnectionRows && x.classifier.opt.Writers > 1 {
		return x.endTogether(&m, clock)
	}
	var r lastRows
	for len(m.heap) > 0 {
		r.list = x.take(&m, warmRows, clock, r.list[:0])
		x.write(&x.writer, &r)
		if r.out.N == table.ConnectionRows || len(m.heap) == 0 {
			if err := x.hand(&r); err != nil {
				return err
			}
		}
	}
	return nil
}

// take finishes the next connections, at most n, and appends them to list.
func (x *collector) take(m *merger, n int, clock int64, list []finished) []finished {
	var ahead [warmRows]struct {
		s *shard
		r ref
	}
	for n > 0 && len(m.heap) > 0 {
		some := 0
		for ; some < min(n, len(ahead)) && len(m.heap) > 0; some++ {
			ahead[some].s, ahead[some].r = m.next()
		}
		for _, a := range ahead[:some] { // with nothing else in between, so that many are fetched at once
			x.warmed += a.s.warm(a.r)
		}
		for _, a := range ahead[:some] {
			f := a.s.handOver(a.r)
			f.finish.Reason, f.finish.Time = schemas.FinishCaptureEnd, clock
			list = append(list, f)
		}
		n -= some
	}
	return list
}

// A lastRows is a batch of connections that are live at the end, on their way to rows.
type lastRows struct {
	list []finished
	out  *table.Connections
	zeek []ZeekDetails
	done chan struct{}
}

// endTogether is end with several goroutines that write rows. Nothing is learned any more, so that what a row says depends on
// its connection alone. Batches are handed on in their order.
func (x *collector) endTogether(m *merger, clock int64) error {
	writers := x.classifier.opt.Writers
	work := make(chan *lastRows, writers)
	var running sync.WaitGroup
	for range writers {
		w := &rowWriter{seed: x.writer.seed, knowledge: x.known, breaks: x.writer.breaks}
		w.arena.details = x.writer.arena.details
		running.Go(func() {
			for r := range work {
				x.write(w, r)
				r.done <- struct{}{}
			}
		})
	}
	defer running.Wait()
	defer close(work)
	ring := make([]lastRows, 2*writers)
	next, oldest := 0, 0
	hand := func() {
		r := &ring[oldest%len(ring)]
		oldest++
		<-r.done
		if x.err == nil {
			x.err = x.hand(r)
		}
	}
	for len(m.heap) > 0 && x.err == nil {
		if next-oldest == len(ring) {
			hand()
			continue
		}
		r := &ring[next%len(ring)]
		next++
		if r.done == nil {
			r.done = make(chan struct{}, 1)
		}
		r.list = x.take(m, table.ConnectionRows, clock, r.list[:0])
		work <- r
	}
	for oldest < next {
		hand()
	}
	return x.err
}

// write adds the rows of the connections of r to its batch.
func (x *collector) write(w *rowWriter, r *lastRows) {
	if r.out == nil {
		r.out, r.zeek = x.classifier.free.Get(table.ConnectionRows), r.zeek[:0]
	}
	for i := range r.list {
		r.zeek = x.row(w, r.out, r.zeek, &r.list[i])
	}
	w.finish(r.out)
}

// hand hands the batch of r on.
func (x *collector) hand(r *lastRows) error {
	x.out, x.zeek, r.out = r.out, r.zeek, nil
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
