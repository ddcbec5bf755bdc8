package zeeklog

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// A Writer writes conn.log. The times in the header and the footer are those of the first and
// the last row, not of the clock, so that the same rows give the same bytes.
type Writer struct {
	out     *bufio.Writer
	json    bool
	started bool
	last    int64 // microseconds
	record  record
}

// NewWriter returns a writer of tab-separated values, or of JSON.
func NewWriter(w io.Writer, json bool) *Writer {
	return &Writer{out: bufio.NewWriterSize(w, 1<<16), json: json}
}

// Write writes the rows of a batch; details has one entry per row.
func (w *Writer) Write(b *table.Connections, details []Details) error {
	if len(details) != b.N {
		return fmt.Errorf("zeeklog: %d details for %d rows", len(details), b.N)
	}
	for i := range b.N {
		if !logged(b, i) {
			continue
		}
		if !b.TsStart.Null(i) {
			w.last = b.TsStart.Values[i]
		}
		w.start()
		w.record.fill(b, i, &details[i], w.json)
		if w.json {
			w.writeJSON()
		} else {
			w.writeLine()
		}
	}
	_, err := w.out.Write(nil) // the buffer keeps the first error
	return writing(err)
}

func writing(err error) error {
	if err != nil {
		return fmt.Errorf("zeeklog: writing: %w", err)
	}
	return nil
}

// Close writes what is left. It does not close the underlying writer.
func (w *Writer) Close() error {
	w.start()
	if !w.json {
		fmt.Fprintf(w.out, "#close\t%s\n", stamp(w.last))
	}
	return writing(w.out.Flush())
}

// stamp is a time as Zeek writes it into headers.
func stamp(micros int64) string { return time.UnixMicro(micros).UTC().Format("2006-01-02-15-04-05") }

func (w *Writer) start() {
	if w.started || w.json {
		return
	}
	w.started = true
	fmt.Fprintf(w.out, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t%s\n#fields", stamp(w.last))
	for _, f := range fields {
		w.out.WriteByte('\t')
		w.out.WriteString(f.name)
	}
	w.out.WriteString("\n#types")
	for _, f := range fields {
		w.out.WriteByte('\t')
		w.out.WriteString(f.typ)
	}
	w.out.WriteByte('\n')
}

func (w *Writer) writeLine() {
	for f, text := range w.record {
		if f > 0 {
			w.out.WriteByte('\t')
		}
		if len(text) == 0 {
			text = []byte{'-'}
		}
		w.out.Write(text)
	}
	w.out.WriteByte('\n')
}

// writeJSON writes the fields that are set. None of the texts needs escapes: they are
// addresses, words and letters.
func (w *Writer) writeJSON() {
	separator := byte('{')
	for f, value := range w.record {
		if len(value) == 0 {
			continue
		}
		w.out.WriteByte(separator)
		separator = ','
		w.out.WriteByte('"')
		w.out.WriteString(fields[f].name)
		w.out.WriteString(`":`)
		if fields[f].kind == number {
			w.out.Write(value)
			continue
		}
		w.out.WriteByte('"')
		w.out.Write(value)
		w.out.WriteByte('"')
	}
	w.out.WriteString("}\n")
}

func appendInt(dst []byte, v int64) []byte { return strconv.AppendInt(dst, v, 10) }

// appendSeconds writes microseconds as seconds with six decimals; JSON leaves out zeros at the end.
func appendSeconds(dst []byte, micros int64, short bool) []byte {
	if micros < 0 {
		dst = append(dst, '-')
		micros = -micros
	}
	dst = appendInt(dst, micros/1_000_000)
	rest := micros % 1_000_000
	if short && rest == 0 {
		return append(dst, ".0"...)
	}
	dst = append(dst, '.')
	for unit := int64(100_000); unit > 0; unit /= 10 {
		dst = append(dst, byte('0'+rest/unit%10))
		if short && rest%unit == 0 {
			break
		}
	}
	return dst
}
