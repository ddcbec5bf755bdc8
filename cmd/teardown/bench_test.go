package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/capgen/mix"
)

// benchPackets is the length of the captures of these benchmarks.
const benchPackets = 200_000

// BenchmarkConvert measures the whole way from a capture in memory to a dataset on disk.
func BenchmarkConvert(b *testing.B) {
	benchmark(b, func(workers string, dir string) []string {
		return []string{"convert", "-", "-o", filepath.Join(dir, "out"), "--overwrite", "--quiet", "--workers", workers}
	})
}

// BenchmarkSummary measures the same without writing: reading, decoding, classifying.
func BenchmarkSummary(b *testing.B) {
	benchmark(b, func(workers string, _ string) []string {
		return []string{"summary", "-", "--quiet", "--workers", workers}
	})
}

func benchmark(b *testing.B, args func(workers, dir string) []string) {
	for _, m := range mix.Mixes {
		m.Live = min(m.Live, benchPackets/10) // so that data comes after the handshakes
		for _, workers := range []int{1, 2} {
			b.Run(m.Name+"/workers="+strconv.Itoa(workers), func(b *testing.B) {
				var capture bytes.Buffer
				if err := mix.Write(&capture, m, benchPackets, 1); err != nil {
					b.Fatal(err)
				}
				command := args(strconv.Itoa(workers), b.TempDir())
				b.SetBytes(int64(capture.Len()))
				b.ReportAllocs()
				for b.Loop() {
					var messages bytes.Buffer
					a := &app{stdin: bytes.NewReader(capture.Bytes()), stdout: io.Discard, stderr: &console{out: &messages}}
					if status := a.run(context.Background(), command); status != exitDone {
						b.Fatalf("status %d: %s", status, messages.Bytes())
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchPackets, "ns/packet")
			})
		}
	}
}
