package classify

import (
	"testing"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// exchange fills the wire with n packets of long connections: data and acknowledgments.
func (w *wire) exchange(n, hosts int) {
	seq := make([]uint32, hosts)
	for i := range n {
		h := i % hosts
		switch round := i / hosts; {
		case round == 0:
			w.packet(i/100, h, 5000, true, flagSYN, 0, 0, 0)
			seq[h] = 1
		case round == 1:
			w.packet(i/100, h, 5000, false, flagSYN|flagACK, 0, 1, 0)
		case round%2 == 0:
			w.packet(i/100, h, 5000, true, flagACK|8, seq[h], 1, 100)
			seq[h] += 100
		default:
			w.packet(i/100, h, 5000, false, flagACK, 1, seq[h], 0)
		}
	}
}

// BenchmarkClassify measures packets of live connections, decoding and encoding not included.
func BenchmarkClassify(b *testing.B) {
	var w wire
	w.exchange(64*table.BatchRows, 1000)
	b.ReportAllocs()
	packets := 0
	for b.Loop() {
		c := New(Options{Workers: 1})
		err := c.Run(w.next(), func(b *table.Packets) error { packets += b.N; return nil }, func(b *table.Connections) error { c.Release(b); return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
}

// TestAllocations holds that packets of live connections allocate nothing.
func TestAllocations(t *testing.T) {
	few, many := wire{}, wire{}
	few.exchange(20*table.BatchRows, 200)
	many.exchange(60*table.BatchRows, 200)
	count := func(w *wire) float64 {
		return testing.AllocsPerRun(3, func() {
			c := New(Options{Workers: 1})
			if err := c.Run(w.next(), func(*table.Packets) error { return nil }, func(b *table.Connections) error { c.Release(b); return nil }); err != nil {
				t.Fatal(err)
			}
		})
	}
	a, b := count(&few), count(&many)
	// 40 batches more may cost a few for growing queues, never one per packet.
	if more := b - a; more > 40*4 {
		t.Errorf("%.0f more allocations for %d more packets", more, 40*table.BatchRows)
	}
}
