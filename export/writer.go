package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A Writer encodes batches of one table in the order in which they are written. Its
// methods are called by one goroutine.
type Writer struct {
	out      *bufio.Writer
	pipeline *pipeline
	table    string
	err      error
	closed   bool
}

// writeBytes is how much is written at a time. To copy blocks into pieces of this size takes less time than what the
// system needs for smaller ones.
const writeBytes = 128 << 10

// NewWriter starts a file. The table may be a selection of columns: Column.Index says which
// column of a batch is meant. With several workers, the Writer holds at most four batches at a time.
func NewWriter(w io.Writer, t schemas.Table, opt Options) (*Writer, error) {
	opt, err := opt.complete()
	if err != nil {
		return nil, err
	}
	if len(t.Columns) == 0 {
		return nil, fmt.Errorf("export: table %s: no columns are selected", t.Name)
	}
	out := &Writer{out: bufio.NewWriterSize(w, writeBytes), table: t.Name}
	var s sink
	var lanes []lane
	var flows *flowPages
	if opt.Format == Parquet {
		f, columns := newParquetFile(out.out, t, &opt)
		s, lanes, flows = f, columns, f.flows
	} else {
		if s, lanes, err = newArrowFile(out.out, t, &opt); err != nil {
			return nil, out.wrap(err)
		}
	}
	index := make([]int, len(t.Columns))
	for i := range t.Columns {
		index[i] = t.Columns[i].Index
	}
	out.pipeline = newPipeline(s, lanes, index, flows, &opt)
	return out, nil
}

// Write hands over a batch. With one worker it encodes the batch, with more it returns when there is room for the
// batch, before it is encoded; an error may belong to a batch before. done is called once when the batch is no longer
// needed, also after an error; it may be nil and must not block.
func (w *Writer) Write(b table.Batch, done func()) error { return w.writeRows(b, 0, b.Rows(), done) }

// writeRows hands over rows lo to hi of a batch.
func (w *Writer) writeRows(b table.Batch, lo, hi int, done func()) error {
	if w.closed {
		if done != nil {
			done()
		}
		return fmt.Errorf("export: table %s: rows after Close", w.table)
	}
	return w.wrap(w.pipeline.write(b, lo, hi, done))
}

// Close encodes what is left and writes the end of the file. All calls of done have returned when it
// returns. It does not close the underlying writer.
func (w *Writer) Close() error {
	if w.closed {
		return w.err
	}
	w.closed = true
	w.err = w.wrap(w.pipeline.close())
	if err := w.out.Flush(); w.err == nil {
		w.err = w.wrap(err)
	}
	return w.err
}

// abort stops without an end of the file.
func (w *Writer) abort() {
	w.closed = true
	w.pipeline.groups.fail(errAborted)
	w.pipeline.close()
}

var errAborted = errors.New("aborted")

func (w *Writer) wrap(err error) error { return wrapTable(w.table, err) }

// wrapTable says which table could not be written, once.
func wrapTable(table string, err error) error {
	if _, said := err.(*tableError); said || err == nil {
		return err
	}
	return &tableError{table, meanwhile(err)}
}

// A tableError says which table could not be written.
type tableError struct {
	table string
	err   error
}

func (e *tableError) Error() string { return "export: " + e.what() }
func (e *tableError) Unwrap() error { return e.err }
func (e *tableError) what() string  { return fmt.Sprintf("writing table %s: %v", e.table, e.err) }

// inner is an error without the word export in front, for a message that has it already.
type inner struct{ *tableError }

func (e inner) Error() string { return e.what() }

// within prepares an error for such a message.
func within(err error) error {
	if e, ok := err.(*tableError); ok {
		return inner{e}
	}
	return meanwhile(err)
}
