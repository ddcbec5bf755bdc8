package export

import (
	"bytes"
	"slices"
	"unsafe"

	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// intEntries is the number of entries from which a dictionary of integers is given up.
const intEntries = 1 << 16

// intValues are the values of a page of integers. In the forms with a dictionary they are kept
// as its numbers, else as they are.
type intValues[T int32 | int64] struct {
	values          []T     // while indexed is false
	codes           []int32 // while indexed is true, or coded
	lent            bool    // codes are a worker's, until the page has ended
	room            []T     // values of a batch without its nulls
	flows           bool    // see flowColumns
	one             T       // the only value of the page, while there are no others
	ones            int     // how many times; then values and codes are empty
	indexed         bool    // the chunk settled for a dictionary
	late            bool    // the same, but values are numbered when the page is whole, see flowPages
	unindexed       bool    // the chunk settled for none
	gaveUp          bool    // because it had grown too large
	left            bool    // a page of the chunk has values without the dictionary
	coded           bool    // codes are those of values
	lender          *worker // who has seen and codes instead, for the first page of a chunk on trial
	seen            numberIndex
	known           int // entries before this page
	half            int // and in the middle of it, where it was tried
	least, greatest T   // of the page, where indexed; else found in encode
	bound           [16]byte
	take            func(p *page, v *intValues[T], c table.Column, lo, hi int)
	memory          flowMemory[T] // numbers in the dictionary, as long as it has them
	slots           func(w *worker) *[]flowSlot[T]
	encodeDelta     func(w *worker, dst []byte, values []T, least, greatest T) []byte
}

func newInt32Values(flows bool) *intValues[int32] {
	return &intValues[int32]{take: takeInt32, encodeDelta: deltaInt32, flows: flows, slots: slots32}
}

func newInt64Values(flows bool) *intValues[int64] {
	return &intValues[int64]{take: takeInt64, encodeDelta: deltaInt64, flows: flows, slots: slots64}
}

func takeInt32(p *page, v *intValues[int32], c table.Column, lo, hi int) {
	x := c.(*table.Int32)
	n := p.take(x.Valid, lo, hi)
	v.add(x.Values[lo:hi], validRange(x.Valid, lo, hi), n)
}

func takeInt64(p *page, v *intValues[int64], c table.Column, lo, hi int) {
	x := c.(*table.Int64)
	n := p.take(x.Valid, lo, hi)
	v.add(x.Values[lo:hi], validRange(x.Valid, lo, hi), n)
}

func (v *intValues[T]) append(p *page, c table.Column, lo, hi int) { v.take(p, v, c, lo, hi) }

// add takes values of which n are not null.
func (v *intValues[T]) add(values []T, valid []uint8, n int) {
	if n == 0 {
		return
	}
	if n == len(values) && (v.ones > 0 || v.len() == 0) && allEqual(values) && (v.ones == 0 || values[0] == v.one) {
		v.one = values[0]
		v.ones += n
		return
	}
	v.spread()
	if v.indexed {
		v.index(values, valid, n)
		return
	}
	v.values = appendValid(v.values, values, valid, n)
}

// spread turns a number of equal values into values.
func (v *intValues[T]) spread() {
	n := v.ones
	if n == 0 {
		return
	}
	v.ones = 0
	if !v.indexed {
		v.values = repeat(v.values, v.one, n)
		return
	}
	v.codes = repeat(v.codes, v.seen.code(uint64(int64(v.one))), n)
	v.least, v.greatest = v.one, v.one
}

func repeat[T any](dst []T, x T, n int) []T {
	at := len(dst)
	dst = room(dst, n)[:at+n]
	for i := range dst[at:] {
		dst[at+i] = x
	}
	return dst
}

// allEqual compares x with itself, moved by one: memory is compared several times as fast as values.
func allEqual[T uint16 | uint32 | int32 | int64](x []T) bool {
	n := len(x) - 1
	if n <= 0 {
		return true
	}
	size := int(unsafe.Sizeof(x[0]))
	b := unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), (n+1)*size)
	return x[0] == x[n] && bytes.Equal(b[size:], b[:n*size])
}

// index numbers the values that are not null, n of them.
func (v *intValues[T]) index(values []T, valid []uint8, n int) {
	if n < len(values) {
		v.room = appendValid(v.room[:0], values, valid, n)
		values = v.room
	}
	at := len(v.codes)
	v.codes = room(v.codes, n)[:at+n]
	if at == 0 {
		v.least, v.greatest = values[0], values[0]
	}
	v.least, v.greatest = codes(&v.seen, v.codes[at:], values, v.least, v.greatest)
}

// indexLate numbers the values of the whole page.
func (v *intValues[T]) indexLate(w *worker, p *page) {
	n := len(v.values)
	if !v.late || n == 0 {
		return
	}
	v.codes, v.lent, v.indexed = w.room(n), true, true
	if !v.indexFlows(w, p) {
		v.seen.cut(v.known)
		v.least, v.greatest = codes(&v.seen, v.codes, v.values, v.values[0], v.values[0])
	}
}

// indexFlows numbers the values of the whole page by their connections, if these are known.
func (v *intValues[T]) indexFlows(w *worker, p *page) bool {
	flows := p.flowsOf(w, len(v.values))
	slots := roomFor(v.slots(w), len(flows.firsts))
	least, greatest := v.values[0], v.values[0]
	for i, row := range flows.firsts {
		x := v.values[row]
		least, greatest = min(least, x), max(greatest, x)
		number, ok := v.memory.number(flows.before, i, x)
		if !ok {
			number = v.seen.code(uint64(int64(x)))
		}
		slots[i] = flowSlot[T]{x, number}
	}
	v.least, v.greatest = least, greatest
	if len(slots) == 0 || !flowCodes(slots, v.codes, v.values, flows.numbers) {
		return false
	}
	v.memory.swap(v.slots(w))
	return true
}

func (v *intValues[T]) len() int {
	if v.indexed {
		return v.ones + len(v.codes)
	}
	return v.ones + len(v.values)
}

// gather is the opposite of spread, where all values are equal: how a page is written must not depend on the
// batches that it came in.
func (v *intValues[T]) gather() {
	switch {
	case v.ones > 0 || v.len() == 0:
	case v.indexed && allEqual(v.codes):
		v.one, v.ones, v.codes = T(v.seen.keys[v.codes[0]]), len(v.codes), v.codes[:0]
	case !v.indexed && allEqual(v.values):
		v.one, v.ones, v.values = v.values[0], len(v.values), v.values[:0]
	}
}

func (v *intValues[T]) forms(w *worker, p *page) []form {
	v.gather()
	v.indexLate(w, p)
	switch {
	case v.len() == 0:
		return onlyDelta
	case v.left:
		// Once a page of a chunk has done without the dictionary, no later one may use it: Spark's reader (3.5 and
		// 4.0) takes the numbers of one page for those of another.
		v.spread()
		return noIndex
	case v.ones > 0:
		return onlyIndex
	case v.indexed, v.unindexed:
		return anyForm // settled
	case v.len() < 8:
		return onlyIndex
	case v.seldomRepeat():
		return noIndex
	}
	return anyForm
}

// seldomRepeat says whether nearly all values of a sample differ, so that a dictionary cannot be of use.
func (v *intValues[T]) seldomRepeat() bool {
	lo, hi := sampled(len(v.values))
	if hi-lo < sampleValues {
		return false
	}
	const hashBits = 15
	var seen [1 << hashBits / 64]uint64 // one value in 16 meets another by chance
	differ := 0
	for _, x := range v.values[lo:hi] {
		h := uint64(int64(x)) * golden >> (64 - hashBits)
		differ += int(^seen[h/64] >> (h % 64) & 1)
		seen[h/64] |= 1 << (h % 64)
	}
	return 8*differ > 7*(hi-lo)
}

func (v *intValues[T]) encode(w *worker, dst []byte, f form) ([]byte, format.Encoding) {
	if v.ones > 0 {
		v.least, v.greatest = v.one, v.one
		return encodeRun(dst, v.seen.code(uint64(int64(v.one))), v.ones, v.seen.len()), format.RLEDictionary
	}
	if v.len() > 0 && !v.indexed {
		v.least, v.greatest = leastGreatest(v.values)
	}
	switch {
	case v.len() == 0:
		// Also without values there is a value section: the header of no differences.
		return v.encodeDelta(w, dst, nil, 0, 0), format.DeltaBinaryPacked
	case f == byIndex || f == byByteIndex:
		if !v.unindexed && v.code(nil) {
			return encodeCodes(dst, v.codes, v.seen.len(), f), format.RLEDictionary
		}
	case f == byValue:
		v.left = true
		return encodePlains(dst, v.values), format.Plain
	}
	v.left = true
	return v.encodeDelta(w, dst, v.values, v.least, v.greatest), format.DeltaBinaryPacked
}

func (v *intValues[T]) sample(w *worker, dst []byte, f form) ([]byte, int) {
	lo, hi := sampled(len(v.values))
	values := v.values[lo:hi]
	switch {
	case f == byValue:
		return encodePlains(dst, values), 0
	case f != byDelta && !v.unindexed && v.code(w):
		seen, codes := &v.seen, v.codes
		if v.lender != nil {
			seen = &w.trial
		}
		// As many new entries as in the second half of the page, half as large when compressed.
		entries := (seen.len() - v.half) * 2 * len(values) / len(v.values)
		cost := entries * int(unsafe.Sizeof(v.least)) / 2
		if seen.len() > largeDictionary {
			cost += len(values) * lookupBits / 8
		}
		return encodeCodes(dst, codes[lo:hi], seen.len(), f), cost
	}
	least, greatest := leastGreatest(values)
	return v.encodeDelta(w, dst, values, least, greatest), 0
}

// code makes sure that there are numbers for the values of the page, or gives the dictionary up: where
// it is too large, or where half of a page is new in it. On trial, a worker lends a dictionary that is not begun yet:
// many columns end without one.
func (v *intValues[T]) code(trial *worker) bool {
	if !v.indexed && !v.coded {
		v.coded = true
		seen := &v.seen
		if trial == nil {
			v.codes = room(v.codes[:0], len(v.values))[:len(v.values)]
		} else {
			v.codes, v.lent = trial.room(len(v.values)), true
			if v.seen.len() == 0 {
				v.lender, seen = trial, &trial.trial
			}
		}
		half := len(v.values) / 2
		codes(seen, v.codes[:half], v.values[:half], 0, 0)
		v.half = seen.len()
		codes(seen, v.codes[half:], v.values[half:], 0, 0)
	}
	added := v.seen.len() - v.known
	if v.seen.len() <= intEntries && (v.known < 1024 || added < 1024 || 2*added < len(v.codes)) {
		return true
	}
	v.gaveUp, v.unindexed = true, true
	if v.indexed {
		v.indexed = false
		v.values = slices.Grow(v.values[:0], len(v.codes))[:len(v.codes)]
		for i, c := range v.codes {
			v.values[i] = T(v.seen.keys[c])
		}
	}
	v.dropCodes()
	v.forget() // no page needs the entries of this one
	return false
}

// settle keeps to a form. Entries of pages before stay.
func (v *intValues[T]) settle(f form) {
	if f == byIndex || f == byByteIndex {
		if !v.indexed {
			// encode finds the bounds only where there is no dictionary, and the page at
			// hand was begun without one.
			v.least, v.greatest = leastGreatest(v.values)
		}
		v.unindexed = v.unindexed || v.left
		if w := v.lender; w != nil && !v.unindexed {
			v.seen.copy(&w.trial)
		}
		v.giveBack()
		v.indexed = !v.unindexed && v.code(nil)
		if v.late = v.flows && v.indexed; v.late && len(v.codes) == 0 {
			v.indexed, v.coded = false, false // until the page is whole
		}
		return
	}
	v.late = false
	v.giveBack()
	v.forget() // the page that was tried on has left entries
	v.dropCodes()
	v.unindexed = true
}

// forget drops the entries of the page from the dictionary.
func (v *intValues[T]) forget() {
	v.seen.cut(v.known)
	v.memory = v.memory[:0]
}

// dropCodes empties codes.
func (v *intValues[T]) dropCodes() {
	v.codes, v.coded = v.codes[:0], false
	if v.lent {
		v.codes, v.lent = nil, false
	}
}

// giveBack gives back what was lent for a trial.
func (v *intValues[T]) giveBack() {
	if v.lender != nil {
		v.lender.trial.reset()
		v.lender = nil
	}
}

func (v *intValues[T]) unsettle() bool {
	if v.left {
		return false
	}
	v.indexed, v.late, v.unindexed = false, false, v.gaveUp
	return true
}

func (v *intValues[T]) bounds() (least, greatest []byte, ok bool) {
	b := v.bound[:0]
	b = appendPlain(b, v.least)
	n := len(b)
	b = appendPlain(b, v.greatest)
	return b[:n], b[n:], v.len() > 0
}

func (v *intValues[T]) clear() {
	v.values, v.ones = v.values[:0], 0
	v.dropCodes()
	v.known = v.seen.len()
}

func (v *intValues[T]) dictionary(w *worker) ([]byte, int) {
	w.values = slices.Grow(w.values[:0], v.seen.len()*int(unsafe.Sizeof(v.least)))
	for _, k := range v.seen.keys {
		w.values = appendPlain(w.values, T(k))
	}
	return w.values, v.seen.len()
}

func (v *intValues[T]) reset() bool {
	gaveUp := v.gaveUp
	v.indexed, v.late, v.unindexed, v.gaveUp, v.left, v.known = false, false, false, false, false, 0
	v.seen.reset()
	v.memory = v.memory[:0]
	return gaveUp
}
