package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
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

// BenchmarkLimit compares a conversion with the practical limit: a program that only reads the capture, record
// after record, and encodes batches that are ready. Both run on one core, in turn.
func BenchmarkLimit(b *testing.B) {
	for _, name := range []string{"medium", "small"} {
		b.Run(name, func(b *testing.B) {
			m, err := mix.Lookup(name)
			if err != nil {
				b.Fatal(err)
			}
			path := filepath.Join(b.TempDir(), "limit.pcap")
			var content bytes.Buffer
			if err := mix.Write(&content, m, benchPackets, 1); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(path, content.Bytes(), 0o666); err != nil {
				b.Fatal(err)
			}
			ready := classifyAll(b, path)
			content = bytes.Buffer{}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			var limit, whole time.Duration
			for b.Loop() {
				runtime.GC()
				start := processTime()
				ready.write(b, path)
				limit += processTime() - start
				runtime.GC()
				start = processTime()
				a := &app{stdout: io.Discard, stderr: &console{out: new(bytes.Buffer)}}
				if status := a.run(context.Background(), []string{"convert", path, "-o", filepath.Join(b.TempDir(), "out"), "--quiet", "--workers", "1"}); status != exitDone {
					b.Fatalf("status %d", status)
				}
				whole += processTime() - start
			}
			per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(b.N) / benchPackets }
			b.ReportMetric(per(limit), "limit-cpu-ns/packet")
			b.ReportMetric(per(whole), "convert-cpu-ns/packet")
			b.ReportMetric(whole.Seconds()/limit.Seconds(), "convert/limit")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// processTime returns the CPU time of the process, user and system.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// readyBatches are the rows of a capture.
type readyBatches struct {
	packets     []*table.Packets
	connections []*table.Connections
}

func classifyAll(b *testing.B, path string) *readyBatches {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	out := new(readyBatches)
	s := capture.NewStream(f, path, capture.Options{})
	err = classify.New(classify.Options{}).Run(s.Next,
		func(x *table.Packets) error { out.packets = append(out.packets, x); return nil },
		func(x *table.Connections) error { out.connections = append(out.connections, x); return nil })
	if err != nil && !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
	return out
}

// write reads the capture, and writes the batch of the packets that were read.
func (x *readyBatches) write(b *testing.B, path string) {
	d, err := export.CreateDataset(filepath.Join(b.TempDir(), "out"), false, export.Options{Workers: 1}, &schemas.Packets, &schemas.Connections)
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	rows, batches := 0, x.packets
	err = eachRecord(readCached(f), func() error {
		if rows++; rows < batches[0].N {
			return nil
		}
		rows = 0
		batch := batches[0]
		batches = batches[1:]
		return d.Packets().Write(batch, nil)
	})
	for _, c := range x.connections {
		if err == nil {
			err = d.Connections().Write(c, nil)
		}
	}
	if err == nil {
		err = d.Finish(export.Manifest{})
	}
	if err != nil || len(batches) > 0 {
		b.Fatalf("%d batches are left: %v", len(batches), err)
	}
}

// eachRecord walks the records of a little-endian pcap file.
func eachRecord(f io.Reader, visit func() error) error {
	const fileHeader, recordHeader = 24, 16
	buf := make([]byte, 1<<20)
	have, at := 0, fileHeader
	for {
		for at+recordHeader <= have {
			next := at + recordHeader + int(binary.LittleEndian.Uint32(buf[at+8:]))
			if next > have {
				break
			}
			if err := visit(); err != nil {
				return err
			}
			at = next
		}
		if have > fileHeader {
			have = copy(buf, buf[at:have])
			at = 0
		}
		n, err := f.Read(buf[have:])
		have += n
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
