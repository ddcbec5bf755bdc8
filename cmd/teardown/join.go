package main

import (
	"cmp"
	"container/heap"
	"context"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// joined reads all inputs as one world.
func (r *run) joined(ctx context.Context) error {
	m := &merger{}
	for i := range r.reports {
		l := &lane{index: r.reports[i].index, first: r.firstOrder(ctx, i)}
		l.open = func() *captureSource {
			if ctx.Err() != nil {
				return nil
			}
			src := r.open(ctx, i)
			if src != nil {
				m.opened(src.stream)
			}
			return src
		}
		m.waiting = append(m.waiting, l)
	}
	heap.Init(&m.waiting)
	r.progress.begin(count(int64(len(r.reports)), "capture", "captures"), m.bytesRead)
	defer r.progress.end()
	_, err := r.world(m)
	for i := range r.reports {
		r.say(&r.reports[i])
	}
	return err
}

// firstOrder returns order_ns of the first frame of an input: all its rows come at that time or
// later. So inputs need not be open, with all their memory, before their time. Where the
// frame cannot be known, as of pipes, it is the least number, and the input is opened first.
func (r *run) firstOrder(ctx context.Context, i int) int64 {
	rep := &r.reports[i]
	if rep.problem != nil || rep.size < 0 || ctx.Err() != nil {
		return math.MinInt64
	}
	reader, closer, err := openInput(ctx, rep.input, nil)
	if err != nil {
		return math.MinInt64
	}
	defer closer.Close()
	stream := capture.NewStream(reader, rep.name, capture.Options{BatchRows: 1})
	first := int64(math.MinInt64)
	if b, err := stream.Next(); err == nil && b.N > 0 {
		first = b.OrderNs.Values[0]
	}
	stream.Stop()
	for err == nil { // the file is in use until the stream has ended
		_, err = stream.Next()
	}
	return first
}

// A lane is one input on its way into the joined world.
type lane struct {
	index int64
	first int64 // order_ns before which it has no rows
	open  func() *captureSource

	src   *captureSource // nil until it is opened
	batch *table.Packets
	row   int // the next one of batch
}

// order returns order_ns of the next row.
func (l *lane) order() int64 {
	if l.batch == nil {
		return l.first
	}
	return l.batch.OrderNs.Values[l.row]
}

// advance makes sure that there is a next row. It returns false at the end of the input.
func (l *lane) advance() bool {
	if l.src == nil {
		if l.src = l.open(); l.src == nil {
			return false
		}
	}
	for l.batch == nil || l.row == l.batch.N {
		if l.batch != nil {
			l.src.release(l.batch)
			l.batch = nil
		}
		b, err := l.src.next()
		if err != nil {
			l.src.close()
			return false
		}
		l.batch, l.row = b, 0
	}
	return true
}

// lanes is a heap in the order of the world: time, then input. Frames of one input are in
// order already.
type lanes []*lane

func (h lanes) Len() int           { return len(h) }
func (h lanes) Less(i, j int) bool { return h[i].compare(h[j]) < 0 }
func (h lanes) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *lanes) Push(x any)        { *h = append(*h, x.(*lane)) }
func (h *lanes) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return l
}

func (l *lane) compare(other *lane) int {
	return cmp.Or(cmp.Compare(l.order(), other.order()), cmp.Compare(l.index, other.index))
}

// A merger is the source of a joined world: it merges the rows of its inputs by (order_ns, input index,
// frame).
type merger struct {
	batchPool
	waiting lanes

	mu      sync.Mutex        // of what follows
	streams []*capture.Stream // that are open
	done    int64             // bytes of the others
}

func (m *merger) opened(s *capture.Stream) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.streams = append(m.streams, s)
}

// ended lets go of a stream and its memory.
func (m *merger) ended(s *capture.Stream) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += s.BytesRead()
	m.streams = slices.DeleteFunc(m.streams, func(x *capture.Stream) bool { return x == s })
}

func (m *merger) bytesRead() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.done
	for _, s := range m.streams {
		n += s.BytesRead()
	}
	return n
}

func (m *merger) next() (*table.Packets, error) {
	out := m.batch()
	for out.N < table.BatchRows && len(m.waiting) > 0 {
		l := m.waiting[0]
		if l.batch == nil || l.row == l.batch.N {
			if !l.advance() {
				heap.Pop(&m.waiting)
				if l.src != nil {
					m.ended(l.src.stream)
				}
			} else {
				heap.Fix(&m.waiting, 0) // its time may be later than was known
			}
			continue
		}
		n := m.run(l, table.BatchRows-out.N)
		copyRows(out, l.batch, l.row, l.row+n)
		l.row += n
		if l.row < l.batch.N {
			heap.Fix(&m.waiting, 0)
		}
	}
	if out.N == 0 {
		return nil, io.EOF
	}
	closeTexts(out)
	return out, nil
}

// run returns how many rows of the first lane come before those of all others.
func (m *merger) run(l *lane, most int) int {
	var other *lane
	for _, i := range [...]int{1, 2} { // one of them is the second of the heap
		if i < len(m.waiting) && (other == nil || m.waiting[i].compare(other) < 0) {
			other = m.waiting[i]
		}
	}
	rest := l.batch.OrderNs.Values[l.row:l.batch.N]
	n := 0
	for n < len(rest) && n < most {
		if other != nil && cmp.Or(cmp.Compare(rest[n], other.order()), cmp.Compare(l.index, other.index)) > 0 {
			break
		}
		n++
	}
	return n
}

func (m *merger) close() {
	for _, l := range m.waiting {
		if l.src != nil {
			l.src.close()
		}
	}
}
