package export

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// everyType has a nullable and, where batches can hold it, a required column of every type.
var everyType = func() schemas.Table {
	letters := &schemas.Words{Name: "letters", Text: []string{"", "a", "b", "c", "Ω", strings.Repeat("long", 30)}}
	t := schemas.Table{Name: "every_type"}
	for kind := schemas.Int16; kind <= schemas.Bytes; kind++ {
		for _, nullable := range []bool{false, true} {
			c := schemas.Column{Name: fmt.Sprintf("c%d_%v", kind, nullable), Type: kind, Nullable: nullable,
				Meaning: "meaning", Index: len(t.Columns)}
			switch {
			case kind == schemas.WordType, kind == schemas.WordList:
				c.Words = letters
				if nullable && kind == schemas.WordType {
					c.Words = schemas.TcpFlagsTextWords
				}
			case kind == schemas.MAC && !nullable:
				continue // batches have only nullable ones
			}
			t.Columns = append(t.Columns, c)
		}
	}
	return t
}()

// rows are rows of any table, column by column: nil, int64, bool, string or []string.
type rows struct {
	columns [][]any
}

// A flavour says what the values of a column are like.
type flavour struct {
	nulls    float64
	distinct int // 0: all values of the type
	start    uint64
	step     int64
	narrow   bool // numbers of 20 bits, most of them
}

// randomRows makes rows of a table. Each column changes its flavour now and then.
func randomRows(r *rand.Rand, t *schemas.Table, n int) rows {
	out := rows{columns: make([][]any, len(t.Columns))}
	for i := range t.Columns {
		c := &t.Columns[i]
		var f flavour
		for row := range n {
			if row == 0 || r.IntN(97) == 0 {
				f = randomFlavour(r)
			}
			if c.Nullable && r.Float64() < f.nulls {
				out.columns[i] = append(out.columns[i], nil)
				continue
			}
			out.columns[i] = append(out.columns[i], randomValue(r, c, f, int64(row)))
		}
	}
	return out
}

// longRows makes rows whose columns change their flavour once, in the middle of a page.
func longRows(r *rand.Rand, t *schemas.Table, n int) rows {
	out := rows{columns: make([][]any, len(t.Columns))}
	for i := range t.Columns {
		c := &t.Columns[i]
		var f flavour
		for row := range n {
			if row%(5*n/8) == 0 {
				f = flavour{nulls: []float64{0, 0.3}[r.IntN(2)], distinct: []int{0, 500, 9000, 20000}[r.IntN(4)],
					step: []int64{0, 0, 0, 1000}[r.IntN(4)], start: r.Uint64(), narrow: r.IntN(2) == 0}
			}
			if c.Nullable && r.Float64() < f.nulls {
				out.columns[i] = append(out.columns[i], nil)
				continue
			}
			out.columns[i] = append(out.columns[i], randomValue(r, c, f, int64(row)))
		}
	}
	return out
}

func randomFlavour(r *rand.Rand) flavour {
	return flavour{
		nulls:    []float64{0, 0, 1, 1, 0.5, 0.01, 0.99}[r.IntN(7)],
		start:    r.Uint64(),
		distinct: []int{1, 1, 2, 3, 20, 1000, 0, 0}[r.IntN(8)],
		step:     []int64{0, 0, 1, 1000, 1 << 33}[r.IntN(5)],
	}
}

func randomValue(r *rand.Rand, c *schemas.Column, f flavour, row int64) any {
	// number picks one of the distinct values.
	number := r.Uint64()
	if f.distinct > 0 {
		number = f.start + uint64(r.IntN(f.distinct))*0x9e3779b97f4a7c15
	}
	if f.narrow {
		number &= 1<<20 - 1
	}
	if f.distinct != 1 && r.IntN(50) == 0 {
		number = []uint64{0, math.MaxUint64, math.MaxInt64, 1 << 63, 1 << 31, 1<<31 - 1}[r.IntN(6)]
	}
	word := func() string { return c.Words.Text[1+number%uint64(len(c.Words.Text)-1)] }
	switch c.Type {
	case schemas.Int16:
		return int64(int16(number))
	case schemas.Int32:
		return int64(int32(number))
	case schemas.Int64, schemas.Timestamp:
		if f.step > 0 {
			return row*f.step + int64(number%64)
		}
		return int64(number)
	case schemas.Bool:
		return number&1 != 0
	case schemas.WordType:
		return word()
	case schemas.Symbol:
		// The empty symbol stands for null, or for the empty string where there is no null.
		if c.Nullable {
			return fmt.Sprintf("symbol %d", number>>40)
		}
		return randomText(number)
	case schemas.Text:
		return randomText(number)
	case schemas.Bytes:
		return string([]byte{byte(number), byte(number >> 8), 0xff, 0}[:number>>60%5])
	case schemas.Address:
		a := table.Addr{Lo: number & math.MaxUint32, Version: 4}
		if number>>40%3 == 0 {
			a = table.Addr{Hi: number >> 20, Lo: number, Version: 6}
		}
		return string(a.AppendText(nil))
	case schemas.MAC:
		return string(table.AppendMAC(nil, number))
	case schemas.WordList:
		list := make([]string, number>>50%4)
		for i := range list {
			list[i] = word()
			number >>= 3
		}
		return list
	}
	panic("type")
}

func randomText(number uint64) string {
	switch number >> 60 {
	case 0:
		return ""
	case 1:
		return strings.Repeat("é", int(number%100)) + "z"
	case 2:
		return strings.Repeat("\U0010FFFF", int(number%40))
	}
	return fmt.Sprint(number)
}

func (x rows) len() int { return len(x.columns[0]) }

// A rowsBatch is a batch of any table.
type rowsBatch struct {
	n       int
	columns []table.Column
}

func (b *rowsBatch) Rows() int               { return b.n }
func (b *rowsBatch) Columns() []table.Column { return b.columns }
func (b *rowsBatch) Reset()                  { panic("not used") }

// batch returns rows lo to hi as a batch. Slots of nulls hold garbage, as in recycled batches.
func (x rows) batch(t *schemas.Table, lo, hi int) *rowsBatch {
	b := &rowsBatch{n: hi - lo}
	for i := range t.Columns {
		b.columns = append(b.columns, batchColumn(&t.Columns[i], x.columns[i][lo:hi]))
	}
	return b
}

func batchColumn(c *schemas.Column, values []any) table.Column {
	n := len(values)
	valid := make([]uint8, n)
	for i, v := range values {
		if v != nil {
			valid[i] = 1
		}
	}
	if !c.Nullable {
		valid = nil
	}
	switch c.Type {
	case schemas.Int16, schemas.Int32:
		x := &table.Int32{Values: make([]int32, n), Valid: valid}
		for i, v := range values {
			x.Values[i] = -77
			if v != nil {
				x.Values[i] = int32(v.(int64))
			}
		}
		return x
	case schemas.Int64, schemas.Timestamp:
		x := &table.Int64{Values: make([]int64, n), Valid: valid}
		for i, v := range values {
			x.Values[i] = -77
			if v != nil {
				x.Values[i] = v.(int64)
			}
		}
		return x
	case schemas.Bool:
		x := &table.Bool{Values: make([]uint8, n), Valid: valid}
		for i, v := range values {
			x.Values[i] = 1
			if v != nil && !v.(bool) {
				x.Values[i] = 0
			}
		}
		return x
	case schemas.WordType:
		x := &table.Word{Codes: make([]uint16, n), List: c.Words}
		for i, v := range values {
			if v != nil {
				x.Codes[i] = c.Words.Number(v.(string))
			}
		}
		return x
	case schemas.Symbol:
		x := &table.Symbol{Codes: make([]uint32, n), Dict: []string{""}}
		seen := map[string]uint32{"": 0}
		for i, v := range values {
			if v == nil {
				continue
			}
			if _, ok := seen[v.(string)]; !ok {
				seen[v.(string)] = uint32(len(x.Dict))
				x.Dict = append(x.Dict, v.(string))
			}
			x.Codes[i] = seen[v.(string)]
		}
		return x
	case schemas.Text, schemas.Bytes:
		x := &table.Text{Offsets: make([]uint32, n+1), Valid: make([]uint8, n)}
		for i, v := range values {
			if v != nil {
				x.Set(i, []byte(v.(string)))
			}
		}
		x.Close(n)
		return x
	case schemas.Address:
		x := &table.Address{Values: make([]table.Addr, n)}
		for i, v := range values {
			if v != nil {
				x.Values[i] = parseAddr(v.(string))
			} else {
				x.Values[i] = table.Addr{Hi: 5, Lo: 6}
			}
		}
		return x
	case schemas.MAC:
		x := &table.MAC{Values: make([]uint64, n), Valid: valid}
		for i, v := range values {
			if v != nil {
				fmt.Sscanf(strings.ReplaceAll(v.(string), ":", ""), "%x", &x.Values[i])
			}
		}
		return x
	case schemas.WordList:
		x := &table.WordList{Offsets: make([]uint32, n+1), Valid: make([]uint8, n), List: c.Words}
		for i, v := range values {
			if v == nil {
				continue
			}
			x.SetEmpty(i)
			for _, w := range v.([]string) {
				x.Append(i, c.Words.Number(w))
			}
		}
		x.Close(n)
		return x
	}
	panic("type")
}
