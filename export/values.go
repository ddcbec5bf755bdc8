package export

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// take counts rows lo to hi, of which valid says which are not null, and returns how many values
// they hold. valid is nil in columns without nulls.
func (p *page) take(valid []uint8, lo, hi int) int {
	n := hi - lo
	if valid == nil {
		p.entries += n
		return n
	}
	valid = valid[lo:hi]
	ones := countOnes(valid)
	switch ones {
	case n:
		p.uniform(n, true)
	case 0:
		p.uniform(n, false)
	default:
		copy(p.levels(n), valid)
		p.nulls += n - ones
	}
	return ones
}

// countOnes counts the ones among bytes that are 0 or 1.
func countOnes(b []uint8) int { return bytes.Count(b, []byte{1}) }

// room returns dst with room for n more values of a page. From the second batch on, that is room for a whole page:
// to double it again and again would touch twice as much memory.
func room[T any](dst []T, n int) []T {
	if need := len(dst) + n; need <= cap(dst) || need > pageRows || len(dst) == 0 {
		return slices.Grow(dst, n) // lists have more values than rows
	}
	return append(make([]T, 0, pageRows), dst...)
}

// twice returns dst with room for n more, and with twice the room where that was not enough: append adds a quarter to what
// is large, so that what it leaves behind takes several times the memory of what is needed.
func twice[T any](dst []T, n int) []T {
	if len(dst)+n > cap(dst) {
		return slices.Grow(dst, max(cap(dst), 64)+n)
	}
	return dst
}

// appendValid appends the values that are not null; ones is their number.
func appendValid[T any](dst, src []T, valid []uint8, ones int) []T {
	switch ones {
	case len(src):
		return append(room(dst, len(src)), src...)
	case 0:
		return dst
	}
	n := len(dst)
	dst = room(dst, len(src)) // also for a value after the last that is kept
	out := dst[:n+len(src)]
	valid = valid[:len(src)]
	if 8*changes(valid) < len(src) {
		return appendRuns(dst, src, valid)
	}
	for i, v := range src {
		out[n] = v
		n += int(valid[i])
	}
	return dst[:n]
}

// changes counts the changes between values and nulls: bytes that are 0 or 1 and differ from the next one.
func changes(valid []uint8) int {
	n := 0
	for ; len(valid) > 8; valid = valid[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(valid) ^ binary.LittleEndian.Uint64(valid[1:]))
	}
	for i := 1; i < len(valid); i++ {
		n += int(valid[i] ^ valid[i-1])
	}
	return n
}

// appendRuns is appendValid for few changes between values and nulls, as where packets of a protocol come in bursts. dst
// has room.
func appendRuns[T any](dst, src []T, valid []uint8) []T {
	for lo, hi := nextRun(valid, 0); lo < hi; lo, hi = nextRun(valid, hi) {
		dst = append(dst, src[lo:hi]...)
	}
	return dst
}

// nextRun returns the range of the next values that are not null, from a row on; it is empty where there are none.
func nextRun(valid []uint8, from int) (lo, hi int) {
	n := bytes.IndexByte(valid[from:], 1)
	if n < 0 {
		return len(valid), len(valid)
	}
	lo = from + n
	if n = bytes.IndexByte(valid[lo:], 0); n < 0 {
		return lo, len(valid)
	}
	return lo, lo + n
}

// boolValues are the values of a page of booleans, one byte each.
type boolValues struct {
	values []uint8
	ones   int
}

func (b *boolValues) append(p *page, c table.Column, lo, hi int) {
	x := c.(*table.Bool)
	n := p.take(x.Valid, lo, hi)
	b.values = appendValid(b.values, x.Values[lo:hi], validRange(x.Valid, lo, hi), n)
}

// validRange slices validity, which may be nil.
func validRange(valid []uint8, lo, hi int) []uint8 {
	if valid == nil {
		return nil
	}
	return valid[lo:hi]
}

// encode writes the RLE hybrid with its length before it, in the only forms that all readers take alike: no
// bytes for no values, a run of zeros, or all values as bits. (A run of ones has the value 1 for DuckDB and
// 0xff for parquet-go, which also has no runs of other than whole bytes.)
func (b *boolValues) encode(_ *worker, dst []byte, _ form) ([]byte, format.Encoding) {
	n := len(b.values)
	b.ones = countOnes(b.values)
	dst = append(dst[:0], 0, 0, 0, 0)
	switch {
	case n == 0:
	case b.ones == 0:
		dst = appendRun(dst, n, 0)
	default:
		dst = packBits(binary.AppendUvarint(dst, uint64((n+7)/8)<<1|1), b.values)
	}
	binary.LittleEndian.PutUint32(dst, uint32(len(dst)-4))
	return dst, format.RLE
}

// packBits appends bytes that are 0 or 1 as bits, the least significant first.
func packBits(dst, values []byte) []byte {
	for len(values) >= 8 {
		// The product brings the lowest bits of the eight bytes into the top byte.
		dst = append(dst, byte(binary.LittleEndian.Uint64(values)*0x0102040810204080>>56))
		values = values[8:]
	}
	if len(values) > 0 {
		var last byte
		for k, v := range values {
			last |= v << k
		}
		dst = append(dst, last)
	}
	return dst
}

var plainBools = [...][]byte{{0}, {1}}

func (b *boolValues) bounds() (least, greatest []byte, ok bool) {
	least, greatest = plainBools[0], plainBools[1]
	if b.ones == len(b.values) {
		least = greatest
	}
	if b.ones == 0 {
		greatest = plainBools[0]
	}
	return least, greatest, len(b.values) > 0
}

func (b *boolValues) clear()                                             { b.values = b.values[:0] }
func (b *boolValues) dictionary(*worker) ([]byte, int)                   { return nil, 0 }
func (b *boolValues) reset() bool                                        { return false }
func (b *boolValues) forms(*worker, *page) []form                        { return onlyValues }
func (b *boolValues) sample(_ *worker, dst []byte, _ form) ([]byte, int) { return dst[:0], 0 }
func (b *boolValues) settle(form)                                        {}
func (b *boolValues) unsettle() bool                                     { return true }

// What columns offer that have little or nothing to choose.
var (
	onlyValues = []form{byValue}
	onlyIndex  = []form{byIndex}
	onlyDelta  = []form{byDelta}
	anyIndex   = []form{byIndex, byByteIndex}
	noIndex    = []form{byDelta, byValue}
	anyForm    = []form{byIndex, byByteIndex, byDelta, byValue}
)

// textValues are the values of a page of texts that seldom repeat.
type textValues struct {
	nullable        bool
	text            bool // must be UTF-8
	offsets         []uint32
	data            []byte
	least, greatest []byte
}

var textEncoding delta.LengthByteArrayEncoding

func (t *textValues) append(p *page, c table.Column, lo, hi int) {
	x := c.(*table.Text)
	valid := x.Valid
	if !t.nullable {
		valid = nil
	}
	p.take(valid, lo, hi)
	if len(t.offsets) == 0 {
		t.offsets = append(t.offsets, 0)
	}
	if valid == nil {
		t.take(x, lo, hi)
		return
	}
	for lo, end := nextRun(valid[:hi], lo); lo < hi; lo, end = nextRun(valid[:hi], end) {
		t.take(x, lo, end)
	}
}

// take takes rows lo to hi, none of which is null.
func (t *textValues) take(x *table.Text, lo, hi int) {
	t.offsets = twice(t.offsets, hi-lo)
	data := x.Data[x.Offsets[lo]:x.Offsets[hi]]
	if t.text && !isASCII(data) {
		for i := lo; i < hi; i++ {
			value := x.Value(i)
			t.data = appendText(twice(t.data, len(value)), value, true)
			t.offsets = append(t.offsets, uint32(len(t.data)))
		}
		return
	}
	more := uint32(len(t.data)) - x.Offsets[lo]
	t.data = append(twice(t.data, len(data)), data...)
	for _, end := range x.Offsets[lo+1 : hi+1] {
		t.offsets = append(t.offsets, end+more)
	}
}

// isASCII says whether a text has only characters of 7 bits.
func isASCII(text []byte) bool {
	var all uint64
	for len(text) >= 8 {
		all |= binary.LittleEndian.Uint64(text)
		text = text[8:]
	}
	for _, c := range text {
		all |= uint64(c)
	}
	return all&0x8080808080808080 == 0
}

func (t *textValues) encode(_ *worker, dst []byte, _ form) ([]byte, format.Encoding) {
	if len(t.offsets) == 0 {
		t.offsets = append(t.offsets, 0)
	}
	for i := 1; i < len(t.offsets); i++ {
		v := t.data[t.offsets[i-1]:t.offsets[i]]
		if i == 1 || string(v) < string(t.least) {
			t.least = v
		}
		if i == 1 || string(v) > string(t.greatest) {
			t.greatest = v
		}
	}
	return encodeTexts(dst, t.data, t.offsets)
}

// encodeTexts writes texts that stand one after the other in data: all lengths, then data. Compared with texts that have their
// lengths before them, that is smaller when it is compressed, and much faster to compress.
func encodeTexts(dst, data []byte, offsets []uint32) ([]byte, format.Encoding) {
	return must(textEncoding.EncodeByteArray(dst, data, offsets)), format.DeltaLengthByteArray
}

func (t *textValues) bounds() (least, greatest []byte, ok bool) {
	return t.least, t.greatest, len(t.offsets) > 1
}

func (t *textValues) clear()                                             { t.offsets, t.data = t.offsets[:0], t.data[:0] }
func (t *textValues) dictionary(*worker) ([]byte, int)                   { return nil, 0 }
func (t *textValues) reset() bool                                        { return false }
func (t *textValues) forms(*worker, *page) []form                        { return onlyValues }
func (t *textValues) sample(_ *worker, dst []byte, _ form) ([]byte, int) { return dst[:0], 0 }
func (t *textValues) settle(form)                                        {}
func (t *textValues) unsettle() bool                                     { return true }

// must takes the result of an encoder that cannot fail: the types fit and the widths are valid.
func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
