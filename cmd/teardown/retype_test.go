//go:build unix

package main

import (
	"os"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/rogpeppe/go-internal/testscript"
)

// Types that programs between decode and classify give columns.
var arrowTypes = map[string]arrow.DataType{
	"uint32":       arrow.PrimitiveTypes.Uint32,
	"int64":        arrow.PrimitiveTypes.Int64,
	"double":       arrow.PrimitiveTypes.Float64,
	"string":       arrow.BinaryTypes.String,
	"large_string": arrow.BinaryTypes.LargeString,
	"null":         arrow.Null,
	"ns":           &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"},
	"dictionary":   &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String},
}

// retype copies an Arrow stream in which columns get another type, and only nulls.
func retype(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 || arrowTypes[args[2]] == nil {
		ts.Fatalf("usage: retype FILE NEW TYPE COLUMN...")
	}
	in, err := os.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer in.Close()
	out, err := os.Create(ts.MkAbs(args[1]))
	ts.Check(err)
	defer out.Close()
	r, err := ipc.NewReader(in)
	ts.Check(err)
	fields := slices.Clone(r.Schema().Fields())
	for _, name := range args[3:] {
		i := r.Schema().FieldIndices(name)[0]
		fields[i].Type, fields[i].Nullable = arrowTypes[args[2]], true
	}
	schema := arrow.NewSchema(fields, nil)
	w := ipc.NewWriter(out, ipc.WithSchema(schema))
	for r.Next() {
		columns := slices.Clone(r.Record().Columns())
		for _, name := range args[3:] {
			i := schema.FieldIndices(name)[0]
			columns[i] = array.MakeArrayOfNull(memory.DefaultAllocator, fields[i].Type, int(r.Record().NumRows()))
		}
		ts.Check(w.Write(array.NewRecord(schema, columns, r.Record().NumRows())))
	}
	ts.Check(r.Err())
	ts.Check(w.Close())
}
