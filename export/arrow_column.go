package export

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// arrowColumn is the lane of one column of an Arrow file. It copies, because slots of nulls in
// batches hold what was there before, and the bytes of a file must depend on the rows alone.
type arrowColumn struct {
	def        schemas.Column
	dictionary bool // values are numbers of words
	chunk      *arrowChunk
	addresses  addressIndex // of this record batch
	texts      stringDictionary
	spare      spare[arrowChunk]
}

// An arrowChunk is one column of one record batch, as Arrow lays it out in memory.
type arrowChunk struct {
	rows    int
	nulls   int
	valid   []uint8 // one byte per row, while rows are taken
	bitmap  []byte  // the same in bits
	values  []byte  // of fixed width, little-endian; one byte each for booleans
	offsets []byte  // of texts or lists, int32
	data    []byte  // of texts
	element arrowTexts
}

// arrowTexts are the elements of lists.
type arrowTexts struct {
	n       int
	offsets []byte
	data    []byte
}

func (k *arrowChunk) clear() {
	*k = arrowChunk{valid: k.valid[:0], bitmap: k.bitmap[:0], values: k.values[:0], offsets: k.offsets[:0], data: k.data[:0],
		element: arrowTexts{offsets: k.element.offsets[:0], data: k.element.data[:0]}}
}

func (a *arrowColumn) append(_ *worker, column table.Column, lo, hi int) {
	if a.chunk == nil {
		a.chunk = a.spare.get()
	}
	k := a.chunk
	k.rows += hi - lo
	switch x := column.(type) {
	case *table.Int32:
		valid := k.take(a.nullable(x.Valid), lo, hi)
		if a.def.Type == schemas.Int16 {
			k.values = appendFixed(k.values, 2, x.Values[lo:hi], valid)
		} else {
			k.values = appendFixed(k.values, 4, x.Values[lo:hi], valid)
		}
	case *table.Int64:
		k.values = appendFixed(k.values, 8, x.Values[lo:hi], k.take(a.nullable(x.Valid), lo, hi))
	case *table.Bool:
		k.values = appendFixed(k.values, 1, x.Values[lo:hi], k.take(a.nullable(x.Valid), lo, hi))
	case *table.Word:
		a.words(k, x.Codes[lo:hi])
	case *table.Symbol:
		for _, c := range x.Codes[lo:hi] {
			a.text(k, x.Dict[c], c != 0)
		}
	case *table.Text:
		for i := lo; i < hi; i++ {
			a.bytes(k, x.Value(i), x.Valid[i] != 0)
		}
	case *table.Address:
		for i := lo; i < hi; i++ {
			v := &x.Values[i]
			if v.Version == 0 {
				a.text(k, "", false)
				continue
			}
			a.bytes(k, a.addressText(v), true)
		}
	case *table.MAC:
		var room [17]byte
		for i := lo; i < hi; i++ {
			valid := x.Valid == nil || x.Valid[i] != 0
			a.bytes(k, table.AppendMAC(room[:0], x.Values[i]), valid)
		}
	case *table.WordList:
		a.lists(k, x, lo, hi)
	}
}

// nullable returns the validity of a column that may have nulls, else nil.
func (a *arrowColumn) nullable(valid []uint8) []uint8 {
	if !a.def.Nullable {
		return nil
	}
	return valid
}

func (k *arrowChunk) take(valid []uint8, lo, hi int) []uint8 {
	if valid == nil {
		return nil
	}
	k.valid = append(k.valid, valid[lo:hi]...)
	k.nulls += hi - lo - countOnes(valid[lo:hi])
	return valid[lo:hi]
}

// mark notes whether the next row is valid, in columns that may have nulls.
func (a *arrowColumn) mark(k *arrowChunk, valid bool) bool {
	if !a.def.Nullable {
		return true
	}
	var one uint8
	if valid {
		one = 1
	}
	k.valid = append(k.valid, one)
	k.nulls += 1 - int(one)
	return valid
}

// appendFixed appends values of a width in bytes, nulls as zero.
func appendFixed[T uint8 | int32 | int64](dst []byte, width int, values []T, valid []uint8) []byte {
	at := len(dst)
	dst = slices.Grow(dst, width*len(values))[:at+width*len(values)]
	out := dst[at:]
	for i, v := range values {
		if valid != nil {
			v *= T(valid[i])
		}
		switch width {
		case 1:
			out[i] = byte(v)
		case 2:
			binary.LittleEndian.PutUint16(out[2*i:], uint16(v))
		case 4:
			binary.LittleEndian.PutUint32(out[4*i:], uint32(v))
		case 8:
			binary.LittleEndian.PutUint64(out[8*i:], uint64(v))
		}
	}
	return dst
}

func (a *arrowColumn) words(k *arrowChunk, codes []uint16) {
	for _, c := range codes {
		if a.dictionary {
			// The dictionary has every word with its own number; that of null is the empty string.
			a.mark(k, c != 0)
			k.values = binary.LittleEndian.AppendUint16(k.values, c)
			continue
		}
		a.text(k, a.def.Words.Text[c], c != 0)
	}
}

// text appends one text, or a null.
func (a *arrowColumn) text(k *arrowChunk, s string, valid bool) {
	if a.mark(k, valid) {
		if utf8.ValidString(s) {
			k.data = append(k.data, s...)
		} else {
			k.data = append(k.data, strings.ToValidUTF8(s, "\uFFFD")...)
		}
	}
	k.offsets = appendOffset(k.offsets, len(k.data))
}

func (a *arrowColumn) bytes(k *arrowChunk, s []byte, valid bool) {
	if a.mark(k, valid) {
		k.data = appendText(k.data, s, a.def.Type != schemas.Bytes)
	}
	k.offsets = appendOffset(k.offsets, len(k.data))
}

// appendOffset appends where a text ends, and where the first begins.
func appendOffset(dst []byte, end int) []byte {
	if len(dst) == 0 {
		dst = append(dst, 0, 0, 0, 0)
	}
	return binary.LittleEndian.AppendUint32(dst, uint32(end))
}

// addressText returns the text of an address, made once per record batch.
func (a *arrowColumn) addressText(v *table.Addr) []byte {
	n, added := a.addresses.code(v)
	if added {
		var room [40]byte
		a.texts.add(v.AppendText(room[:0]))
	}
	return a.texts.text(n)
}

func (a *arrowColumn) lists(k *arrowChunk, x *table.WordList, lo, hi int) {
	e := &k.element
	for i := lo; i < hi; i++ {
		if a.mark(k, x.Valid[i] != 0) {
			for _, c := range x.Codes[x.Offsets[i]:x.Offsets[i+1]] {
				e.data = append(e.data, x.List.Text[c]...)
				e.offsets = appendOffset(e.offsets, len(e.data))
				e.n++
			}
		}
		k.offsets = appendOffset(k.offsets, e.n)
	}
}

func (a *arrowColumn) recycle(x any) {
	k := x.(*arrowChunk)
	k.clear()
	a.spare.put(k)
}

// finish turns validity into bits.
func (a *arrowColumn) finish(*worker) any {
	k := a.chunk
	if k.nulls > 0 {
		k.bitmap = packBits(k.bitmap[:0], k.valid)
	}
	if a.def.Type == schemas.Bool {
		k.data = packBits(k.data[:0], k.values)
	}
	a.addresses.reset()
	a.texts.reset()
	a.chunk = nil
	return k
}
