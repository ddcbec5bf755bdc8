package export

import (
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/pcap-teardown/teardown/schemas"
)

// An arrowFile is the sink of Arrow IPC files and streams.
type arrowFile struct {
	schema  *arrow.Schema
	columns []*arrowColumn
	words   []arrow.ArrayData // dictionaries of the columns that have one
	writer  interface {
		Write(arrow.Record) error
		Close() error
	}
}

func newArrowFile(out io.Writer, t schemas.Table, opt *Options) (*arrowFile, []lane, error) {
	f := &arrowFile{schema: arrowSchema(&t, opt), words: make([]arrow.ArrayData, len(t.Columns))}
	lanes := make([]lane, len(t.Columns))
	for i, c := range t.Columns {
		a := &arrowColumn{def: c}
		if f.schema.Field(i).Type.ID() == arrow.DICTIONARY {
			a.dictionary = true
			b := array.NewStringBuilder(memory.DefaultAllocator)
			b.AppendValues(c.Words.Text, nil)
			f.words[i] = b.NewArray().Data()
		}
		f.columns = append(f.columns, a)
		lanes[i] = a
	}
	options := []ipc.Option{ipc.WithSchema(f.schema)}
	switch opt.Compression {
	case "zstd":
		options = append(options, ipc.WithZstd())
	case "lz4":
		options = append(options, ipc.WithLZ4())
	}
	if opt.Format == ArrowStream {
		f.writer = ipc.NewWriter(out, options...)
		return f, lanes, nil
	}
	w, err := ipc.NewFileWriter(&position{out: out}, append(options, ipc.WithCompressConcurrency(opt.Workers))...)
	f.writer = w
	return f, lanes, err
}

// position counts the bytes that were written: all that the file writer of arrow/go wants of a Seeker.
type position struct {
	out io.Writer
	at  int64
}

func (p *position) Write(b []byte) (int, error) {
	n, err := p.out.Write(b)
	p.at += int64(n)
	return n, err
}

func (p *position) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, fmt.Errorf("export: an Arrow file is written in one go: %w", io.ErrNoProgress)
	}
	return p.at, nil
}

// commit writes one record batch.
func (f *arrowFile) commit(rows int64, chunks []any) error {
	columns := make([]arrow.Array, len(chunks))
	for i, x := range chunks {
		k := x.(*arrowChunk)
		if len(k.data) > math.MaxInt32 || len(k.element.data) > math.MaxInt32 {
			return fmt.Errorf("column %s has more than 2 GiB of text in %d rows: write fewer rows per record batch", f.columns[i].def.Name, rows)
		}
		columns[i] = array.MakeFromData(f.data(i, k))
	}
	return f.writer.Write(array.NewRecord(f.schema, columns, rows))
}

// data wraps the buffers of a chunk, which stay ours.
func (f *arrowFile) data(i int, k *arrowChunk) arrow.ArrayData {
	var bitmap *memory.Buffer
	if k.nulls > 0 {
		bitmap = memory.NewBufferBytes(k.bitmap)
	}
	t := f.schema.Field(i).Type
	var children []arrow.ArrayData
	var buffers []*memory.Buffer
	switch t.ID() {
	case arrow.STRING, arrow.BINARY:
		buffers = []*memory.Buffer{bitmap, memory.NewBufferBytes(k.offsets), memory.NewBufferBytes(k.data)}
	case arrow.BOOL:
		buffers = []*memory.Buffer{bitmap, memory.NewBufferBytes(k.data)}
	case arrow.LIST:
		buffers = []*memory.Buffer{bitmap, memory.NewBufferBytes(k.offsets)}
		e := &k.element
		if len(e.offsets) == 0 {
			e.offsets = append(e.offsets, 0, 0, 0, 0)
		}
		texts := []*memory.Buffer{nil, memory.NewBufferBytes(e.offsets), memory.NewBufferBytes(e.data)}
		children = append(children, array.NewData(arrow.BinaryTypes.String, e.n, texts, nil, 0, 0))
	case arrow.DICTIONARY:
		buffers = []*memory.Buffer{bitmap, memory.NewBufferBytes(k.values)}
		return array.NewDataWithDictionary(t, k.rows, buffers, k.nulls, 0, f.words[i].(*array.Data))
	default:
		buffers = []*memory.Buffer{bitmap, memory.NewBufferBytes(k.values)}
	}
	return array.NewData(t, k.rows, buffers, children, k.nulls, 0)
}

func (f *arrowFile) close() error { return f.writer.Close() }
