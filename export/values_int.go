package export

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// How the values of a column chunk are encoded is decided at its first page with a value.
const (
	undecided = iota
	byDictionary
	byDelta // and so all that follow
)

const (
	sampleValues = 4096    // values of the first page that are looked at
	sampleRepeat = 8       // a dictionary is tried where each value stands this often in them
	intEntries   = 1 << 14 // a dictionary with more entries is given up
)

// intValues are the values of a page of integers: indexes into a dictionary where few
// values repeat, else differences.
type intValues[T int32 | int64] struct {
	values          []T
	mode            uint8
	seen            numberIndex
	codes           []int32
	plain           []byte
	least, greatest T
	bound           [16]byte
	take            func(p *page, v *intValues[T], c table.Column, lo, hi int)
	encodeDelta     func(v *intValues[T], w *worker, dst []byte) ([]byte, error)
}

func newInt32Values() *intValues[int32] {
	return &intValues[int32]{take: takeInt32, encodeDelta: deltaInt32}
}

func newInt64Values() *intValues[int64] {
	return &intValues[int64]{take: takeInt64, encodeDelta: deltaInt64}
}

func takeInt32(p *page, v *intValues[int32], c table.Column, lo, hi int) {
	x := c.(*table.Int32)
	n := p.take(x.Valid, lo, hi)
	v.values = appendValid(v.values, x.Values[lo:hi], validRange(x.Valid, lo, hi), n)
}

func takeInt64(p *page, v *intValues[int64], c table.Column, lo, hi int) {
	x := c.(*table.Int64)
	n := p.take(x.Valid, lo, hi)
	v.values = appendValid(v.values, x.Values[lo:hi], validRange(x.Valid, lo, hi), n)
}

func (v *intValues[T]) append(p *page, c table.Column, lo, hi int) { v.take(p, v, c, lo, hi) }

var (
	deltaEncoding delta.BinaryPackedEncoding
	codeEncoding  rle.DictionaryEncoding
)

func (v *intValues[T]) encode(w *worker, dst []byte) ([]byte, format.Encoding, error) {
	v.least, v.greatest = leastGreatest(v.values)
	if len(v.values) == 0 {
		// Also without values there is a value section: the header of no differences.
		dst, err := v.encodeDelta(v, w, dst)
		return dst, format.DeltaBinaryPacked, err
	}
	if v.mode == undecided {
		v.decide()
	}
	if v.mode == byDictionary {
		known := v.seen.len()
		v.codes = slices.Grow(v.codes[:0], len(v.values))[:len(v.values)]
		for i, x := range v.values {
			v.codes[i] = v.seen.code(uint64(int64(x)))
		}
		if v.seen.len() <= intEntries {
			dst, err := codeEncoding.EncodeInt32(dst, v.codes)
			return dst, format.RLEDictionary, err
		}
		v.seen.cut(known) // no page needs the entries of this one
		v.mode = byDelta
	}
	dst, err := v.encodeDelta(v, w, dst)
	return dst, format.DeltaBinaryPacked, err
}

// decide looks at the first values of the chunk.
func (v *intValues[T]) decide() {
	sample := v.values[:min(len(v.values), sampleValues)]
	most := max(len(sample)/sampleRepeat, 2)
	v.mode = byDictionary
	for _, x := range sample {
		v.seen.code(uint64(int64(x)))
		if v.seen.len() > most {
			v.mode = byDelta
			break
		}
	}
	v.seen.reset()
}

func leastGreatest[T int32 | int64](values []T) (least, greatest T) {
	if len(values) == 0 {
		return 0, 0
	}
	least, greatest = values[0], values[0]
	for _, x := range values[1:] {
		least, greatest = min(least, x), max(greatest, x)
	}
	return least, greatest
}

func deltaInt32(v *intValues[int32], _ *worker, dst []byte) ([]byte, error) {
	return deltaEncoding.EncodeInt32(dst, v.values)
}

// deltaInt64 encodes 64 bit values by their differences. Where these fit into 32 bits, the
// encoder of 32 bits is several times as fast and writes the same but for the first value.
func deltaInt64(v *intValues[int64], w *worker, dst []byte) ([]byte, error) {
	if len(v.values) == 0 || uint64(v.greatest)-uint64(v.least) > math.MaxInt32 {
		return deltaEncoding.EncodeInt64(dst, v.values)
	}
	first := v.values[0]
	w.ints = slices.Grow(w.ints[:0], len(v.values))[:len(v.values)]
	for i, x := range v.values {
		w.ints[i] = int32(x - first)
	}
	var err error
	if w.narrow, err = deltaEncoding.EncodeInt32(w.narrow, w.ints); err != nil {
		return dst, err
	}
	// Header: values in a block, blocks in it, number of values, first value (here 0).
	at := 0
	for range 3 {
		_, n := binary.Uvarint(w.narrow[at:])
		at += n
	}
	dst = append(dst[:0], w.narrow[:at]...)
	dst = binary.AppendVarint(dst, first)
	return append(dst, w.narrow[at+1:]...), nil
}

func (v *intValues[T]) bounds() (least, greatest []byte, ok bool) {
	b := v.bound[:0]
	b = appendPlain(b, v.least)
	n := len(b)
	b = appendPlain(b, v.greatest)
	return b[:n], b[n:], len(v.values) > 0
}

func appendPlain[T int32 | int64](dst []byte, x T) []byte {
	switch x := any(x).(type) {
	case int32:
		return binary.LittleEndian.AppendUint32(dst, uint32(x))
	case int64:
		return binary.LittleEndian.AppendUint64(dst, uint64(x))
	}
	return dst
}

func (v *intValues[T]) clear() { v.values = v.values[:0] }

func (v *intValues[T]) dictionary() ([]byte, int) {
	v.plain = v.plain[:0]
	for _, k := range v.seen.keys {
		v.plain = appendPlain(v.plain, T(k))
	}
	return v.plain, v.seen.len()
}

func (v *intValues[T]) reset() {
	v.mode = undecided
	v.seen.reset()
}
