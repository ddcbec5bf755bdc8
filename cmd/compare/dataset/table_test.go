package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/parquet-go/parquet-go"
)

func TestReadTable(t *testing.T) {
	type row struct {
		Frame int64    `parquet:"frame"`
		Port  *int32   `parquet:"port,optional"`
		Fin   *bool    `parquet:"fin,optional"`
		Src   string   `parquet:"src,dict"`
		Why   []string `parquet:"why,list"`
	}
	port, fin := int32(80), true
	parts := [][]row{
		{{1, &port, nil, "a", []string{"x", "y"}}, {2, nil, &fin, "b", nil}},
		{{3, nil, nil, "", []string{"z"}}},
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "packets"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, rows := range parts {
		var out bytes.Buffer
		if err := parquet.Write(&out, rows); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "packets", "part-0000"+string(rune('0'+i))+".parquet")
		if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadTable(dir, "packets")
	if err != nil {
		t.Fatal(err)
	}
	want := &Table{
		Names: []string{"frame", "port", "fin", "src", "why"},
		Rows:  3,
		columns: map[string][]Cell{
			"frame": {Text("1"), Text("2"), Text("3")},
			"port":  {Text("80"), None, None},
			"fin":   {None, Text("true"), None},
			"src":   {Text("a"), Text("b"), Text("")},
			"why":   {Text("x,y"), Text(""), Text("z")},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if _, err := ReadTable(dir, "connections"); err == nil {
		t.Error("a table that is not there: no error")
	}
}
