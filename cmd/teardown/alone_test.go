//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConnectionsAlone wants the same connections where nobody gets packets, whose batches then hold less, and where
// somebody does, whatever else is asked for.
func TestConnectionsAlone(t *testing.T) {
	captures := []string{"../../testdata/captures/*.pcap*", "../../testdata/lab/captures/*.pcap*"}
	for _, flags := range []string{
		"", "--workers 1", "--workers 3", "--format arrow", "--community-id-seed 7", "--limit 30", "--filter tcp", "--from 2026-03-14T10:00:00Z",
		"--max-connections 20", "--max-streams 10", "--join", "--connections zeek", "--connections zeek --workers 1", "--connections zeek --join",
	} {
		both, alone := filepath.Join(t.TempDir(), "both"), filepath.Join(t.TempDir(), "alone")
		args := append([]string{"convert"}, captures...)
		args = append(args, strings.Fields(flags)...)
		teardown(t, append(args, "-o", both)...)
		teardown(t, append(args, "-o", alone, "--table", "connections")...)
		want, err := filepath.Glob(filepath.Join(both, "connections", "*"))
		if err != nil || len(want) == 0 {
			t.Fatalf("%q: %v, %v", flags, want, err)
		}
		for _, path := range want {
			a, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(filepath.Join(alone, "connections", filepath.Base(path)))
			if err != nil || !bytes.Equal(a, b) {
				t.Errorf("%q: %s: other bytes without packets (%v)", flags, filepath.Base(path), err)
			}
		}
	}
}
