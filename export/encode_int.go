package export

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/plain"
	"github.com/parquet-go/parquet-go/encoding/rle"
)

func leastGreatest[T int32 | int64](values []T) (least, greatest T) {
	if len(values) == 0 {
		return 0, 0
	}
	if inOrder(values) { // frames, times: one comparison each
		return values[0], values[len(values)-1]
	}
	// Four at a time, because each comparison waits for the one before.
	a, b := values[0], values[0]
	c, d, e, f, g, h := a, b, a, b, a, b
	for len(values) >= 4 {
		v := (*[4]T)(values)
		a, b = min(a, v[0]), max(b, v[0])
		c, d = min(c, v[1]), max(d, v[1])
		e, f = min(e, v[2]), max(f, v[2])
		g, h = min(g, v[3]), max(h, v[3])
		values = values[4:]
	}
	for _, v := range values {
		a, b = min(a, v), max(b, v)
	}
	return min(a, c, e, g), max(b, d, f, h)
}

func inOrder[T int32 | int64](values []T) bool {
	last := values[0]
	for _, v := range values {
		if v < last {
			return false
		}
		last = v
	}
	return true
}

var (
	deltaEncoding delta.BinaryPackedEncoding
	codeEncodings = func() (e [33]rle.Encoding) {
		for i := range e {
			e[i].BitWidth = i
		}
		return e
	}()
)

// encodeCodes writes numbers of a dictionary with so many entries: their width, then the RLE hybrid.
func encodeCodes(dst []byte, codes []int32, entries int, f form) []byte {
	width := bits.Len(uint(max(entries, 1) - 1))
	if f == byByteIndex {
		width = (width + 7) &^ 7
	}
	dst = append(dst[:0], byte(width))
	// EncodeInt32 overwrites: it gets what is behind the first byte.
	return append(dst, must(codeEncodings[width].EncodeInt32(dst[1:], codes))...)
}

// encodeRun is encodeCodes for n times one number.
func encodeRun(dst []byte, code int32, n, entries int) []byte {
	width := bits.Len(uint(max(entries, 1) - 1))
	dst = binary.AppendUvarint(append(dst[:0], byte(width)), uint64(n)<<1)
	for at := 0; at < width; at += 8 {
		dst = append(dst, byte(code>>at))
	}
	return dst
}

func deltaInt32(_ *worker, dst []byte, values []int32, _, _ int32) []byte {
	return must(deltaEncoding.EncodeInt32(dst, values))
}

// deltaInt64 encodes 64 bit values by their differences. Where all fit into 32 bits, they are encoded less the first value,
// which then is put in: so both encoders write the same, and that of 32 bits is twice as fast where differences are small.
func deltaInt64(w *worker, dst []byte, values []int64, least, greatest int64) []byte {
	if len(values) == 0 || uint64(greatest)-uint64(least) > math.MaxInt32 {
		return must(deltaEncoding.EncodeInt64(dst, values))
	}
	if smallSteps(values) {
		w.ints = lessFirst(w.ints, values)
		w.less = must(deltaEncoding.EncodeInt32(w.less, w.ints))
	} else {
		w.longs = lessFirst(w.longs, values)
		w.less = must(deltaEncoding.EncodeInt64(w.less, w.longs))
	}
	// Header: values in a block, blocks in it, number of values, first value (here 0).
	at := 0
	for range 3 {
		_, n := binary.Uvarint(w.less[at:])
		at += n
	}
	dst = append(dst[:0], w.less[:at]...)
	dst = binary.AppendVarint(dst, values[0])
	return append(dst, w.less[at+1:]...)
}

// lessFirst puts what values are more than the first of them into dst[:0].
func lessFirst[T int32 | int64](dst []T, values []int64) []T {
	first := values[0]
	dst = slices.Grow(dst[:0], len(values))[:len(values)]
	out := dst
	for len(values) >= 4 {
		x, d := (*[4]int64)(values), (*[4]T)(out)
		d[0], d[1], d[2], d[3] = T(x[0]-first), T(x[1]-first), T(x[2]-first), T(x[3]-first)
		values, out = values[4:], out[4:]
	}
	for i, x := range values {
		out[i] = T(x - first)
	}
	return dst
}

// smallSteps says by a sample whether differences have at most 16 bits. Wider ones take the encoder of 32 bits more than
// twice as long as that of 64 bits, and one of them makes 32 of them wide.
func smallSteps(values []int64) bool {
	const samples = 256
	large := 0
	step := max(len(values)/samples, 1)
	for i := step; i < len(values); i += step {
		if d := values[i] - values[i-1]; d != int64(int16(d)) {
			large++
		}
	}
	return large <= samples/128
}

var plainEncoding plain.Encoding

// encodePlains writes values one after the other.
func encodePlains[T int32 | int64](dst []byte, values []T) []byte {
	switch v := any(values).(type) {
	case []int32:
		return must(plainEncoding.EncodeInt32(dst, v))
	case []int64:
		return must(plainEncoding.EncodeInt64(dst, v))
	}
	panic("no other type")
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
