package export

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/pcap-teardown/teardown/schemas"
)

// readArrow returns the rows that arrow/go reads.
func readArrow(t *testing.T, file []byte, s *schemas.Table, f Format) rows {
	t.Helper()
	out := rows{columns: make([][]any, len(s.Columns))}
	add := func(r arrow.Record) {
		for i := range s.Columns {
			out.columns[i] = appendArray(out.columns[i], r.Column(i))
		}
	}
	if f == ArrowStream {
		r, err := ipc.NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		for r.Next() {
			add(r.Record())
		}
		if r.Err() != nil {
			t.Fatal(r.Err())
		}
		return out
	}
	r, err := ipc.NewFileReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.NumRecords() {
		b, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		add(b)
	}
	return out
}

func appendArray(out []any, a arrow.Array) []any {
	for i := range a.Len() {
		if a.IsNull(i) {
			out = append(out, nil)
			continue
		}
		var v any
		switch a := a.(type) {
		case *array.Int16:
			v = int64(a.Value(i))
		case *array.Int32:
			v = int64(a.Value(i))
		case *array.Int64:
			v = a.Value(i)
		case *array.Timestamp:
			v = int64(a.Value(i))
		case *array.Boolean:
			v = a.Value(i)
		case *array.String:
			v = a.Value(i)
		case *array.Binary:
			v = string(a.Value(i))
		case *array.Dictionary:
			v = a.Dictionary().(*array.String).Value(a.GetValueIndex(i))
		case *array.List:
			list := []string{}
			from, to := a.ValueOffsets(i)
			for ; from < to; from++ {
				list = append(list, a.ListValues().(*array.String).Value(int(from)))
			}
			v = list
		default:
			panic(fmt.Sprintf("%T", a))
		}
		out = append(out, v)
	}
	return out
}

// TestArrowRoundTrip writes random tables, reads them with arrow/go, and compares the bytes that other
// workers and cuts give.
func TestArrowRoundTrip(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		x := randomRows(r, &everyType, []int{0, 1, 7, 100, 1000, 3000}[seed%6])
		opt := Options{Format: Arrow, Compression: []string{"", "zstd", "lz4"}[seed%3], RowGroupRows: []int64{0, 1000, 77}[seed/2%3]}
		if seed >= 6 {
			opt.Format = ArrowStream
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			var want []byte
			for _, workers := range []int{1, 2, 8} {
				opt.Workers = workers
				file := encode(t, x, &everyType, opt, func() int { return 1 + r.IntN(300) })
				if want == nil {
					want = file
					compareRows(t, readArrow(t, file, &everyType, opt.Format), x, &everyType)
				}
				if !bytes.Equal(file, want) {
					t.Errorf("%d workers: other bytes", workers)
				}
			}
		})
	}
}
