package export

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
)

// TestEncodersAreLikeNew holds every part of a dataset to the bytes of a file that stands alone: what a part is
// encoded with has seen the parts before, and the bytes must not tell.
func TestEncodersAreLikeNew(t *testing.T) {
	const parts, partRows = 5, 3000
	for _, of := range []*schemas.Table{named("packets"), &schemas.Packets} {
		r := rand.New(rand.NewPCG(8, uint64(len(of.Columns))))
		x := rows{columns: make([][]any, len(of.Columns))}
		for range parts { // each begins with traffic of its own kind
			for c, values := range longRows(r, of, partRows).columns {
				x.columns[c] = append(x.columns[c], values...)
			}
		}
		for _, workers := range []int{1, 3} {
			opt := Options{PartRows: partRows, RowGroupRows: 1100, Workers: workers, pageRows: 100}
			dir := filepath.Join(t.TempDir(), "x")
			d, err := CreateDataset(dir, false, opt, of, nil)
			if err != nil {
				t.Fatal(err)
			}
			for lo := 0; lo < x.len(); lo += 70 {
				if err := d.Packets().Write(x.batch(of, lo, min(lo+70, x.len())), nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.Finish(Manifest{}); err != nil {
				t.Fatal(err)
			}
			for n := range parts {
				var alone bytes.Buffer
				w, err := NewWriter(&alone, *of, opt)
				if err != nil {
					t.Fatal(err)
				}
				for lo := n * partRows; lo < (n+1)*partRows; lo += 30 {
					if err := w.Write(x.batch(of, lo, lo+30), nil); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				part, err := os.ReadFile(filepath.Join(dir, of.Name, fmt.Sprintf("part-%05d.parquet", n)))
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(part, alone.Bytes()) {
					t.Errorf("%d columns, %d workers: part %d has other bytes than a file that stands alone", len(of.Columns), workers, n)
				}
			}
		}
	}
}
