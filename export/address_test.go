package export

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestManyAddresses writes columns of addresses of which hardly any stands twice, so that pages are texts: with and
// without nulls, and with IPv6 here and there, also in the middle of a page. They have to come back with their bounds,
// and the batches must not show.
func TestManyAddresses(t *testing.T) {
	const groupRows, pageRows = 3000, 500
	s := schemas.Table{Name: "addresses"}
	for i, name := range []string{"plain", "nullable", "src_ip", "some_ipv6"} {
		s.Columns = append(s.Columns, schemas.Column{Name: name, Type: schemas.Address, Nullable: i > 0, Meaning: "meaning", Index: i})
	}
	r := rand.New(rand.NewPCG(7, 8))
	x := rows{columns: make([][]any, len(s.Columns))}
	for row := range 7000 {
		for i := range s.Columns {
			number := uint64(r.Uint32()) // the number of an IPv4 address, see randomValue
			switch {
			case i > 0 && row/400%3 == 1 && (row/400%2 == 0 || r.IntN(20) == 0):
				x.columns[i] = append(x.columns[i], nil)
				continue
			case i == 3 && row/700%2 == 1 && r.IntN(100) == 0:
				number = 3<<40 | number
			default:
				number |= 1 << 40
			}
			x.columns[i] = append(x.columns[i], randomValue(r, &s.Columns[i], flavour{distinct: 1, start: number}, int64(row)))
		}
	}
	opt := Options{RowGroupRows: groupRows, pageRows: pageRows}
	file := encode(t, x, &s, opt, func() int { return 77 })
	compareRows(t, readParquet(t, file, &s), x, &s)
	checkStatistics(t, file, x, &s, groupRows, pageRows)
	if other := encode(t, x, &s, opt, func() int { return 1 + r.IntN(900) }); !bytes.Equal(file, other) {
		t.Error("other batches make other bytes")
	}
}

// TestTextEffort holds that repetitions are looked for where a page of texts has some, and that what is compressed
// without comes back.
func TestTextEffort(t *testing.T) {
	s := schemas.Table{Name: "addresses", Columns: []schemas.Column{{Name: "ip", Type: schemas.Address, Meaning: "meaning"}}}
	opt, err := Options{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		next func(r *rand.Rand, row int) uint32
		want effort
	}{
		{"random", func(r *rand.Rand, _ int) uint32 { return r.Uint32() }, literals},
		{"in order", func(_ *rand.Rand, row int) uint32 { return 10<<24 + uint32(row) }, both},
	} {
		r := rand.New(rand.NewPCG(3, 4))
		x := rows{columns: make([][]any, 1)}
		var texts []byte
		ends := []uint32{0}
		for row := range pageRows + pageRows/2 {
			text := table.AppendIPv4(nil, test.next(r, row))
			x.columns[0] = append(x.columns[0], string(text))
			texts = append(texts, text...)
			ends = append(ends, uint32(len(texts)))
		}
		w := newWorker(opt.Compression)
		w.values, _ = encodeTexts(nil, texts, ends)
		if got := newColumn(s.Columns[0], &opt, nil).textEffort(w); got != test.want {
			t.Errorf("%s: effort %d, want %d", test.name, got, test.want)
		}
		compareRows(t, readParquet(t, encode(t, x, &s, opt, func() int { return 4096 }), &s), x, &s)
	}
}
