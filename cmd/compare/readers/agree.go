package readers

import (
	"fmt"
	"slices"
	"strings"
)

// types are the names of each type in the readers, found by pyarrow's name.
// pandas is left out: its type depends on whether there are nulls.
var types = map[string]map[string]string{
	"int16":                 {"duckdb": "SMALLINT", "polars": "Int16", "spark": "smallint"},
	"int32":                 {"duckdb": "INTEGER", "polars": "Int32", "spark": "int"},
	"int64":                 {"duckdb": "BIGINT", "polars": "Int64", "spark": "bigint"},
	"bool":                  {"duckdb": "BOOLEAN", "polars": "Boolean", "spark": "boolean"},
	"string":                {"duckdb": "VARCHAR", "polars": "String", "spark": "string"},
	"timestamp[us, tz=UTC]": {"duckdb": "TIMESTAMP WITH TIME ZONE", "polars": "Datetime(time_unit='us', time_zone='UTC')", "spark": "timestamp"},
	"list<string>":          {"duckdb": "VARCHAR[]", "polars": "List(String)", "spark": "array<string>"},
}

// plain returns the name in types for a type of pyarrow: elements of lists have
// names, and Arrow files may use dictionaries, which change nothing about values.
func plain(pyarrow string) string {
	switch {
	case strings.HasPrefix(pyarrow, "list<") && strings.Contains(pyarrow, "string"):
		return "list<string>"
	case strings.HasPrefix(pyarrow, "dictionary<values=string,"):
		return "string"
	}
	return pyarrow
}

// disagree compares what a reader saw with the base and with the types that
// pyarrow saw, and returns what differs, one line each.
func disagree(want, got seen, arrowTypes map[string]string) []string {
	var lines []string
	say := func(format string, args ...any) {
		lines = append(lines, fmt.Sprintf("%s %s: %s: ", got.Dataset, got.Table, got.Reader)+fmt.Sprintf(format, args...))
	}
	if got.Rows != want.Rows {
		say("%d rows, want %d", got.Rows, want.Rows)
	}
	if !slices.Equal(got.Names, want.Names) {
		say("columns are %v, want %v", got.Names, want.Names)
		return lines
	}
	reader, _, _ := strings.Cut(got.Reader, " ")
	exact := true
	for _, name := range want.Names {
		w, g := want.Columns[name], got.Columns[name]
		// pandas holds integers with nulls as float64, see testdata/readers.
		if reader == "pandas" && g.Type == "float64" && g.FloatDigest != 0 {
			w.Digest, g.Digest = w.FloatDigest, g.FloatDigest
			exact = false
		}
		if g.Values != w.Values || g.Digest != w.Digest {
			say("%s has %d values with digest %d, want %d with %d", name, g.Values, g.Digest, w.Values, w.Digest)
		}
		kind := plain(arrowTypes[name])
		switch names, known := types[kind]; {
		case !known:
			say("%s is of type %s, which is none that every reader has", name, kind)
		case names[reader] != "" && names[reader] != g.Type:
			say("%s is of type %s, want %s", name, g.Type, names[reader])
		}
	}
	wantRows, gotRows := want.RowDigest, got.RowDigest
	if !exact {
		wantRows, gotRows = want.FloatRowDigest, got.FloatRowDigest
	}
	if wantRows != gotRows {
		say("rows have digest %d, want %d: values stand in other rows", gotRows, wantRows)
	}
	return lines
}
