package export

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestReadBack writes random rows of both tables, reads them, and writes what was read: the
// bytes must be the same.
func TestReadBack(t *testing.T) {
	for seed := range uint64(18) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 4))
			def := []*schemas.Table{&schemas.Packets, &schemas.Connections, &schemas.Decoded}[seed%3]
			whole := def // batches have all columns
			if def != &schemas.Connections {
				whole = &schemas.PacketBatch
			}
			def, whole = withWords(def), fillable(whole)
			x := randomRows(r, whole, []int{0, 1, 100, 5000, 9000}[r.IntN(5)])
			opt := Options{Format: Format(seed / 3 % 3), RowGroupRows: []int64{0, 1000, 4500}[r.IntN(3)]}
			file := encodeTable(t, x, whole, def, opt)
			var again bytes.Buffer
			w, err := NewWriter(&again, *def, opt)
			if err != nil {
				t.Fatal(err)
			}
			b := newBatch(def)
			next := openBytes(t, file, def, opt.Format)
			for {
				n, err := next(b)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if n != b.Rows() || n == 0 {
					t.Fatalf("%d rows read, the batch has %d", n, b.Rows())
				}
				done := make(chan bool, 1)
				if err := w.Write(b, func() { done <- true }); err != nil {
					t.Fatal(err)
				}
				b = newBatch(def) // the writer may still read the other one
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Bytes(), file) {
				t.Errorf("%s %s: what was read is not what was written", def.Name, opt.Format)
			}
		})
	}
}

// withWords leaves out the columns whose lists have no words yet, and the one whose words are not
// all different: its numbers cannot be told by the text.
func withWords(t *schemas.Table) *schemas.Table {
	out := schemas.Table{Name: t.Name}
	for _, c := range t.Columns {
		if c.Words == nil || len(c.Words.Text) > 1 && c.Words != schemas.TcpFlagsTextWords {
			out.Columns = append(out.Columns, c)
		}
	}
	return &out
}

// fillable gives these columns words, so that they can be filled and ignored.
func fillable(t *schemas.Table) *schemas.Table {
	out := schemas.Table{Name: t.Name, Columns: slices.Clone(t.Columns)}
	for i := range out.Columns {
		if c := &out.Columns[i]; c.Words != nil && len(c.Words.Text) == 1 {
			c.Words = schemas.ProtoWords
		}
	}
	return &out
}

func encodeTable(t *testing.T, x rows, whole, def *schemas.Table, opt Options) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, *def, opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(x.batch(whole, 0, x.len()), nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func newBatch(t *schemas.Table) table.Batch {
	if t.Name == schemas.Connections.Name {
		return table.NewConnections(table.BatchRows)
	}
	return table.NewPackets(table.BatchRows)
}

func openBytes(t *testing.T, file []byte, def *schemas.Table, format Format) func(table.Batch) (int, error) {
	t.Helper()
	if format == ArrowStream {
		s, err := ReadStream(bytes.NewReader(file), def)
		if err != nil {
			t.Fatal(err)
		}
		return func(b table.Batch) (int, error) {
			n, err := s.Next(b)
			if err == io.EOF && !s.Complete() {
				t.Error("a whole stream is not complete")
			}
			return n, err
		}
	}
	name := "part" + format.Extension()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), file, 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := OpenPart(dir, Part{Path: name}, def)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r.Next
}

// TestReadCut wants an end or an error, never a panic and never silence, wherever a file is cut.
func TestReadCut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	x := randomRows(r, &schemas.PacketBatch, 300)
	for format := Parquet; format <= ArrowStream; format++ {
		file := encodeTable(t, x, &schemas.PacketBatch, &schemas.Decoded, Options{Format: format, RowGroupRows: 100})
		for range 60 {
			part := file[:r.IntN(len(file))]
			if format == ArrowStream {
				s, err := ReadStream(bytes.NewReader(part), &schemas.Decoded)
				if err == nil && drain(s.Next) == nil && s.Complete() {
					t.Fatalf("a stream cut at byte %d of %d is complete", len(part), len(file))
				}
				continue
			}
			dir := t.TempDir()
			name := "cut" + format.Extension()
			if err := os.WriteFile(filepath.Join(dir, name), part, 0o666); err != nil {
				t.Fatal(err)
			}
			f, err := OpenPart(dir, Part{Path: name}, &schemas.Decoded)
			if err != nil {
				continue
			}
			if drain(f.Next) == nil {
				t.Fatalf("a %s file cut at byte %d of %d can be read", format, len(part), len(file))
			}
			f.Close()
		}
	}
}

func drain(next func(table.Batch) (int, error)) error {
	b := table.NewPackets(table.BatchRows)
	for {
		if _, err := next(b); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
