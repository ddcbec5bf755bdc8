package export

import (
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas"
)

// These are structs of parquet.thrift that parquet-go has without is_max_value_exact and
// is_min_value_exact; the names are those of package format.

type statistics struct {
	NullCount  int64               `thrift:"3,writezero"`
	MaxValue   thrift.Null[[]byte] `thrift:"5,optional"`
	MinValue   thrift.Null[[]byte] `thrift:"6,optional"`
	MaxIsExact thrift.Null[bool]   `thrift:"7,optional"`
	MinIsExact thrift.Null[bool]   `thrift:"8,optional"`
}

type columnMetaData struct {
	Type                  format.Type                            `thrift:"1,required"`
	Encoding              thrift.Slice[format.Encoding]          `thrift:"2,required"`
	PathInSchema          thrift.Slice[string]                   `thrift:"3,required"`
	Codec                 format.CompressionCodec                `thrift:"4,required"`
	NumValues             int64                                  `thrift:"5,required"`
	TotalUncompressedSize int64                                  `thrift:"6,required"`
	TotalCompressedSize   int64                                  `thrift:"7,required"`
	DataPageOffset        int64                                  `thrift:"9,required"`
	DictionaryPageOffset  int64                                  `thrift:"11,optional"`
	Statistics            statistics                             `thrift:"12,optional,writezero"`
	EncodingStats         thrift.Slice[format.PageEncodingStats] `thrift:"13,optional"`
}

type columnChunk struct {
	FileOffset        int64          `thrift:"2,required"`
	MetaData          columnMetaData `thrift:"3,optional"`
	OffsetIndexOffset int64          `thrift:"4,optional"`
	OffsetIndexLength int32          `thrift:"5,optional"`
	ColumnIndexOffset int64          `thrift:"6,optional"`
	ColumnIndexLength int32          `thrift:"7,optional"`
}

type rowGroup struct {
	Columns             thrift.Slice[columnChunk] `thrift:"1,required"`
	TotalByteSize       int64                     `thrift:"2,required"`
	NumRows             int64                     `thrift:"3,required"`
	FileOffset          int64                     `thrift:"5,optional"`
	TotalCompressedSize int64                     `thrift:"6,optional"`
}

type fileMetaData struct {
	Version          int32                              `thrift:"1,required"`
	Schema           thrift.Slice[format.SchemaElement] `thrift:"2,required"`
	NumRows          int64                              `thrift:"3,required"`
	RowGroups        thrift.Slice[rowGroup]             `thrift:"4,required"`
	KeyValueMetadata thrift.Slice[format.KeyValue]      `thrift:"5,optional"`
	CreatedBy        string                             `thrift:"6,optional"`
	ColumnOrders     thrift.Slice[format.ColumnOrder]   `thrift:"7,optional"`
}

// element returns a node of the schema that is no leaf.
func element(name string, r format.FieldRepetitionType, children int) format.SchemaElement {
	return format.SchemaElement{Name: name, RepetitionType: thrift.New(r), NumChildren: thrift.New(int32(children))}
}

// parquetSchema returns the schema tree of a table, depth first.
func parquetSchema(t *schemas.Table) []format.SchemaElement {
	root := element(t.Name, format.Required, len(t.Columns))
	root.RepetitionType = thrift.Null[format.FieldRepetitionType]{}
	tree := []format.SchemaElement{root}
	for i := range t.Columns {
		c := &t.Columns[i]
		r := format.Required
		if c.Nullable {
			r = format.Optional
		}
		if c.Type == schemas.WordList {
			list := element(c.Name, r, 1)
			list.ConvertedType = thrift.New(deprecated.List)
			list.LogicalType = format.LogicalType{Value: new(format.ListType)}
			tree = append(tree, list, element("list", format.Repeated, 1), leaf("element", format.Required, c.Type))
			continue
		}
		tree = append(tree, leaf(c.Name, r, c.Type))
	}
	return tree
}

// leaf returns the schema element of a column that holds values. Both the logical type and the
// older converted type are there, for readers that know only one.
func leaf(name string, r format.FieldRepetitionType, t schemas.Type) format.SchemaElement {
	e := format.SchemaElement{Name: name, RepetitionType: thrift.New(r)}
	set := func(physical format.Type, converted deprecated.ConvertedType, logical format.LogicalTypeValue) {
		e.Type = thrift.New(physical)
		if logical != nil {
			e.ConvertedType = thrift.New(converted)
			e.LogicalType = format.LogicalType{Value: logical}
		}
	}
	switch t {
	case schemas.Int16:
		set(format.Int32, deprecated.Int16, &format.IntType{BitWidth: 16, IsSigned: true})
	case schemas.Int32:
		set(format.Int32, deprecated.Int32, &format.IntType{BitWidth: 32, IsSigned: true})
	case schemas.Int64:
		set(format.Int64, deprecated.Int64, &format.IntType{BitWidth: 64, IsSigned: true})
	case schemas.Timestamp:
		set(format.Int64, deprecated.TimestampMicros,
			&format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: new(format.MicroSeconds)}})
	case schemas.Bool:
		set(format.Boolean, 0, nil)
	case schemas.Bytes:
		set(format.ByteArray, 0, nil)
	default:
		set(format.ByteArray, deprecated.UTF8, new(format.StringType))
	}
	return e
}

// path returns the path of a column's leaf.
func path(c *schemas.Column) []string {
	if c.Type == schemas.WordList {
		return []string{c.Name, "list", "element"}
	}
	return []string{c.Name}
}

// A pair is one entry of the metadata of a file.
type pair struct{ key, value string }

// columnKey is what the names of entries with meanings of columns begin with.
const columnKey = "column."

// metadata returns what the metadata of a file say: the caller's entries in the order
// of their names, then the meaning of each column as "column.NAME".
func metadata(t *schemas.Table, opt *Options) []pair {
	var out []pair
	for _, k := range slices.Sorted(maps.Keys(opt.Metadata)) {
		out = append(out, pair{k, opt.Metadata[k]})
	}
	for i := range t.Columns {
		out = append(out, pair{columnKey + t.Columns[i].Name, t.Columns[i].Meaning})
	}
	return out
}
