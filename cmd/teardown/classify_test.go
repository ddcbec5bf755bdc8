//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A stream whose column has another type than the table decoded is no such table: nothing is written.
func TestClassifyWrongType(t *testing.T) {
	dir := t.TempDir()
	decoded, wrong, out := filepath.Join(dir, "decoded.arrow"), filepath.Join(dir, "wrong.arrows"), filepath.Join(dir, "out")
	teardown(t, "decode", "../../testdata/captures/web.pcapng", "-o", decoded)
	file, err := os.Open(decoded)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := ipc.NewFileReader(file)
	if err != nil {
		t.Fatal(err)
	}
	fields := r.Schema().Fields()
	n := r.Schema().FieldIndices("tcp_seq")[0]
	fields[n].Type = arrow.PrimitiveTypes.Float64
	schema := arrow.NewSchema(fields, nil)
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(schema))
	for i := range r.NumRecords() {
		record, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		columns := record.Columns()
		b := array.NewFloat64Builder(memory.DefaultAllocator)
		b.AppendEmptyValues(int(record.NumRows()))
		columns[n] = b.NewArray()
		if err := w.Write(array.NewRecord(schema, columns, record.NumRows())); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if err := os.WriteFile(wrong, stream.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &console{out: &stderr}}
	status := a.run(context.Background(), []string{"classify", wrong, "-o", out})
	if want := "column tcp_seq: has type float64, integers expected"; status != exitFailed || !strings.Contains(stderr.String(), want) {
		t.Errorf("status %d and %q; want %d and %q", status, stderr.String(), exitFailed, want)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("an empty dataset was written")
	}
}
