package export

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestPartitions writes packets of more days than files may be open, in turns and without
// times, and wants every row in its folder, in order, and the same bytes however batches are cut.
func TestPartitions(t *testing.T) {
	const rows = 300
	packets := schemas.Packets
	timeOf := func(row int) (us int64, ok bool) {
		day := int64(row / 10 % 7 * (row / 10) % 11)
		return (20_000*24+day*24+day%2*5)*3600_000_000 - 1 + int64(row%2), row%13 != 0
	}
	want := map[string]string{} // frames by folder
	for row := range rows {
		us, ok := timeOf(row)
		folder := ByHour.nullFolder()
		if ok {
			folder = ByHour.folder(floorDiv(us, ByHour.step()))
		}
		want[folder] += fmt.Sprint(row+1, " ")
	}
	var first map[string]string
	for _, cut := range []int{7, 50, 4096} {
		dir := filepath.Join(t.TempDir(), "out")
		d, err := CreateDataset(dir, false, Options{PartitionBy: ByHour, PartRows: 20, Workers: 1 + cut%3}, &packets, nil)
		if err != nil {
			t.Fatal(err)
		}
		var back atomic.Int64
		given := int64(0)
		for row := 0; row < rows; {
			b := table.NewPackets(4096)
			for ; b.N < cut && row < rows; row++ {
				if us, ok := timeOf(row); ok {
					b.Ts.Set(b.N, us)
				}
				b.Frame.Set(b.N, int64(row+1))
				b.N++
			}
			given++
			if err := d.Packets().Write(b, func() { back.Add(1) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Finish(Manifest{}); err != nil {
			t.Fatal(err)
		}
		if back.Load() != given {
			t.Errorf("%d of %d batches came back", back.Load(), given)
		}
		m, err := ReadManifest(dir)
		if err != nil {
			t.Fatal(err)
		}
		got, files := map[string]string{}, map[string]string{}
		sum := int64(0)
		for _, part := range m.Parts {
			folder, _ := filepath.Rel("packets", filepath.Dir(part.Path))
			got[folder] += frames(t, dir, part)
			data, err := os.ReadFile(filepath.Join(dir, part.Path))
			if err != nil || int64(len(data)) != part.Bytes || part.Rows > 20 {
				t.Errorf("%v: %d bytes, %v", part, len(data), err)
			}
			files[part.Path] = string(data)
			sum += part.Rows
		}
		if sum != rows || m.Counts.Rows["packets"] != rows {
			t.Errorf("%d rows, %d in the manifest, want %d", sum, m.Counts.Rows["packets"], rows)
		}
		if !maps.Equal(got, want) {
			t.Errorf("rows: %v, want %v", got, want)
		}
		if first == nil {
			first = files
		} else if !maps.Equal(files, first) {
			t.Errorf("batches of %d rows give other bytes", cut)
		}
		if on := slices.Sorted(maps.Keys(files)); len(on)+2 != len(names(t, dir)) {
			t.Errorf("files %v, in the manifest %v", names(t, dir), on)
		}
	}
}

func frames(t *testing.T, dir string, part Part) string {
	t.Helper()
	r, err := OpenPart(dir, part, &schemas.Packets)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	out := ""
	b := table.NewPackets(table.BatchRows)
	for {
		n, err := r.Next(b)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			out += fmt.Sprint(b.Frame.Values[i], " ")
		}
	}
}
