package table

import (
	"fmt"

	"github.com/pcap-teardown/teardown/schemas"
)

// BatchRows is the usual capacity of a batch.
const BatchRows = 4096

// FewerRows is that of a batch where there are one or two workers: all columns of those that are on their way stay in
// caches meanwhile, which with BatchRows they do not.
const FewerRows = 1024

// ConnectionRows is that of a batch of connections, which are few and have a hundred columns.
const ConnectionRows = 512

// A Column is one of *Int32, *Int64, *Bool, *Word, *Symbol, *Text, *Address, *MAC, *WordList.
type Column interface {
	initialise(r *room, c *schemas.Column, capacity int)
	reset(rows int)
	forget(row int)         // makes one row null, or zero where the column has no nulls
	repeat(from, at, n int) // see Repeat
}

// A Batch is a number of rows of one table.
type Batch interface {
	Rows() int
	Columns() []Column // in the order of the table's Column.Index
	Reset()
}

// Int32 holds columns of type Int16 and Int32.
type Int32 struct {
	Values []int32
	Valid  []uint8 // nil where the column has no nulls
}

// Int64 holds columns of type Int64 and Timestamp.
type Int64 struct {
	Values []int64
	Valid  []uint8 // nil where the column has no nulls
}

// Bool holds columns of type Bool; a value is 0 or 1.
type Bool struct {
	Values []uint8
	Valid  []uint8 // nil where the column has no nulls
}

// Word holds columns of type WordType: numbers of words in List, 0 for null.
type Word struct {
	Codes []uint16
	List  *schemas.Words
}

// MAC holds IEEE 802 addresses in the low 48 bits.
type MAC struct {
	Values []uint64
	Valid  []uint8
}

// Address holds IP addresses; null has version 0.
type Address struct {
	Values []Addr
}

// Text holds columns of type Text and Bytes, whose values are set in row order: the value of
// row i is Data[Offsets[i]:Offsets[i+1]].
type Text struct {
	Offsets []uint32
	Data    []byte
	Valid   []uint8
	set     int // rows whose end is known
}

// WordList holds lists of words, set in row order: the list of row i is
// Codes[Offsets[i]:Offsets[i+1]], null where Valid is 0.
type WordList struct {
	Offsets []uint32
	Codes   []uint16
	Valid   []uint8
	List    *schemas.Words
	set     int
}

func (x *Int32) initialise(r *room, c *schemas.Column, n int) {
	x.Values, x.Valid = take(r, &r.int32s, n), r.validity(c, n)
}
func (x *Int64) initialise(r *room, c *schemas.Column, n int) {
	x.Values, x.Valid = take(r, &r.int64s, n), r.validity(c, n)
}
func (x *Bool) initialise(r *room, c *schemas.Column, n int) {
	x.Values, x.Valid = take(r, &r.bytes, n), r.validity(c, n)
}
func (x *Word) initialise(r *room, c *schemas.Column, n int) {
	x.Codes, x.List = take(r, &r.words, n), c.Words
}
func (x *MAC) initialise(r *room, c *schemas.Column, n int) {
	x.Values, x.Valid = take(r, &r.uint64s, n), r.validity(c, n)
}
func (x *Address) initialise(r *room, _ *schemas.Column, n int) { x.Values = take(r, &r.addresses, n) }
func (x *Text) initialise(r *room, c *schemas.Column, n int) {
	x.Offsets, x.Valid = take(r, &r.uint32s, n+1), take(r, &r.bytes, n)
}
func (x *WordList) initialise(r *room, c *schemas.Column, n int) {
	x.Offsets, x.Valid, x.List = take(r, &r.uint32s, n+1), take(r, &r.bytes, n), c.Words
}

// The values of columns with validity need not be cleared.

func (x *Int32) reset(n int) {
	if x.Valid != nil {
		clear(x.Valid[:n])
	} else {
		clear(x.Values[:n])
	}
}
func (x *Int64) reset(n int) {
	if x.Valid != nil {
		clear(x.Valid[:n])
	} else {
		clear(x.Values[:n])
	}
}
func (x *Bool) reset(n int) {
	if x.Valid != nil {
		clear(x.Valid[:n])
	} else {
		clear(x.Values[:n])
	}
}
func (x *Word) reset(n int)    { clear(x.Codes[:n]) }
func (x *MAC) reset(n int)     { clear(x.Valid[:n]) }
func (x *Address) reset(n int) { clear(x.Values[:n]) }
func (x *Text) reset(n int) {
	clear(x.Valid[:n])
	clear(x.Offsets[:n+1])
	x.Data, x.set = x.Data[:0], 0
}
func (x *WordList) reset(n int) {
	clear(x.Valid[:n])
	clear(x.Offsets[:n+1])
	x.Codes, x.set = x.Codes[:0], 0
}

func (x *Int32) forget(i int) {
	if x.Values[i] = 0; x.Valid != nil {
		x.Valid[i] = 0
	}
}
func (x *Int64) forget(i int) {
	if x.Values[i] = 0; x.Valid != nil {
		x.Valid[i] = 0
	}
}
func (x *Bool) forget(i int) {
	if x.Values[i] = 0; x.Valid != nil {
		x.Valid[i] = 0
	}
}
func (x *Word) forget(i int)     { x.Codes[i] = 0 }
func (x *MAC) forget(i int)      { x.Valid[i] = 0 }
func (x *Address) forget(i int)  { x.Values[i] = Addr{} }
func (x *Text) forget(i int)     { x.Valid[i] = 0 }
func (x *WordList) forget(i int) { x.Valid[i] = 0 }

// Set makes row i hold v.
func (x *Int32) Set(i int, v int32) {
	x.Values[i] = v
	if x.Valid != nil {
		x.Valid[i] = 1
	}
}

// Set makes row i hold v.
func (x *Int64) Set(i int, v int64) {
	x.Values[i] = v
	if x.Valid != nil {
		x.Valid[i] = 1
	}
}

// Set makes row i hold v.
func (x *Bool) Set(i int, v bool) {
	var b uint8
	if v {
		b = 1
	}
	x.Values[i] = b
	if x.Valid != nil {
		x.Valid[i] = 1
	}
}

// Set makes row i hold the MAC address in the low 48 bits of v.
func (x *MAC) Set(i int, v uint64) { x.Values[i], x.Valid[i] = v, 1 }

// Null reports whether row i is null.
func (x *Int32) Null(i int) bool { return x.Valid != nil && x.Valid[i] == 0 }

// Null reports whether row i is null.
func (x *Int64) Null(i int) bool { return x.Valid != nil && x.Valid[i] == 0 }

// Null reports whether row i is null.
func (x *Bool) Null(i int) bool { return x.Valid != nil && x.Valid[i] == 0 }

// Set makes row i hold v. Rows must be set in order; rows left out are null.
func (x *Text) Set(i int, v []byte) {
	x.finish(i)
	x.Data = append(x.Data, v...)
	x.Valid[i] = 1
	x.set = i + 1
	x.Offsets[i+1] = uint32(len(x.Data))
}

// finish closes the rows before row i. Readers of Offsets call Close first.
func (x *Text) finish(i int) {
	if x.set >= i {
		return
	}
	end := uint32(len(x.Data))
	ends := x.Offsets[x.set+1 : i+1]
	for k := range ends {
		ends[k] = end
	}
	x.set = i
}

// Close gives every one of the first n rows its end; the writer of a batch calls it last.
func (x *Text) Close(n int) { x.finish(n) }

// Value returns the bytes of row i, which must be closed.
func (x *Text) Value(i int) []byte { return x.Data[x.Offsets[i]:x.Offsets[i+1]] }

// Append adds a word to the list of row i and makes it not null. Rows must be filled in order.
func (x *WordList) Append(i int, word uint16) {
	x.finish(i)
	x.Codes = append(x.Codes, word)
	x.Valid[i] = 1
	x.Offsets[i+1] = uint32(len(x.Codes))
	if x.set < i {
		x.set = i
	}
}

// SetEmpty makes the list of row i empty and not null.
func (x *WordList) SetEmpty(i int) {
	x.finish(i)
	x.Valid[i] = 1
	x.Offsets[i+1] = uint32(len(x.Codes))
}

func (x *WordList) finish(i int) {
	for x.set < i {
		x.set++
		if x.Offsets[x.set] < x.Offsets[x.set-1] {
			x.Offsets[x.set] = x.Offsets[x.set-1]
		}
	}
}

// Close gives every one of the first n rows its end; the writer of a batch calls it last.
func (x *WordList) Close(n int) { x.finish(n) }

func initialise(columns []Column, t *schemas.Table, capacity int) {
	if len(columns) != len(t.Columns) {
		panic(fmt.Sprintf("table: %s has %d columns, its batch %d", t.Name, len(t.Columns), len(columns)))
	}
	r := new(room)
	for i, c := range columns {
		c.initialise(r, &t.Columns[i], capacity)
	}
}

func reset(columns []Column, rows int) {
	for _, c := range columns {
		c.reset(rows)
	}
}
