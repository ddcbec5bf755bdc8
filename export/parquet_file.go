package export

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas"
)

const magic = "PAR1"

// toolVersionKey is the entry of Options.Metadata that names the version of this program.
const toolVersionKey = "teardown.version"

// A parquetFile is the sink of Parquet files.
type parquetFile struct {
	*encoders
	out    io.Writer
	offset int64
	table  schemas.Table
	opt    *Options
	rows   int64
	groups []rowGroup
	index  []chunkIndex // of all column chunks so far
	header bool
}

// A chunkIndex is the page index of a column chunk as it will be written.
type chunkIndex struct{ column, offset []byte }

func newParquetFile(out io.Writer, t schemas.Table, opt *Options) (*parquetFile, []lane) {
	f := &parquetFile{encoders: newEncoders(&t, opt), out: out, table: t, opt: opt}
	lanes := make([]lane, len(f.columns))
	for i, c := range f.columns {
		lanes[i] = c
	}
	return f, lanes
}

func (f *parquetFile) write(b []byte) error {
	n, err := f.out.Write(b)
	f.offset += int64(n)
	return err
}

func (f *parquetFile) start() error {
	if f.header {
		return nil
	}
	f.header = true
	return f.write([]byte(magic))
}

// commit writes one row group.
func (f *parquetFile) commit(rows int64, chunks []any) error {
	if err := f.start(); err != nil {
		return err
	}
	g := rowGroup{NumRows: rows, FileOffset: f.offset}
	for i, x := range chunks {
		k := x.(*chunk)
		m := f.describe(f.columns[i], k)
		f.index = append(f.index, chunkIndex{column: f.columnIndex(f.columns[i], k), offset: f.offsetIndex(k)})
		if len(k.dictionary) > 0 {
			if err := f.write(k.dictionary); err != nil {
				return err
			}
		}
		if err := k.data.each(f.write); err != nil {
			return err
		}
		g.Columns = append(g.Columns, columnChunk{MetaData: m})
		g.TotalByteSize += m.TotalUncompressedSize
		g.TotalCompressedSize += m.TotalCompressedSize
	}
	f.groups = append(f.groups, g)
	f.rows += rows
	return nil
}

// describe returns the metadata of a column chunk that will stand at the current offset.
func (f *parquetFile) describe(c *column, k *chunk) columnMetaData {
	m := columnMetaData{
		Type: c.physical, PathInSchema: path(&c.def), Codec: codecNumber(f.opt.Compression), NumValues: k.entries,
		TotalUncompressedSize: k.uncompressed, TotalCompressedSize: int64(len(k.dictionary) + k.data.size),
		DataPageOffset: f.offset + int64(len(k.dictionary)), Statistics: c.statistics(k),
	}
	dictionaries := int32(0)
	if len(k.dictionary) > 0 {
		m.DictionaryPageOffset = f.offset
		dictionaries = 1
		m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
	}
	levels := c.maxLevel > 0
	for e, n := range k.encodings {
		e := format.Encoding(e)
		if n > 0 || e == format.RLE && levels {
			m.Encoding = append(m.Encoding, e)
		}
		if e == format.Plain {
			n -= dictionaries
		}
		if n > 0 {
			m.EncodingStats = append(m.EncodingStats, format.PageEncodingStats{PageType: format.DataPageV2, Encoding: e, Count: n})
		}
	}
	return m
}

// statistics returns least and greatest value and number of nulls of a chunk.
func (c *column) statistics(k *chunk) statistics {
	s := statistics{NullCount: k.nulls}
	if !k.hasBounds {
		return s
	}
	least, greatest := c.shortLeast(k.least), c.appendShortGreatest(nil, k.greatest)
	s.MinValue, s.MaxValue = thrift.New(bytes.Clone(least)), thrift.New(greatest)
	s.MinIsExact, s.MaxIsExact = thrift.New(len(least) == len(k.least)), thrift.New(bytes.Equal(greatest, k.greatest))
	return s
}

var compact thrift.CompactProtocol

func marshal(v any) []byte {
	b, err := thrift.Marshal(&compact, v)
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return b
}

// columnIndex returns the bounds of the pages.
func (f *parquetFile) columnIndex(c *column, k *chunk) []byte {
	var x format.ColumnIndex
	ascending, descending := true, true
	last := -1 // page with values before
	for i := range k.pages {
		p := &k.pages[i]
		least, greatest := k.bounds[p.least[0]:p.least[1]], k.bounds[p.greatest[0]:p.greatest[1]]
		x.NullPages = append(x.NullPages, p.empty)
		x.MinValues = append(x.MinValues, least)
		x.MaxValues = append(x.MaxValues, greatest)
		x.NullCounts = append(x.NullCounts, p.nulls)
		if p.empty {
			continue
		}
		if last >= 0 {
			low, high := c.compare(x.MinValues[last], least), c.compare(x.MaxValues[last], greatest)
			ascending = ascending && low <= 0 && high <= 0
			descending = descending && low >= 0 && high >= 0
		}
		last = i
	}
	switch {
	case ascending:
		x.BoundaryOrder = format.Ascending
	case descending:
		x.BoundaryOrder = format.Descending
	}
	return marshal(&x)
}

// offsetIndex returns the places of the pages, the dictionary being at the current offset.
func (f *parquetFile) offsetIndex(k *chunk) []byte {
	var x format.OffsetIndex
	for i := range k.pages {
		p := &k.pages[i]
		x.PageLocations = append(x.PageLocations, format.PageLocation{
			Offset:             f.offset + int64(len(k.dictionary)+p.offset),
			CompressedPageSize: int32(p.size),
			FirstRowIndex:      p.firstRow,
		})
	}
	return marshal(&x)
}

// close writes the page index and the footer.
func (f *parquetFile) close() error {
	if err := f.start(); err != nil {
		return err
	}
	chunks := func(visit func(*columnChunk, *chunkIndex) error) error {
		n := 0
		for i := range f.groups {
			for j := range f.groups[i].Columns {
				if err := visit(&f.groups[i].Columns[j], &f.index[n]); err != nil {
					return err
				}
				n++
			}
		}
		return nil
	}
	err := chunks(func(c *columnChunk, x *chunkIndex) error {
		c.ColumnIndexOffset, c.ColumnIndexLength = f.offset, int32(len(x.column))
		return f.write(x.column)
	})
	if err != nil {
		return err
	}
	err = chunks(func(c *columnChunk, x *chunkIndex) error {
		c.OffsetIndexOffset, c.OffsetIndexLength = f.offset, int32(len(x.offset))
		return f.write(x.offset)
	})
	if err != nil {
		return err
	}
	footer := marshal(f.footer())
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	if err := f.write(append(footer, magic...)); err != nil {
		return err
	}
	f.giveBack(f.opt)
	return nil
}

func (f *parquetFile) footer() *fileMetaData {
	m := &fileMetaData{Version: 2, Schema: parquetSchema(&f.table), NumRows: f.rows, RowGroups: f.groups, CreatedBy: createdBy(f.opt)}
	if m.RowGroups == nil {
		m.RowGroups = thrift.Slice[rowGroup]{} // a required field
	}
	for _, p := range metadata(&f.table, f.opt) {
		m.KeyValueMetadata = append(m.KeyValueMetadata, format.KeyValue{Key: p.key, Value: p.value})
	}
	m.KeyValueMetadata = append(m.KeyValueMetadata, format.KeyValue{Key: "org.apache.spark.version", Value: calendarVersion})
	for range f.columns {
		m.ColumnOrders = append(m.ColumnOrders, format.ColumnOrder{Value: new(format.TypeDefinedOrder)})
	}
	return m
}

// calendarVersion tells Spark 3.5 that times before 1900 are in the proleptic Gregorian calendar, as in
// files of its own from 3.0 on. Without it, Spark refuses a file in which a damaged clock left such a time.
const calendarVersion = "3.0.0"

// createdBy has the form that parquet-mr can parse.
func createdBy(opt *Options) string {
	version := opt.Metadata[toolVersionKey]
	if version == "" {
		version = "0"
	}
	return "teardown version " + version + " (build " + version + ")"
}
