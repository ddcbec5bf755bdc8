//go:build unix

package export_test

import (
	"errors"
	"io"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/cmd/capgen/mix"
	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// classified returns the classified packets of generated traffic.
func classified(t testing.TB, name string, packets int64) []*table.Packets {
	t.Helper()
	m, err := mix.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	go func() { w.CloseWithError(mix.Write(w, m, packets, 1)) }()
	s := capture.NewStream(r, name, capture.Options{})
	var out []*table.Packets
	keep := func(b *table.Packets) error { out = append(out, b); return nil }
	drop := func(*table.Connections) error { return nil }
	if err := classify.New(classify.Options{}).Run(s.Next, keep, drop); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return out
}

// A counter counts bytes.
type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// cpuTime returns the processor time that the process has used: what counts where other programs run too.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// rows of the traffic that is made, and batches that are taken from its end.
const (
	rows  = 500_000
	cycle = 12
)

// BenchmarkEncode encodes the table packets of each mix of traffic.
func BenchmarkEncode(b *testing.B) {
	for _, name := range []string{"large", "medium", "small", "flood", "many", "giant"} {
		// Few batches, again and again: in a run, batches come out of the cache.
		batches := classified(b, name, rows)
		batches = batches[len(batches)-cycle:]
		for _, format := range []export.Format{export.Parquet, export.Arrow} {
			b.Run(name+"/"+format.String(), func(b *testing.B) { encode(b, batches, export.Options{Format: format}) })
		}
	}
}

func encode(b *testing.B, batches []*table.Packets, opt export.Options) {
	var out counter
	rows := int64(0)
	runtime.GC()
	b.ResetTimer()
	start := cpuTime()
	for range b.N {
		w, err := export.NewWriter(&out, schemas.Packets, opt)
		if err != nil {
			b.Fatal(err)
		}
		for range 4_000_000 / table.BatchRows / cycle {
			for _, x := range batches {
				if err := w.Write(x, nil); err != nil {
					b.Fatal(err)
				}
				rows += int64(x.N)
			}
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime()-start)/float64(rows), "cpu-ns/row")
	b.ReportMetric(float64(out.n)/float64(rows), "B/row")
	b.ReportMetric(0, "ns/op")
}
