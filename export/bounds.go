package export

import (
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas"
)

// boundBytes is where bounds of strings are cut, as in parquet-mr: a bound only has to be
// no greater than the least value, or no less than the greatest.
const boundBytes = 64

// shortLeast cuts a lower bound: a prefix sorts before the whole.
func (c *column) shortLeast(v []byte) []byte {
	if c.physical != format.ByteArray || len(v) <= boundBytes {
		return v
	}
	return v[:c.cut(v)]
}

// cut returns where v is cut: between characters, unless the column holds bytes.
func (c *column) cut(v []byte) int {
	n := boundBytes
	if c.def.Type != schemas.Bytes {
		for n > boundBytes-utf8.UTFMax && !utf8.RuneStart(v[n]) {
			n--
		}
	}
	return n
}

// appendShortGreatest cuts an upper bound and increases its last character that can be increased, so
// that it sorts after the whole. Where none can, the whole value is the bound.
func (c *column) appendShortGreatest(dst, v []byte) []byte {
	if c.physical != format.ByteArray || len(v) <= boundBytes {
		return append(dst, v...)
	}
	start := len(dst)
	dst = append(dst, v[:c.cut(v)]...)
	text := c.def.Type != schemas.Bytes
	for len(dst) > start {
		last := len(dst) - 1
		if !text {
			if dst[last] < 0xff {
				dst[last]++
				return dst
			}
			dst = dst[:last]
			continue
		}
		r, size := utf8.DecodeLastRune(dst[start:])
		dst = dst[:len(dst)-size]
		if r == utf8.RuneError && size == 1 {
			break // not UTF-8: no character to increase
		}
		if r++; r == 0xd800 {
			r = 0xe000 // surrogates are no characters
		}
		if r <= utf8.MaxRune {
			return utf8.AppendRune(dst, r)
		}
	}
	return append(dst[:start], v...)
}
