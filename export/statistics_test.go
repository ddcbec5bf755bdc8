package export

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas"
)

// footerOf decodes the footer with our structs, which know more than parquet-go's.
func footerOf(t *testing.T, file []byte) *fileMetaData {
	t.Helper()
	n := len(file) - 8
	size := int(binary.LittleEndian.Uint32(file[n:]))
	m := new(fileMetaData)
	if err := thrift.Unmarshal(&compact, file[n-size:n], m); err != nil {
		t.Fatal(err)
	}
	return m
}

// plainOf encodes a value as statistics have it.
func plainOf(v any, t format.Type) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return []byte{1}
		}
		return []byte{0}
	case int64:
		if t == format.Int32 {
			return binary.LittleEndian.AppendUint32(nil, uint32(v))
		}
		return binary.LittleEndian.AppendUint64(nil, uint64(v))
	}
	return []byte(v.(string))
}

// leaves returns the values of lists and the number of entries without a value.
func leaves(values []any) (out []any, nulls int64) {
	for _, v := range values {
		list, ok := v.([]string)
		switch {
		case v == nil, ok && len(list) == 0:
			nulls++
		case ok:
			for _, s := range list {
				out = append(out, s)
			}
		default:
			out = append(out, v)
		}
	}
	return out, nulls
}

// TestStatistics compares statistics of column chunks and of pages with the values.
func TestStatistics(t *testing.T) {
	x := randomRows(rand.New(rand.NewPCG(5, 5)), &everyType, 2100)
	const groupRows, pageRows = 1000, 90
	file := encode(t, x, &everyType, Options{RowGroupRows: groupRows, pageRows: pageRows}, func() int { return 77 })
	checkStatistics(t, file, x, &everyType, groupRows, pageRows)
}

func checkStatistics(t *testing.T, file []byte, x rows, s *schemas.Table, groupRows, pageRows int) {
	t.Helper()
	m := footerOf(t, file)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for g := range m.RowGroups {
		for i := range s.Columns {
			c, k := &s.Columns[i], &m.RowGroups[g].Columns[i].MetaData
			first := g * groupRows
			values := x.columns[i][first:min(first+groupRows, x.len())]
			stats := k.Statistics
			checkBounds(t, c, k.Type, values, stats.MinValue.V, stats.MaxValue.V, stats.MinValue.Valid, stats.NullCount)
			if k.Type == format.ByteArray && stats.MinValue.Valid {
				if exact := len(stats.MinValue.V) < boundBytes-4; exact != stats.MinIsExact.V && exact {
					t.Errorf("%s: least value %q is not said to be exact", c.Name, stats.MinValue.V)
				}
			}
			index, offsets := f.ColumnIndexes()[g*len(s.Columns)+i], f.OffsetIndexes()[g*len(s.Columns)+i]
			for p, at := range offsets.PageLocations {
				end := min((p+1)*pageRows, len(values))
				if int(at.FirstRowIndex) != p*pageRows {
					t.Fatalf("%s: page %d starts at row %d", c.Name, p, at.FirstRowIndex)
				}
				checkBounds(t, c, k.Type, values[p*pageRows:end], index.MinValues[p], index.MaxValues[p], !index.NullPages[p], index.NullCounts[p])
			}
			checkOrder(t, c, k.Type, &index)
		}
	}
}

func checkBounds(t *testing.T, c *schemas.Column, kind format.Type, values []any, least, greatest []byte, valid bool, nulls int64) {
	t.Helper()
	all, wantNulls := leaves(values)
	if nulls != wantNulls {
		t.Errorf("%s: %d nulls, want %d", c.Name, nulls, wantNulls)
	}
	if valid != (len(all) > 0) {
		t.Errorf("%s: bounds %v with %d values", c.Name, valid, len(all))
	}
	if !valid {
		return
	}
	low, high := plainOf(all[0], kind), plainOf(all[0], kind)
	for _, v := range all {
		p := plainOf(v, kind)
		if comparePlain(kind, p, low) < 0 {
			low = p
		}
		if comparePlain(kind, p, high) > 0 {
			high = p
		}
	}
	if kind == format.ByteArray && (len(low) > boundBytes || len(high) > boundBytes) {
		if bytes.Compare(least, low) > 0 || bytes.Compare(greatest, high) < 0 || len(least) > boundBytes {
			t.Errorf("%s: bounds %q %q, values %q %q", c.Name, least, greatest, low, high)
		}
		return
	}
	if !reflect.DeepEqual([2]string{string(least), string(greatest)}, [2]string{string(low), string(high)}) {
		t.Errorf("%s: bounds %q %q, want %q %q", c.Name, least, greatest, low, high)
	}
}

func checkOrder(t *testing.T, c *schemas.Column, kind format.Type, x *format.ColumnIndex) {
	t.Helper()
	last := -1
	for p, empty := range x.NullPages {
		if empty {
			continue
		}
		if last >= 0 {
			low := comparePlain(kind, x.MinValues[last], x.MinValues[p])
			high := comparePlain(kind, x.MaxValues[last], x.MaxValues[p])
			if x.BoundaryOrder == format.Ascending && (low > 0 || high > 0) || x.BoundaryOrder == format.Descending && (low < 0 || high < 0) {
				t.Errorf("%s: bounds are not in the order %v", c.Name, x.BoundaryOrder)
			}
		}
		last = p
	}
}

// TestShortBounds cuts texts at and around characters.
func TestShortBounds(t *testing.T) {
	a := strings.Repeat("a", boundBytes-1)
	text, binary := &column{physical: format.ByteArray, def: schemas.Column{Type: schemas.Text}}, &column{physical: format.ByteArray, def: schemas.Column{Type: schemas.Bytes}}
	for _, c := range []struct {
		column             *column
		v, least, greatest string
	}{
		{text, a + "b", a + "b", a + "b"},
		{text, a + "bc", a + "b", a + "c"},
		{text, a + "éx", a, a[1:] + "b"},
		{text, a + "\u007fx", a + "\u007f", a + "\u0080"},
		{text, strings.Repeat("\U0010FFFF", 20), strings.Repeat("\U0010FFFF", 16), strings.Repeat("\U0010FFFF", 20)},
		{text, "\ud7ff" + strings.Repeat("\U0010FFFF", 20), "\ud7ff" + strings.Repeat("\U0010FFFF", 15), "\ue000"},
		{binary, a + "\xffx", a + "\xff", a[1:] + "b"},
		{binary, strings.Repeat("\xff", 65), strings.Repeat("\xff", 64), strings.Repeat("\xff", 65)},
	} {
		least, greatest := string(c.column.shortLeast([]byte(c.v))), string(c.column.appendShortGreatest(nil, []byte(c.v)))
		if least != c.least || greatest != c.greatest {
			t.Errorf("%q: bounds %q %q, want %q %q", c.v, least, greatest, c.least, c.greatest)
		}
	}
}

// TestListPages holds that all pages of lists use the dictionary (see listValues.encode).
func TestListPages(t *testing.T) {
	x := randomRows(rand.New(rand.NewPCG(6, 6)), &everyType, 900)
	for row := range x.len() {
		if row/100%2 == 0 {
			for i, c := range everyType.Columns {
				if c.Type == schemas.WordList {
					x.columns[i][row] = []string{}
				}
			}
		}
	}
	m := footerOf(t, encode(t, x, &everyType, Options{RowGroupRows: 300, pageRows: 100}, func() int { return 50 }))
	for _, g := range m.RowGroups {
		for i, c := range everyType.Columns {
			if c.Type != schemas.WordList {
				continue
			}
			for _, s := range g.Columns[i].MetaData.EncodingStats {
				if s.PageType != format.DictionaryPage && s.Encoding != format.RLEDictionary {
					t.Errorf("%s: %d pages %v", c.Name, s.Count, s.Encoding)
				}
			}
		}
	}
}

// TestDictionaryFirst holds that a page with values that has no dictionary has none after it that has one (see
// intValues.forms). What the pages are like stands in their headers.
func TestDictionaryFirst(t *testing.T) {
	x := randomRows(rand.New(rand.NewPCG(9, 9)), &everyType, 6000)
	for _, pageRows := range []int64{40, 500} {
		file := encode(t, x, &everyType, Options{RowGroupRows: 2500, pageRows: pageRows}, func() int { return 333 })
		f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for n, offsets := range f.OffsetIndexes() {
			c := &everyType.Columns[n%len(everyType.Columns)]
			without := -1
			for p, at := range offsets.PageLocations {
				var h format.PageHeader
				page := bytes.NewReader(file[at.Offset : at.Offset+int64(at.CompressedPageSize)])
				if err := thrift.NewDecoder(compact.NewReader(page)).Decode(&h); err != nil {
					t.Fatal(err)
				}
				v2 := h.DataPageHeaderV2.V
				switch {
				case v2.NumNulls == v2.NumValues:
				case v2.Encoding != format.RLEDictionary:
					without = p
				case without >= 0:
					t.Errorf("%s: page %d uses the dictionary, page %d did not", c.Name, p, without)
				}
			}
		}
	}
}
