package main

import (
	"testing"

	"github.com/pcap-teardown/teardown/capture"
)

// TestManifestSize wants the size of a file, however much of it was read before an interruption.
func TestManifestSize(t *testing.T) {
	r := &run{opt: &options{}, selected: &selection{}, tally: newTally()}
	for _, x := range []struct{ size, read int64 }{{1000, 10}, {1000, 1000}, {1000, 1010}, {-1, 10}} {
		r.reports = append(r.reports, report{input: input{size: x.size}, stats: capture.Stats{Bytes: x.read}})
	}
	m := r.manifest()
	for i, want := range []int64{1000, 1000, 1010, 10} {
		if got := m.Inputs[i].Size; got != want {
			t.Errorf("input %d: %d, want %d", i, got, want)
		}
	}
}
