package export

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
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
