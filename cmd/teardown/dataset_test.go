//go:build unix

package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"github.com/rogpeppe/go-internal/testscript"
)

// rows wants a dataset with these numbers of rows in its two tables.
func rows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: rows DIR PACKETS CONNECTIONS")
	}
	for i, table := range []string{"packets", "connections"} {
		got := 0
		for _, part := range parts(ts, filepath.Join(args[0], table)) {
			_, values := readParquet(ts, part)
			got += len(values)
		}
		if strconv.Itoa(got) != args[i+1] {
			ts.Fatalf("%s has %d rows, want %s", table, got, args[i+1])
		}
	}
}

// parts returns the files of a table, which may be one file.
func parts(ts *testscript.TestScript, name string) []string {
	path := ts.MkAbs(name)
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return []string{path}
	}
	found, err := filepath.Glob(filepath.Join(path, "part-*.parquet"))
	ts.Check(err)
	if len(found) == 0 {
		ts.Fatalf("%s has no parts", name)
	}
	return found
}

// show prints columns of a table, one line per row, values between spaces, null as -.
func show(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: show FOLDER-OR-FILE COLUMN...")
	}
	for _, part := range parts(ts, args[0]) {
		names, values := readParquet(ts, part)
		for _, row := range values {
			var line []string
			for _, name := range args[1:] {
				i := slices.Index(names, name)
				if i < 0 {
					ts.Fatalf("%s has no column %s", part, name)
				}
				line = append(line, row[i])
			}
			fmt.Fprintln(ts.Stdout(), strings.Join(line, " "))
		}
	}
}

// readParquet returns the names of the columns of a file and all its values as text.
func readParquet(ts *testscript.TestScript, path string) (names []string, rows [][]string) {
	f, err := os.Open(path)
	ts.Check(err)
	defer f.Close()
	info, err := f.Stat()
	ts.Check(err)
	file, err := parquet.OpenFile(f, info.Size())
	ts.Check(err)
	var values []parquet.Row
	for _, column := range file.Schema().Columns() {
		names = append(names, column[0])
	}
	for g, group := range file.RowGroups() {
		before := len(values)
		reader := group.Rows()
		buffer := make([]parquet.Row, 64)
		for {
			n, err := reader.ReadRows(buffer)
			for _, row := range buffer[:n] {
				values = append(values, row.Clone())
			}
			if err != nil {
				break
			}
		}
		ts.Check(reader.Close())
		checkBounds(ts, path, names, file.Metadata().RowGroups[g].Columns, values[before:])
	}
	if int64(len(values)) != file.NumRows() {
		ts.Fatalf("%s: %d rows read, %d promised", path, len(values), file.NumRows())
	}
	for _, row := range values {
		rows = append(rows, textOf(row, len(names)))
	}
	return names, rows
}

// checkBounds wants the least and greatest integers that a row group promises to be those
// that it holds: engines skip by them.
func checkBounds(ts *testscript.TestScript, path string, names []string, chunks []format.ColumnChunk, rows []parquet.Row) {
	least, greatest := map[int]int64{}, map[int]int64{}
	for _, row := range rows {
		for _, v := range row {
			if v.IsNull() || v.Kind() != parquet.Int32 && v.Kind() != parquet.Int64 {
				continue
			}
			x, c := v.Int64(), v.Column()
			if v.Kind() == parquet.Int32 {
				x = int64(v.Int32())
			}
			if old, ok := least[c]; !ok || x < old {
				least[c] = x
			}
			if old, ok := greatest[c]; !ok || x > old {
				greatest[c] = x
			}
		}
	}
	for c, want := range least {
		s := chunks[c].MetaData.Statistics
		got := [2]int64{number(s.MinValue), number(s.MaxValue)}
		if want := [2]int64{want, greatest[c]}; s.MinValue != nil && got != want {
			ts.Fatalf("%s: %s promises values from %d to %d and has %d to %d", path, names[c], got[0], got[1], want[0], want[1])
		}
	}
}

// number reads a signed integer of 4 or 8 bytes.
func number(b []byte) int64 {
	switch len(b) {
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	case 8:
		return int64(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// textOf writes the values of a row; those of a list are joined with commas.
func textOf(row parquet.Row, columns int) []string {
	text := make([]string, columns)
	for _, v := range row {
		s := "-"
		if !v.IsNull() {
			s = v.String()
		}
		if c := v.Column(); text[c] == "" {
			text[c] = s
		} else {
			text[c] += "," + s
		}
	}
	return text
}
