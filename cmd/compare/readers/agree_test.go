package readers

import (
	"reflect"
	"testing"
)

func TestDisagree(t *testing.T) {
	want := seen{
		Reader: "parquet-go", Dataset: "d", Table: "packets", Rows: 3, Names: []string{"frame", "ts_ns"}, RowDigest: 7, FloatRowDigest: 8,
		Columns: map[string]column{"frame": {Values: 3, Digest: 1}, "ts_ns": {Values: 2, Digest: 4, FloatDigest: 5}},
	}
	kinds := map[string]string{"frame": "int64", "ts_ns": "int64"}
	see := func(reader string, frame, ns column, rows, floatRows uint64) seen {
		return seen{Reader: reader, Dataset: "d", Table: "packets", Rows: 3, Names: want.Names, RowDigest: rows, FloatRowDigest: floatRows,
			Columns: map[string]column{"frame": frame, "ts_ns": ns}}
	}
	good := column{Values: 3, Digest: 1, Type: "bigint"}
	for _, test := range []struct {
		name string
		got  seen
		want []string
	}{
		{"the same", see("spark 4", good, column{2, 4, 0, "bigint"}, 7, 0), nil},
		{"pandas rounds integers with nulls", see("pandas 3", column{3, 1, 0, "int64"}, column{2, 5, 5, "float64"}, 8, 8), nil},
		{"another value", see("spark 4", good, column{2, 9, 0, "bigint"}, 6, 0), []string{
			"d packets: spark 4: ts_ns has 2 values with digest 9, want 2 with 4",
			"d packets: spark 4: rows have digest 6, want 7: values stand in other rows"}},
		{"another type", see("spark 4", good, column{2, 4, 0, "decimal(20,0)"}, 7, 0), []string{
			"d packets: spark 4: ts_ns is of type decimal(20,0), want bigint"}},
		{"a column missing", seen{Reader: "spark 4", Dataset: "d", Table: "packets", Rows: 2, Names: []string{"frame"}}, []string{
			"d packets: spark 4: 2 rows, want 3",
			"d packets: spark 4: columns are [frame], want [frame ts_ns]"}},
	} {
		if got := disagree(want, test.got, kinds); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.want)
		}
	}
	unsigned := disagree(want, see("polars 2", column{3, 1, 0, "Int64"}, column{2, 4, 0, "UInt64"}, 7, 0), map[string]string{"frame": "int64", "ts_ns": "uint64"})
	if len(unsigned) != 1 {
		t.Errorf("an unsigned column: %q", unsigned)
	}
}
