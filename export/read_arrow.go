package export

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// arrowRows cuts record batches into batches of a table.
type arrowRows struct {
	fillers []*filler
	fields  []int // per filler its field of the record
	names   []string
	record  arrow.Record
	at      int64 // rows of the record that were taken
}

// match finds the columns of the table among the fields and returns those that are not there.
func (a *arrowRows) match(s *arrow.Schema, t *schemas.Table) (missing []string) {
	for _, c := range t.Columns {
		found := s.FieldIndices(c.Name)
		if len(found) == 0 {
			missing = append(missing, c.Name)
			continue
		}
		a.fillers, a.fields, a.names = append(a.fillers, newFiller(c)), append(a.fields, found[0]), append(a.names, c.Name)
	}
	return missing
}

// next fills the batch from records, which read gives until io.EOF.
func (a *arrowRows) next(b table.Batch, read func() (arrow.Record, error)) (int, error) {
	b.Reset()
	for a.record == nil || a.at == a.record.NumRows() {
		r, err := read()
		if err != nil {
			return 0, err
		}
		a.record, a.at = r, 0
	}
	lo, hi := int(a.at), int(min(a.record.NumRows(), a.at+table.BatchRows))
	columns := b.Columns()
	for k, f := range a.fillers {
		if err := f.arrow(columns[f.def.Index], a.record.Column(a.fields[k]), lo, hi); err != nil {
			return 0, err
		}
	}
	for _, c := range columns {
		closeColumn(c, hi-lo)
	}
	a.at = int64(hi)
	return hi - lo, setRows(b, hi-lo)
}

func setRows(b table.Batch, rows int) error {
	switch b := b.(type) {
	case *table.Packets:
		b.N = rows
	case *table.Connections:
		b.N = rows
	default:
		return fmt.Errorf("batches of type %T cannot be filled", b)
	}
	return nil
}

// arrow fills a column from rows lo to hi of an array.
func (f *filler) arrow(column table.Column, from arrow.Array, lo, hi int) error {
	if d, ok := from.(*array.Dictionary); ok {
		return f.each(column, from, lo, hi, textsOf(d.Dictionary()), func(i int) int { return d.GetValueIndex(i) })
	}
	if text := textsOf(from); text != nil {
		return f.each(column, from, lo, hi, text, func(i int) int { return i })
	}
	if integer := integersOf(from); integer != nil {
		for i := lo; i < hi; i++ {
			if err := f.orNull(from, i, func() error { return f.integer(column, i-lo, integer(i)) }); err != nil {
				return err
			}
		}
		return nil
	}
	switch x := from.(type) {
	case *array.Boolean:
		for i := lo; i < hi; i++ {
			if err := f.orNull(from, i, func() error { return f.boolean(column, i-lo, x.Value(i)) }); err != nil {
				return err
			}
		}
		return nil
	case array.ListLike:
		return f.list(column, x, lo, hi)
	case *array.Null:
		if hi > lo {
			return f.null()
		}
		return nil
	}
	return f.errorf("has type %s, %s expected", from.DataType(), typeName(f.def.Type))
}

func (f *filler) orNull(from arrow.Array, i int, set func() error) error {
	if from.IsNull(i) {
		return f.null()
	}
	return set()
}

func (f *filler) each(column table.Column, from arrow.Array, lo, hi int, text func(int) []byte, index func(int) int) error {
	if text == nil {
		return f.errorf("has type %s, %s expected", from.DataType(), typeName(f.def.Type))
	}
	for i := lo; i < hi; i++ {
		if err := f.orNull(from, i, func() error { return f.text(column, i-lo, text(index(i))) }); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) list(column table.Column, from array.ListLike, lo, hi int) error {
	c, ok := column.(*table.WordList)
	text := textsOf(from.ListValues())
	if !ok || text == nil {
		return f.errorf("has type %s, %s expected", from.DataType(), typeName(f.def.Type))
	}
	for i := lo; i < hi; i++ {
		if from.IsNull(i) {
			if err := f.null(); err != nil {
				return err
			}
			continue
		}
		c.SetEmpty(i - lo)
		first, end := from.ValueOffsets(i)
		for k := first; k < end; k++ {
			if err := f.text(column, i-lo, text(int(k))); err != nil {
				return err
			}
		}
	}
	return nil
}

// textsOf returns how to get text or bytes out of an array, nil where it has none.
func textsOf(from arrow.Array) func(int) []byte {
	switch x := from.(type) {
	case *array.String:
		return func(i int) []byte { return []byte(x.Value(i)) }
	case *array.LargeString:
		return func(i int) []byte { return []byte(x.Value(i)) }
	case *array.StringView: // what polars writes
		return func(i int) []byte { return []byte(x.Value(i)) }
	case *array.Binary:
		return x.Value
	case *array.LargeBinary:
		return x.Value
	case *array.BinaryView:
		return x.Value
	}
	return nil
}

// integersOf returns how to get integers out of an array, nil where it has none.
func integersOf(from arrow.Array) func(int) int64 {
	switch x := from.(type) {
	case *array.Int8:
		return func(i int) int64 { return int64(x.Value(i)) }
	case *array.Int16:
		return func(i int) int64 { return int64(x.Value(i)) }
	case *array.Int32:
		return func(i int) int64 { return int64(x.Value(i)) }
	case *array.Int64:
		return x.Value
	case *array.Timestamp:
		if x.DataType().(*arrow.TimestampType).Unit != arrow.Microsecond {
			return nil
		}
		return func(i int) int64 { return int64(x.Value(i)) }
	}
	return nil
}

// A StreamReader reads an Arrow IPC stream.
type StreamReader struct {
	arrowRows
	reader *ipc.Reader
	end    endReader
}

// endMark ends a stream (Arrow columnar format, IPC streaming format).
var endMark = [8]byte{0xff, 0xff, 0xff, 0xff}

// An endReader remembers the last bytes that were read.
type endReader struct {
	in   io.Reader
	last [8]byte
}

func (e *endReader) Read(p []byte) (int, error) {
	n, err := e.in.Read(p)
	if n >= len(e.last) {
		copy(e.last[:], p[n-len(e.last):n])
	} else {
		copy(e.last[:], e.last[n:])
		copy(e.last[len(e.last)-n:], p[:n])
	}
	return n, err
}

func newStreamReader(in io.Reader, t *schemas.Table) (*StreamReader, error) {
	s := &StreamReader{end: endReader{in: in}}
	r, err := ipc.NewReader(&s.end)
	if err == nil && r.Schema() == nil {
		err = r.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrNotStream, err)
	}
	s.reader = r
	if missing := s.match(r.Schema(), t); len(missing) > 0 {
		return nil, fmt.Errorf("columns are missing: %s", strings.Join(missing, ", "))
	}
	if err := s.checkTypes(r.Schema()); err != nil {
		return nil, err
	}
	return s, nil
}

// Metadata returns what the stream says of itself under the key.
func (s *StreamReader) Metadata(key string) string {
	m := s.reader.Schema().Metadata()
	if i := m.FindKey(key); i >= 0 {
		return m.Values()[i]
	}
	return ""
}

// Complete reports, after io.EOF, whether the stream had its end mark. Without it, whoever wrote the stream
// may have failed, and rows may be missing.
func (s *StreamReader) Complete() bool { return s.end.last == endMark }

// Next empties the batch and fills it with the next rows. It returns their number, 0 with io.EOF at the end.
func (s *StreamReader) Next(b table.Batch) (int, error) {
	n, err := s.next(b, func() (arrow.Record, error) {
		if s.reader.Next() {
			return s.reader.Record(), nil
		}
		if err := s.reader.Err(); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, io.EOF
	})
	if err != nil && err != io.EOF {
		err = fmt.Errorf("export: reading an Arrow stream: %w", err)
	}
	return n, err
}

// An arrowFileReader reads an Arrow IPC file.
type arrowFileReader struct {
	arrowRows
	file   *os.File
	reader *ipc.FileReader
	record int
}

func newArrowFileReader(f *os.File, t *schemas.Table) (*arrowFileReader, error) {
	r, err := ipc.NewFileReader(f)
	if err != nil {
		return nil, err
	}
	a := &arrowFileReader{file: f, reader: r}
	a.match(r.Schema(), t)
	return a, nil
}

func (a *arrowFileReader) Columns() []string { return a.names }

func (a *arrowFileReader) Next(b table.Batch) (int, error) {
	n, err := a.next(b, func() (arrow.Record, error) {
		if a.record == a.reader.NumRecords() {
			return nil, io.EOF
		}
		a.record++
		return a.reader.Record(a.record - 1)
	})
	if err != nil && err != io.EOF {
		err = fmt.Errorf("export: reading %s: %w", a.file.Name(), err)
	}
	return n, err
}

func (a *arrowFileReader) Close() error { return a.file.Close() }
