package export

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestFlows writes the same rows with all kinds of numbers of connections: right ones, wrong ones, too large ones and none.
func TestFlows(t *testing.T) {
	whole := schemas.Table{Name: "packets", Columns: schemas.PacketBatch.Columns}
	r := rand.New(rand.NewPCG(11, 5))
	const n = 6000
	x := randomRows(r, &whole, n)
	owner := make([]int, n) // as if each connection had sent the same row again and again
	for row := range owner {
		if owner[row] = row; row > 40 && r.IntN(8) > 0 {
			owner[row] = owner[r.IntN(row)]
		}
	}
	for _, name := range flowColumns {
		column := x.columns[whole.Lookup(name).Index]
		for row := range column {
			column[row] = column[owner[row]]
			if strings.HasSuffix(name, "_ip") && row < n/2 { // also pages of IPv4 only
				column[row] = fmt.Sprintf("10.0.%d.%d", owner[row]/256, owner[row]%256)
			}
		}
	}
	flows := map[string]func(row int) uint32{
		"none":  func(int) uint32 { return 0 },
		"right": func(row int) uint32 { return uint32(owner[row]) + 1 },
		"few":   func(int) uint32 { return uint32(r.IntN(9)) },
		"mixed": func(row int) uint32 { return uint32(owner[row]+1) ^ -uint32(owner[row]&1) },
		"large": func(int) uint32 { return r.Uint32N(3 * mostFlows) },
	}
	written := whole
	written.Columns = nil
	for _, name := range flowColumns {
		written.Columns = append(written.Columns, *whole.Lookup(name))
	}
	for _, opt := range []Options{{RowGroupRows: 1700, pageRows: 64}, {RowGroupRows: 1 << 20, pageRows: 500, Workers: 2}} {
		var want []byte
		for _, kind := range []string{"none", "right", "few", "mixed", "large"} {
			var out bytes.Buffer
			w, err := NewWriter(&out, written, opt)
			if err != nil {
				t.Fatal(err)
			}
			for lo := 0; lo < n; {
				hi := min(lo+1+r.IntN(900), n)
				b := table.NewPackets(hi - lo)
				for i, c := range x.batch(&whole, lo, hi).columns {
					reflect.ValueOf(b.Columns()[i]).Elem().Set(reflect.ValueOf(c).Elem())
				}
				for i := range b.Flows {
					b.Flows[i] = flows[kind](lo + i)
				}
				b.N = hi - lo
				if err := w.Write(b, nil); err != nil {
					t.Fatal(err)
				}
				lo = hi
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = out.Bytes()
				compareRows(t, readParquet(t, want, &written), selected(x, &written), &written)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("%+v: other bytes with flows that are %s", opt, kind)
			}
		}
	}
}

// selected returns the columns of rows that a table has.
func selected(x rows, t *schemas.Table) rows {
	var out rows
	for _, c := range t.Columns {
		out.columns = append(out.columns, x.columns[c.Index])
	}
	return out
}
