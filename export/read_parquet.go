package export

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A parquetReader reads a Parquet file row group by row group; of every column it holds one page.
type parquetReader struct {
	os      *os.File
	file    *parquet.File
	columns []*parquetValues
	names   []string
	group   int   // that is read next
	left    int64 // rows of the group that is being read
}

// parquetValues are the values of one column that come next.
type parquetValues struct {
	filler *filler
	leaf   int
	pages  parquet.Pages
	values parquet.ValueReader
	buffer [1024]parquet.Value
	n, at  int // values in the buffer, and those that were taken
}

func newParquetReader(f *os.File, t *schemas.Table) (_ *parquetReader, err error) {
	defer recovered(&err)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	r := &parquetReader{os: f, file: file}
	for leaf, path := range file.Schema().Columns() {
		if c := t.Lookup(path[0]); c != nil {
			r.columns = append(r.columns, &parquetValues{filler: newFiller(*c), leaf: leaf})
			r.names = append(r.names, c.Name)
		}
	}
	return r, nil
}

// recovered makes an error of a panic: damaged files may let the library panic.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the file is damaged: %v", p)
	}
}

func (r *parquetReader) Columns() []string { return r.names }

func (r *parquetReader) Close() error {
	for _, c := range r.columns {
		c.close()
	}
	return r.os.Close()
}

func (r *parquetReader) Next(b table.Batch) (int, error) {
	n, err := r.next(b)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("export: reading %s: %w", r.os.Name(), err)
	}
	return n, err
}

func (r *parquetReader) next(b table.Batch) (_ int, err error) {
	defer recovered(&err)
	b.Reset()
	groups := r.file.RowGroups()
	for r.left == 0 {
		if r.group == len(groups) {
			return 0, io.EOF
		}
		g := groups[r.group]
		r.group++
		r.left = g.NumRows()
		for _, c := range r.columns {
			c.close()
			c.pages, c.values, c.n, c.at = g.ColumnChunks()[c.leaf].Pages(), nil, 0, 0
		}
	}
	n := int(min(r.left, table.BatchRows))
	columns := b.Columns()
	for _, c := range r.columns {
		column := columns[c.filler.def.Index]
		if err := c.fill(column, n); err != nil {
			return 0, err
		}
	}
	for _, c := range columns {
		closeColumn(c, n)
	}
	r.left -= int64(n)
	return n, setRows(b, n)
}

func (c *parquetValues) close() {
	if c.pages != nil {
		c.pages.Close()
		c.pages = nil
	}
}

// peek returns the next value, nil at the end of the column chunk.
func (c *parquetValues) peek() (*parquet.Value, error) {
	for c.at == c.n {
		if c.values == nil {
			page, err := c.pages.ReadPage()
			if err == io.EOF {
				return nil, nil
			}
			if err != nil {
				return nil, c.filler.errorf("%w", err)
			}
			c.values = page.Values()
		}
		n, err := c.values.ReadValues(c.buffer[:])
		c.at, c.n = 0, n
		if err != nil {
			c.values = nil
			if err != io.EOF {
				return nil, c.filler.errorf("%w", err)
			}
		}
	}
	return &c.buffer[c.at], nil
}

// fill gives the first rows of an empty column the next values.
func (c *parquetValues) fill(column table.Column, rows int) error {
	list, isList := column.(*table.WordList)
	for i := range rows {
		v, err := c.peek()
		if err != nil {
			return err
		}
		if v == nil {
			return c.filler.errorf("ends %d rows early", rows-i)
		}
		if !isList {
			c.at++
			if err := c.set(column, i, v); err != nil {
				return err
			}
			continue
		}
		for first := true; v != nil && (first || v.RepetitionLevel() > 0); first = false {
			// The definition levels of our lists: 0 null, 1 empty, 2 an element.
			switch {
			case v.DefinitionLevel() == 1:
				list.SetEmpty(i)
			case v.DefinitionLevel() > 1:
				if err := c.filler.text(column, i, v.ByteArray()); err != nil {
					return err
				}
			}
			c.at++
			if v, err = c.peek(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *parquetValues) set(column table.Column, i int, v *parquet.Value) error {
	if v.IsNull() {
		return c.filler.null()
	}
	switch v.Kind() {
	case parquet.Int32:
		return c.filler.integer(column, i, int64(v.Int32()))
	case parquet.Int64:
		return c.filler.integer(column, i, v.Int64())
	case parquet.Boolean:
		return c.filler.boolean(column, i, v.Boolean())
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return c.filler.text(column, i, v.ByteArray())
	}
	return errors.New("a column of a type that no table has")
}
