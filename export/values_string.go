package export

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"
)

// A stringDictionary holds different texts in the order in which they appeared.
type stringDictionary struct {
	plain  []byte   // PLAIN encoding: each with its length in four bytes before it
	ends   []uint32 // of the entries in plain
	prefix []uint64 // the first eight bytes of each, most significant first
}

// add makes a text the next entry.
func (d *stringDictionary) add(text []byte) int32 {
	d.plain = binary.LittleEndian.AppendUint32(twice(d.plain, 4+len(text)), uint32(len(text)))
	d.plain = append(d.plain, text...)
	d.ends = append(twice(d.ends, 1), uint32(len(d.plain)))
	var first [8]byte
	copy(first[:], text)
	d.prefix = append(twice(d.prefix, 1), binary.BigEndian.Uint64(first[:]))
	return int32(len(d.ends) - 1)
}

func (d *stringDictionary) len() int { return len(d.ends) }

// start returns where entry n starts in plain.
func (d *stringDictionary) start(n int32) uint32 {
	if n == 0 {
		return 0
	}
	return d.ends[n-1]
}

func (d *stringDictionary) text(n int32) []byte { return d.plain[d.start(n)+4 : d.ends[n]] }

// cut forgets all entries but the first n.
func (d *stringDictionary) cut(n int) {
	d.plain, d.ends, d.prefix = d.plain[:d.start(int32(n))], d.ends[:n], d.prefix[:n]
}

func (d *stringDictionary) reset() {
	d.plain, d.ends, d.prefix = d.plain[:0], d.ends[:0], d.prefix[:0]
}

const (
	// A dictionary beyond the first size is given up unless its entries stand twice each,
	// and beyond the second in any case.
	stringBytes, mostStringBytes = 1 << 20, 4 << 20
)

// stringValues are the values of a page of texts that repeat, as numbers of a dictionary. Once
// the dictionary has grown too large, each page has one of its own that is not
// written: it only keeps texts from being made more than once.
type stringValues struct {
	codes           []int32
	one             int32 // the only number of the page, while there are no others
	ones            int   // how many times; then codes is empty
	dict            stringDictionary
	forget          func() // the index of dict starts anew
	values          int    // of the chunk before this page
	direct          bool   // no dictionary for this page and all that follow in the chunk
	sealed          []byte // dictionary of the pages before
	sealedLen       int
	firsts          []int32 // some of codes, among them each that the page has; empty: not known
	held            []uint8 // 1 for entries that the page holds; all 0 between pages
	least, greatest int32
}

var noTexts = []uint32{0}

func (s *stringValues) forms(*worker, *page) []form {
	s.gather()
	switch {
	case s.direct:
		return onlyValues
	case s.ones > 0 || len(s.codes) < 8:
		return onlyIndex
	}
	return anyIndex
}

// sample needs no bytes of the dictionary: all forms have the same.
func (s *stringValues) sample(_ *worker, dst []byte, f form) ([]byte, int) {
	lo, hi := sampled(len(s.codes))
	return encodeCodes(dst, s.codes[lo:hi], s.dict.len(), f), 0
}

func (s *stringValues) settle(form)    {}
func (s *stringValues) unsettle() bool { return true }

func (s *stringValues) encode(w *worker, dst []byte, f form) ([]byte, format.Encoding) {
	if s.len() == 0 {
		return encodeTexts(dst, nil, noTexts)
	}
	if s.direct {
		s.spread()
	}
	if s.ones > 0 {
		s.least, s.greatest = s.one, s.one
		return encodeRun(dst, s.one, s.ones, s.dict.len()), format.RLEDictionary
	}
	n := len(s.codes)
	s.findBounds()
	if s.values == 0 && 4*s.dict.len() > 3*n && n >= 256 {
		s.direct = true
	}
	if s.direct {
		w.texts, w.ends = w.texts[:0], append(w.ends[:0], 0)
		for _, c := range s.codes {
			w.texts = append(w.texts, s.dict.text(c)...)
			w.ends = append(w.ends, uint32(len(w.texts)))
		}
		return encodeTexts(dst, w.texts, w.ends)
	}
	return encodeCodes(dst, s.codes, s.dict.len(), f), format.RLEDictionary
}

// findBounds looks at each entry once that the page holds.
func (s *stringValues) findBounds() {
	d, codes := &s.dict, s.codes
	if len(s.firsts) > 0 {
		codes = s.firsts
	}
	if d.len() <= 64 {
		var seen [64]uint8
		for len(codes) >= 4 {
			c := (*[4]int32)(codes)
			seen[c[0]&63], seen[c[1]&63], seen[c[2]&63], seen[c[3]&63] = 1, 1, 1, 1
			codes = codes[4:]
		}
		for _, c := range codes {
			seen[c&63] = 1
		}
		var held uint64
		for c, one := range seen {
			held |= uint64(one) << c
		}
		s.least, s.greatest = int32(bits.TrailingZeros64(held)), int32(bits.TrailingZeros64(held))
		for held &= held - 1; held != 0; held &= held - 1 {
			s.widen(int32(bits.TrailingZeros64(held)))
		}
		return
	}
	s.held = slices.Grow(s.held[:0], d.len()+7)[:(d.len()+7)&^7]
	held := s.held
	for _, c := range codes {
		held[c] = 1
	}
	s.least, s.greatest = codes[0], codes[0]
	for at := 0; at < len(held); at += 8 {
		eight := binary.LittleEndian.Uint64(held[at:])
		if eight == 0 {
			continue
		}
		binary.LittleEndian.PutUint64(held[at:], 0)
		for ; eight != 0; eight &= eight - 1 {
			s.widen(int32(at + bits.TrailingZeros64(eight)/8))
		}
	}
}

// widen makes an entry lie within the bounds.
func (s *stringValues) widen(entry int32) {
	if s.dict.less(entry, s.least) {
		s.least = entry
	} else if s.dict.less(s.greatest, entry) {
		s.greatest = entry
	}
}

func (d *stringDictionary) less(a, b int32) bool {
	if d.prefix[a] != d.prefix[b] {
		return d.prefix[a] < d.prefix[b]
	}
	return string(d.text(a)) < string(d.text(b))
}

func (s *stringValues) bounds() (least, greatest []byte, ok bool) {
	if s.len() == 0 {
		return nil, nil, false
	}
	return s.dict.text(s.least), s.dict.text(s.greatest), true
}

func (s *stringValues) clear() {
	s.values += s.len()
	s.codes, s.firsts, s.ones = s.codes[:0], s.firsts[:0], 0
	if s.direct {
		s.startAnew()
		return
	}
	if size := len(s.dict.plain); size > mostStringBytes || size > stringBytes && 2*s.dict.len() > s.values {
		s.sealed = append(s.sealed[:0], s.dict.plain...)
		s.sealedLen = s.dict.len()
		s.direct = true
		s.startAnew()
	}
}

func (s *stringValues) startAnew() {
	s.dict.reset()
	s.forget()
}

func (s *stringValues) dictionary(*worker) ([]byte, int) {
	if s.direct {
		return s.sealed, s.sealedLen
	}
	return s.dict.plain, s.dict.len()
}

func (s *stringValues) reset() bool {
	gaveUp := s.direct
	s.startAnew()
	s.sealed, s.sealedLen = s.sealed[:0], 0
	s.values, s.direct = 0, false
	return gaveUp
}

func (s *stringValues) len() int { return s.ones + len(s.codes) }

// repeat appends n times one code.
func (s *stringValues) repeat(n int, code int32) {
	if len(s.codes) == 0 && (s.ones == 0 || s.one == code) {
		s.one = code
		s.ones += n
		return
	}
	s.spread()
	s.codes = repeat(s.codes, code, n)
}

// spread turns a number of equal codes into codes.
func (s *stringValues) spread() {
	s.codes = repeat(s.codes, s.one, s.ones)
	s.ones = 0
}

// gather is the opposite of spread, where all codes are equal: how a page is written must not depend on the
// batches that it came in.
func (s *stringValues) gather() {
	if len(s.codes) > 0 && allEqual(s.codes) {
		s.one, s.ones, s.codes = s.codes[0], len(s.codes), s.codes[:0]
	}
}

// grow makes room for n more codes and returns the slice with them.
func (s *stringValues) grow(n int) []int32 {
	s.spread()
	s.codes = room(s.codes, n)
	return s.codes[:len(s.codes)+n]
}

// appendText appends a text; bytes that are no UTF-8 become U+FFFD, as columns of strings hold
// nothing else.
func appendText(dst, text []byte, clean bool) []byte {
	if clean && !utf8.Valid(text) {
		return append(dst, strings.ToValidUTF8(string(text), "\uFFFD")...)
	}
	return append(dst, text...)
}
