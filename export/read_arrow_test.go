package export

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestReadTexts reads text and bytes from streams in each type that Arrow has for them; polars
// writes views.
func TestReadTexts(t *testing.T) {
	values := []string{"", "a", "twelve bytes", "thirteen byte", strings.Repeat("long ", 100)}
	for _, of := range []arrow.DataType{
		arrow.BinaryTypes.String, arrow.BinaryTypes.LargeString, arrow.BinaryTypes.StringView,
		arrow.BinaryTypes.Binary, arrow.BinaryTypes.LargeBinary, arrow.BinaryTypes.BinaryView,
	} {
		t.Run(of.Name(), func(t *testing.T) {
			schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: of}}, nil)
			b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
			for _, v := range values {
				if x, ok := b.Field(0).(interface{ Append([]byte) }); ok {
					x.Append([]byte(v))
				} else {
					b.Field(0).(interface{ Append(string) }).Append(v)
				}
			}
			var file bytes.Buffer
			w := ipc.NewWriter(&file, ipc.WithSchema(schema))
			if err := w.Write(b.NewRecord()); err != nil {
				t.Fatal(err)
			}
			w.Close()
			r, err := ipc.NewReader(&file)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Next() {
				t.Fatal(r.Err())
			}
			text := textsOf(r.Record().Column(0))
			if text == nil {
				t.Fatal("no text")
			}
			for i, v := range values {
				if got := string(text(i)); got != v {
					t.Errorf("%d: %q, want %q", i, got, v)
				}
			}
		})
	}
}
