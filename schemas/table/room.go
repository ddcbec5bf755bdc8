package table

import (
	"unsafe"

	"github.com/pcap-teardown/teardown/schemas"
)

// A room is memory for the columns of a batch. A row is written and read across dozens of columns. If these
// all began at multiples of a page, as large allocations do, their parts of one row would compete for a single set
// of the processor's first cache; so each begins a cache line further than the one before.
type room struct {
	int32s    []int32
	int64s    []int64
	uint32s   []uint32
	uint64s   []uint64
	words     []uint16
	bytes     []uint8
	addresses []Addr
	lines     int // that columns of pieces before are shifted
}

const (
	cacheLine = 64 // bytes
	pageLines = 64
	// pieceColumns is how many columns of one type are allocated at a time: few, because some types have few.
	pieceColumns = 4
)

// take returns room for n values of a column. A piece is what is left of the columns of its type.
func take[T any](r *room, piece *[]T, n int) []T {
	var x T
	line := max(cacheLine/int(unsafe.Sizeof(x)), 1)
	if len(*piece) < n+line {
		*piece = make([]T, r.lines*line+pieceColumns*(n+line))[r.lines*line:]
		r.lines = (r.lines + pieceColumns) % pageLines
	}
	column := (*piece)[:n:n]
	*piece = (*piece)[n+line:]
	return column
}

// validity returns room for the validity of a column, nil where it has no nulls.
func (r *room) validity(c *schemas.Column, n int) []uint8 {
	if !c.Nullable {
		return nil
	}
	return take(r, &r.bytes, n)
}
