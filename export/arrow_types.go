package export

import (
	"errors"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/pcap-teardown/teardown/schemas"
)

// mostTypes is how many columns of a wrong type are named; who has made more has made all of them in one way.
const mostTypes = 5

// checkTypes wants every field to have a type that its filler can take, whatever rows come. Fillers notice only what they
// get: a type that is wrong from the start would be found behind a thousand nulls.
func (a *arrowRows) checkTypes(s *arrow.Schema) error {
	var wrong []string
	for k, f := range a.fillers {
		if t := s.Field(a.fields[k]).Type; !fits(f.def.Type, t) {
			name := strings.ReplaceAll(t.String(), "utf8", "string") // as everybody but arrow/go calls it
			wrong = append(wrong, fmt.Sprintf("column %s: its type is %s and must be %s", f.def.Name, name, wantedTypes(f.def.Type)))
		}
	}
	if more := len(wrong) - mostTypes; more > 0 {
		wrong = append(wrong[:mostTypes], fmt.Sprintf("and %d more columns", more))
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "; "))
	}
	return nil
}

// fits reports whether a column can be filled from a field. Nulls alone have no type that could be wrong.
func fits(column schemas.Type, field arrow.DataType) bool {
	if field.ID() == arrow.NULL {
		return true
	}
	switch column {
	case schemas.Int16, schemas.Int32, schemas.Int64:
		return arrow.IsSignedInteger(field.ID())
	case schemas.Timestamp:
		t, ok := field.(*arrow.TimestampType)
		return ok && t.Unit == arrow.Microsecond || arrow.IsSignedInteger(field.ID())
	case schemas.Bool:
		return field.ID() == arrow.BOOL
	case schemas.WordList:
		list, ok := field.(arrow.ListLikeType)
		return ok && isText(list.Elem())
	}
	if d, ok := field.(*arrow.DictionaryType); ok {
		field = d.ValueType
	}
	return isText(field)
}

// isText reports whether textsOf has something for arrays of the type.
func isText(t arrow.DataType) bool {
	return arrow.IsBaseBinary(t.ID()) || t.ID() == arrow.STRING_VIEW || t.ID() == arrow.BINARY_VIEW
}

// wantedTypes names the types that fit, the usual one first.
func wantedTypes(column schemas.Type) string {
	switch column {
	case schemas.Int16, schemas.Int32, schemas.Int64:
		return "int64, int32, int16 or int8"
	case schemas.Timestamp:
		return "timestamp[us], or int64 in microseconds"
	case schemas.Bool:
		return "bool"
	case schemas.WordList:
		return "a list of string"
	case schemas.Bytes:
		return "binary or string"
	}
	return "string, binary or a dictionary of these"
}
