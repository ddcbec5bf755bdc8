package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/cmd/capgen/mix"
)

// filePackets is the length of the captures of BenchmarkFile.
const filePackets = 500_000

// BenchmarkFile converts a capture file that is in the page cache, on as many cores as there are workers. "compare
// cores" takes its profile apart.
func BenchmarkFile(b *testing.B) {
	for _, m := range mix.Mixes {
		for _, workers := range []int{1, 2} {
			b.Run(m.Name+"/workers="+strconv.Itoa(workers), func(b *testing.B) {
				path := filepath.Join(b.TempDir(), "file.pcap")
				if err := writeMix(path, m); err != nil {
					b.Fatal(err)
				}
				info, err := os.Stat(path)
				if err != nil {
					b.Fatal(err)
				}
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
				args := []string{"convert", path, "-o", filepath.Join(b.TempDir(), "out"), "--overwrite", "--quiet", "--workers", strconv.Itoa(workers)}
				runtime.GC()
				start := processTime()
				begun := time.Now()
				for b.Loop() {
					a := &app{stdout: io.Discard, stderr: &console{out: new(bytes.Buffer)}}
					if status := a.run(context.Background(), args); status != exitDone {
						b.Fatalf("status %d", status)
					}
				}
				per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(b.N) / filePackets }
				b.ReportMetric(per(time.Since(begun)), "ns/packet")
				b.ReportMetric(per(processTime()-start), "cpu-ns/packet")
				b.ReportMetric(float64(info.Size())/filePackets, "B/packet")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func writeMix(path string, m mix.Mix) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	err = mix.Write(w, m, filePackets, 1)
	if err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
