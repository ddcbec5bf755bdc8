package export

import (
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
)

// TestAllocations counts what is allocated once a writer has seen some row groups: what there is once per
// column chunk, and nothing per row.
func TestAllocations(t *testing.T) {
	const batchRows, groupRows = 4096, 10 * 4096
	x := randomRows(rand.New(rand.NewPCG(3, 3)), &everyType, batchRows)
	b := x.batch(&everyType, 0, batchRows)
	for _, opt := range []Options{
		{RowGroupRows: groupRows, Workers: 2},
		{RowGroupRows: groupRows, Compression: "none"},
		{RowGroupRows: groupRows, Format: Arrow},
		{RowGroupRows: groupRows, Format: ArrowStream},
	} {
		w, err := NewWriter(io.Discard, everyType, opt)
		if err != nil {
			t.Fatal(err)
		}
		write := func(groups int) {
			for range groups * groupRows / batchRows {
				if err := w.Write(b, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		write(4)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const groups = 10
		write(groups)
		runtime.ReadMemStats(&after)
		perChunk := float64(after.Mallocs-before.Mallocs) / groups / float64(len(everyType.Columns))
		perRow := float64(after.Mallocs-before.Mallocs) / groups / groupRows
		t.Logf("%v, %q: %.1f allocations per column chunk, %.4f per row", opt.Format, opt.Compression, perChunk, perRow)
		if perRow > 0.05 {
			t.Errorf("%v: %.4f allocations per row", opt.Format, perRow)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
