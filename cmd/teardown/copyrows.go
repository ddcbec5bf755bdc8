package main

import (
	"fmt"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// copyRows appends rows lo to hi of a batch to another one, which has room for them. Its texts
// must be closed at the end.
func copyRows(dst, src *table.Packets, lo, hi int) {
	at := dst.N
	to := dst.Columns()
	for k, column := range src.Columns() {
		switch c := column.(type) {
		case *table.Int32:
			d := to[k].(*table.Int32)
			copy(d.Values[at:], c.Values[lo:hi])
			copyValid(d.Valid, c.Valid, at, lo, hi)
		case *table.Int64:
			d := to[k].(*table.Int64)
			copy(d.Values[at:], c.Values[lo:hi])
			copyValid(d.Valid, c.Valid, at, lo, hi)
		case *table.Bool:
			d := to[k].(*table.Bool)
			copy(d.Values[at:], c.Values[lo:hi])
			copyValid(d.Valid, c.Valid, at, lo, hi)
		case *table.MAC:
			d := to[k].(*table.MAC)
			copy(d.Values[at:], c.Values[lo:hi])
			copyValid(d.Valid, c.Valid, at, lo, hi)
		case *table.Word:
			copy(to[k].(*table.Word).Codes[at:], c.Codes[lo:hi])
		case *table.Address:
			copy(to[k].(*table.Address).Values[at:], c.Values[lo:hi])
		case *table.Symbol:
			copySymbols(to[k].(*table.Symbol), c, at, lo, hi)
		case *table.Text:
			d := to[k].(*table.Text)
			for i := lo; i < hi; i++ {
				if c.Valid[i] != 0 {
					d.Set(at+i-lo, c.Value(i))
				}
			}
		default:
			panic(fmt.Sprintf("teardown: packets has a column of type %T", column))
		}
	}
	dst.N += hi - lo
}

func copyValid(dst, src []uint8, at, lo, hi int) {
	if src != nil {
		copy(dst[at:], src[lo:hi])
	}
}

// copySymbols gives the strings the numbers that they have in the other batch.
func copySymbols(dst, src *table.Symbol, at, lo, hi int) {
	last, number := uint32(0), uint32(0)
	for i := lo; i < hi; i++ {
		if code := src.Codes[i]; code != last {
			last, number = code, 0
			if code != 0 {
				number = dst.Code(src.Dict[code])
			}
		}
		dst.Codes[at+i-lo] = number
	}
}

// closeTexts gives every row its end.
func closeTexts(b *table.Packets) {
	for _, column := range b.Columns() {
		if t, ok := column.(*table.Text); ok {
			t.Close(b.N)
		}
	}
}
