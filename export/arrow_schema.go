package export

import (
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/pcap-teardown/teardown/schemas"
)

// arrowSchema returns the Arrow schema of a table. Words are dictionaries where the format allows them.
func arrowSchema(t *schemas.Table, opt *Options) *arrow.Schema {
	fields := make([]arrow.Field, len(t.Columns))
	for i := range t.Columns {
		c := &t.Columns[i]
		fields[i] = arrow.Field{Name: c.Name, Type: arrowType(c, opt.Format), Nullable: c.Nullable,
			Metadata: arrow.NewMetadata([]string{"meaning"}, []string{c.Meaning})}
	}
	var keys, values []string
	for _, p := range metadata(t, opt) {
		if !strings.HasPrefix(p.key, columnKey) {
			keys, values = append(keys, p.key), append(values, p.value)
		}
	}
	m := arrow.NewMetadata(keys, values)
	return arrow.NewSchema(fields, &m)
}

func arrowType(c *schemas.Column, f Format) arrow.DataType {
	switch c.Type {
	case schemas.Int16:
		return arrow.PrimitiveTypes.Int16
	case schemas.Int32:
		return arrow.PrimitiveTypes.Int32
	case schemas.Int64:
		return arrow.PrimitiveTypes.Int64
	case schemas.Timestamp:
		return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
	case schemas.Bool:
		return arrow.FixedWidthTypes.Boolean
	case schemas.WordType:
		if f == Arrow {
			return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int16, ValueType: arrow.BinaryTypes.String}
		}
	case schemas.Bytes:
		return arrow.BinaryTypes.Binary
	case schemas.WordList:
		return arrow.ListOfNonNullable(arrow.BinaryTypes.String)
	}
	return arrow.BinaryTypes.String
}
