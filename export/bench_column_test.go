//go:build unix

package export_test

import (
	"runtime"
	"testing"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// BenchmarkColumn encodes each column of the table packets alone.
func BenchmarkColumn(b *testing.B) {
	batches := classified(b, "medium", rows)
	for _, c := range schemas.Packets.Columns {
		b.Run(c.Name, func(b *testing.B) {
			one := schemas.Packets
			one.Columns = []schemas.Column{c}
			encodeAll(b, batches, one)
		})
	}
}

// encodeAll encodes batches as they come, one after the other.
func encodeAll(b *testing.B, batches []*table.Packets, t schemas.Table) {
	var out counter
	n := int64(0)
	runtime.GC()
	b.ResetTimer()
	start := cpuTime()
	for range b.N {
		w, err := export.NewWriter(&out, t, export.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, x := range batches {
			if err := w.Write(x, nil); err != nil {
				b.Fatal(err)
			}
			n += int64(x.N)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(n), "cpu-ns/row")
	b.ReportMetric(float64(out.n)/float64(n), "B/row")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkTable encodes the table packets of each mix of traffic, every batch once.
func BenchmarkTable(b *testing.B) {
	for _, name := range []string{"large", "medium", "small", "flood", "many", "giant"} {
		batches := classified(b, name, rows)
		b.Run(name, func(b *testing.B) { encodeAll(b, batches, schemas.Packets) })
	}
}
