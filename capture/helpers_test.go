package capture_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/capture/capturetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// inFile are the columns that a frame has from its place in the file.
var inFile = []string{"file", "frame", "ts", "ts_ns", "input_index", "order_ns", "interface", "link_type"}

// read returns the rows of a capture, what Next said at the end, and the statistics.
func read(r io.Reader, opt capture.Options, without ...string) (rows []string, stats capture.Stats, err error) {
	s := capture.NewStream(r, "test.pcap", opt)
	for {
		b, err := s.Next()
		if err != nil {
			return rows, s.Stats(), err
		}
		for i := range b.N {
			rows = append(rows, capturetest.Row(b, i, without...))
		}
		s.Release(b)
	}
}

// mustRead is read for a capture without damage.
func mustRead(t *testing.T, data []byte, without ...string) []string {
	t.Helper()
	rows, stats, err := read(bytes.NewReader(data), capture.Options{Workers: 1}, without...)
	if err != io.EOF || len(stats.Damage) > 0 {
		t.Fatalf("got error %v and damage %v", err, stats.Damage)
	}
	return rows
}

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			line := func(s []string) string {
				if i < len(s) {
					return s[i]
				}
				return "(end)"
			}
			t.Fatalf("%s:%d differs (go test -update writes it anew)\ngot  %s\nwant %s", path, i+1, line(g), line(w))
		}
	}
}

func damageText(stats capture.Stats) string {
	var b strings.Builder
	for _, d := range stats.Damage {
		fmt.Fprintf(&b, "  damage %d+%d %s\n", d.Offset, d.Length, d.What)
	}
	return b.String()
}
