package dataset

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"
)

// A Cell is the text of a value; Null is set where there is none.
type Cell struct {
	Text string
	Null bool
}

// None is the cell without value.
var None = Cell{Null: true}

// Text returns the cell that holds s.
func Text(s string) Cell { return Cell{Text: s} }

func (c Cell) String() string {
	if c.Null {
		return "null"
	}
	return c.Text
}

// A Table is a whole table in memory, by columns.
type Table struct {
	Names   []string // in the order of the file
	Rows    int
	columns map[string][]Cell
}

// Column returns the cells of a column, nil if the table does not have it.
func (t *Table) Column(name string) []Cell { return t.columns[name] }

// ReadTable reads all parts of a table of a dataset: the Parquet files below
// DIR/table, in order of their names.
func ReadTable(dir, table string) (*Table, error) {
	parts, err := filepath.Glob(filepath.Join(dir, table, "*.parquet"))
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("dataset: no part of the table %s in %s", table, dir)
	}
	slices.Sort(parts)
	t := &Table{columns: map[string][]Cell{}}
	for _, part := range parts {
		if err := t.addPart(part); err != nil {
			return nil, fmt.Errorf("dataset: %s: %w", part, err)
		}
	}
	return t, nil
}

func (t *Table) addPart(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(in, info.Size())
	if err != nil {
		return err
	}
	var names []string
	for _, path := range file.Schema().Columns() {
		names = append(names, path[0])
	}
	switch {
	case t.Names == nil:
		t.Names = names
	case !slices.Equal(t.Names, names):
		return fmt.Errorf("columns %v differ from %v of the parts before", names, t.Names)
	}
	for _, name := range names {
		if t.columns[name] == nil {
			t.columns[name] = []Cell{} // there, also without rows
		}
	}
	for _, group := range file.RowGroups() {
		for i, chunk := range group.ColumnChunks() {
			cells, err := readChunk(chunk, shapeOf(file.Root().Column(names[i])), int(group.NumRows()))
			if err != nil {
				return fmt.Errorf("column %s: %w", names[i], err)
			}
			t.columns[names[i]] = append(t.columns[names[i]], cells...)
		}
		t.Rows += int(group.NumRows())
	}
	return nil
}

// A shape says how the values of a column make cells.
type shape struct{ list, optional bool }

func shapeOf(c *parquet.Column) shape { return shape{list: !c.Leaf(), optional: c.Optional()} }

// readChunk returns the cells of one column of a row group.
func readChunk(chunk parquet.ColumnChunk, s shape, rows int) (cells []Cell, err error) {
	pages := chunk.Pages()
	defer func() { err = errors.Join(err, pages.Close()) }()
	cells = make([]Cell, 0, rows)
	var buf [512]parquet.Value
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		values := page.Values()
		for {
			n, err := values.ReadValues(buf[:])
			for _, v := range buf[:n] {
				cells = s.add(cells, v)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
		}
		parquet.Release(page)
	}
	if len(cells) != rows {
		return nil, fmt.Errorf("%d values for %d rows", len(cells), rows)
	}
	return cells, nil
}

// add appends the value as a cell; a further element of a list joins the cell
// before it. A list without elements is a text without letters, not null.
func (s shape) add(cells []Cell, v parquet.Value) []Cell {
	cell := None
	switch {
	case !v.IsNull():
		cell = Text(text(v))
	case s.list && (!s.optional || v.DefinitionLevel() > 0):
		cell = Text("")
	}
	if v.RepetitionLevel() == 0 {
		return append(cells, cell)
	}
	last := &cells[len(cells)-1]
	last.Text += "," + cell.Text
	return cells
}

func text(v parquet.Value) string {
	switch v.Kind() {
	case parquet.Boolean:
		return strconv.FormatBool(v.Boolean())
	case parquet.Int32:
		return strconv.FormatInt(int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.FormatInt(v.Int64(), 10)
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return string(v.ByteArray())
	}
	return v.String()
}
