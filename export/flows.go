package export

import (
	"math/bits"
	"slices"
	"sync"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// flowColumns hold the same value in all packets that one side of a connection sends. What number of the dictionary a value
// has is looked up once per page and connection: the connections of a page are numbered, for all these columns at a
// time, and a table of these is small enough for the first caches and needs no hash.
var flowColumns = []string{"src_ip", "dst_ip", "src_port", "dst_port", "conn_id", "tcp_stream"}

// flowPages number the connections of the pages of a file. Who writes adds rows; columns take a page when they have seen
// all its rows.
type flowPages struct {
	pageRows  int
	groupRows int64
	columns   int // that take each page

	row   int64    // of the row group
	known []uint32 // by the low bits of table.Packets.Flows: the page that has seen it, and its number there
	stamp uint32   // of the page

	none []uint32 // zeros

	mu    sync.Mutex
	open  []*flowPage // pages that some columns have not ended
	first int64       // number of open[0] in the file
	free  []*flowPage
}

// A flowPage has the numbers of one page.
type flowPage struct {
	numbers []uint16 // of rows
	firsts  []uint16 // by the number: its first row
	before  []uint16 // by the number: perhaps that of the same connection in the page before
	waiting int      // columns that have not ended the page
}

const (
	stampShift = 16 // of what flowPages.known has; numbers are smaller
	firstFlows = 1 << 12
	mostFlows  = 1 << 17 // beyond, connections share a number, and values are looked up more often
)

// newFlowPages returns nil for a table without flowColumns, or with one row per connection.
func newFlowPages(t *schemas.Table, opt *Options) *flowPages {
	if t.Name != schemas.Packets.Name {
		return nil
	}
	f := &flowPages{pageRows: int(opt.pageRows), groupRows: opt.RowGroupRows}
	for i := range t.Columns {
		if slices.Contains(flowColumns, t.Columns[i].Name) {
			f.columns++
		}
	}
	if f.columns == 0 {
		return nil
	}
	return f
}

// restart prepares for a new file. All columns have ended all pages.
func (f *flowPages) restart() { f.row, f.first = 0, 0 }

// add takes the next rows, whose table.Packets.Flows are given.
func (f *flowPages) add(flows []uint32) {
	for len(flows) > 0 {
		p := f.current()
		at := len(p.numbers)
		n := int(min(int64(len(flows)), f.groupRows-f.row, int64(f.pageRows-at)))
		p.numbers = p.numbers[:at+n]
		f.number(p, at, flows[:n])
		flows = flows[n:]
		f.row = (f.row + int64(n)) % f.groupRows
	}
}

// batchFlows returns the numbers of connections of rows lo to hi of a batch.
func (f *flowPages) batchFlows(b table.Batch, lo, hi int) []uint32 {
	if packets, ok := b.(*table.Packets); ok {
		return packets.Flows[lo:hi]
	}
	f.none = slices.Grow(f.none[:0], hi-lo)[:hi-lo]
	return f.none
}

// current returns the page of the next row.
func (f *flowPages) current() *flowPage {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.open); n > 0 {
		if p := f.open[n-1]; f.row > 0 && len(p.numbers) < f.pageRows {
			return p
		}
	}
	p := &flowPage{}
	if n := len(f.free); n > 0 {
		p, f.free = f.free[n-1], f.free[:n-1]
	} else {
		p.numbers, p.firsts = make([]uint16, 0, f.pageRows), make([]uint16, 0, f.pageRows)
		p.before = make([]uint16, 0, f.pageRows)
	}
	p.numbers, p.firsts, p.before, p.waiting = p.numbers[:0], p.firsts[:0], p.before[:0], f.columns
	f.open = append(f.open, p)
	if f.stamp = (f.stamp + 1<<stampShift); f.stamp == 0 {
		clear(f.known)
		f.stamp = 1 << stampShift
	}
	return p
}

// number numbers the connections of rows from at on. Those that known has no room for share numbers; a row of which none is
// known has a number of its own.
func (f *flowPages) number(p *flowPage, at int, flows []uint32) {
	if len(f.known) == 0 {
		f.known = make([]uint32, firstFlows)
	}
	known, stamp := f.known, f.stamp>>stampShift
	dst := p.numbers[at:][:len(flows)]
	for i, flow := range flows {
		k := known[int(flow-1)&(len(known)-1)] // 0 has the last place, which hardly any other has
		if k>>stampShift == stamp {
			dst[i] = uint16(k)
			continue
		}
		n := len(p.firsts)
		p.firsts = append(p.firsts, uint16(at+i))
		p.before = append(p.before, uint16(k))
		dst[i] = uint16(n)
		if flow == 0 {
			continue
		}
		// Flows are small, or count down from the greatest: the table is filled from both ends.
		if most := min(flow, ^flow); int(most) >= len(known) && len(known) < mostFlows {
			known = make([]uint32, min(1<<bits.Len32(most), mostFlows))
			f.known = known
		}
		known[int(flow-1)&(len(known)-1)] = f.stamp | uint32(n)
	}
}

// page returns a page that a column ends.
func (f *flowPages) page(number int64) *flowPage {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open[number-f.first]
}

// done says that a column has ended a page.
func (f *flowPages) done(p *flowPage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.waiting--
	for len(f.open) > 0 && f.open[0].waiting == 0 {
		f.free = append(f.free, f.open[0])
		f.open = slices.Delete(f.open, 0, 1)
		f.first++
	}
}

// pageFlows are the connections of a page's values.
type pageFlows struct {
	numbers []uint16 // of values
	firsts  []uint16 // by the number: its first value
	before  []uint16 // see flowPage; empty where the numbers are not those of the flowPage
}

// flowsOf returns the connections of a page's n values, none where that is of no use.
func (p *page) flowsOf(w *worker, n int) pageFlows {
	switch {
	case p.flows == nil || 2*len(p.flows.firsts) > len(p.flows.numbers):
		return pageFlows{} // hardly any are known, or they are too many
	case p.nulls == 0 && len(p.flows.numbers) == n:
		return pageFlows{p.flows.numbers, p.flows.firsts, p.flows.before}
	case !p.mixed() || p.entries-p.nulls != n:
		return pageFlows{}
	}
	// Those that stand at values are numbered anew.
	const none = 1<<16 - 1
	w.flows = appendValid(w.flows[:0], p.flows.numbers, p.definition, n)
	w.firsts = w.firsts[:0]
	w.labels = w.labels[:0]
	for range p.flows.firsts {
		w.labels = append(w.labels, none)
	}
	for i, number := range w.flows {
		label := &w.labels[number]
		if *label == none {
			*label = uint16(len(w.firsts))
			w.firsts = append(w.firsts, uint16(i))
		}
		w.flows[i] = *label
	}
	return pageFlows{numbers: w.flows, firsts: w.firsts}
}

// A flowSlot is the value of a connection and its number in the dictionary.
type flowSlot[T int32 | int64] struct {
	value  T
	number int32
}

// flowCodes puts the numbers of values into dst, which is as long, if all values of a connection are the same. Else
// it returns false: connections share a number, or one has got that of another.
func flowCodes[T int32 | int64](slots []flowSlot[T], dst []int32, values []T, flows []uint16) bool {
	dst, flows = dst[:len(values)], flows[:len(values)]
	differ := T(0)
	for i, v := range values {
		s := &slots[flows[i]]
		differ |= s.value ^ v
		dst[i] = s.number
	}
	return differ == 0
}

// flowMemory has the values of connections in the last page of which a column has used the connections, and their numbers
// in the dictionary. Most connections of a page stand in that before: there, to find a value takes no hash.
type flowMemory[T int32 | int64] []flowSlot[T]

// number returns the number of the value of the page's connection i, if it is the same as in the page before.
func (m flowMemory[T]) number(before []uint16, i int, value T) (int32, bool) {
	if i < len(before) {
		if b := int(before[i]); b < len(m) && m[b].value == value {
			return m[b].number, true
		}
	}
	return 0, false
}

// swap makes m what a worker has made of a page, and gives the worker the room of the page before.
func (m *flowMemory[T]) swap(slots *[]flowSlot[T]) { *m, *slots = *slots, (*m)[:0] }

// slots32 is what a worker lends for the connections of a page.
func slots32(w *worker) *[]flowSlot[int32] { return &w.slots32 }

// slots64 is slots32 for wider values.
func slots64(w *worker) *[]flowSlot[int64] { return &w.slots64 }

// roomFor makes room for n connections.
func roomFor[T int32 | int64](slots *[]flowSlot[T], n int) []flowSlot[T] {
	*slots = slices.Grow((*slots)[:0], n)[:n]
	return *slots
}
