package export

import "math/bits"

// A form is a way to write the values of a page. Which one is best depends on the traffic, so columns
// that have a choice try them on a page and keep what won for some row groups. The choice depends on
// the rows alone.
type form uint8

const (
	byIndex     form = iota // numbers of a dictionary, as few bits as they need
	byByteIndex             // the same in whole bytes: more of them, in which zstd finds repetitions
	byDelta                 // differences
	byValue                 // as they are
)

// An effort is how a page is compressed.
type effort uint8

const (
	raw      effort = iota // not at all
	fast                   // repetitions, and where there are some, bytes that are more frequent than others
	literals               // only bytes that are more frequent than others
	both                   // both, however few repetitions there are
)

// A choice is what a column keeps to.
type choice struct {
	form   form
	effort effort
}

// isTrial says at which pages of a file forms are tried: at the first, soon after, because captures often begin
// with traffic of another kind than follows, and then seldom. changed says that pages need more or fewer bytes
// than when forms were tried last; then there are trials at the powers of four, too.
func isTrial(page int64, changed bool) bool {
	switch {
	case page == 0, page == 4, page%trialPages == 0:
		return true
	case changed:
		return page&(page-1) == 0 && bits.TrailingZeros64(uint64(page))%2 == 0
	}
	return false
}

// changed says whether a page with so many bytes per value differs from one that was tried by more than an eighth.
func (c *column) changed() bool {
	d := c.lastSize - c.triedSize
	return 8*max(d, -d) > c.triedSize
}

const (
	trialPages = 128
	// sampleValues is how many values are encoded in a trial. They come from the end of the page.
	sampleValues = 4096
)

// What a form costs beyond its bytes, in percent: compressing plain values takes many times as long as
// anything else, so they must be a third smaller; whole bytes a little longer. In small files, time
// matters less.
var (
	formCost      = [...]int{byIndex: 100, byByteIndex: 108, byDelta: 100, byValue: 155}
	smallFormCost = [...]int{byIndex: 100, byByteIndex: 100, byDelta: 100, byValue: 130}
)

// A value costs so many bits more when it is looked up in a dictionary with more entries than the caches hold.
const (
	largeDictionary = 8192
	lookupBits      = 10
)

// smallPages is the number of pages of a column from which on a file is not small.
const smallPages = 4

// minimum is the number of bytes that are worth compressing.
const minimum = 32

// try compresses values that are encoded in a form in each way that may be of use and returns the best.
func (c *column) try(w *worker, values []byte, f form) (effort, int) {
	if !c.compress || len(values) < minimum {
		return raw, len(values)
	}
	best, size := raw, len(values)
	for _, e := range c.efforts {
		if e == literals && f == byValue {
			continue // worth its cost only for repetitions
		}
		n := size
		if e == literals {
			n = literalsSize(values)
		} else if small, err := w.compress(values, e); err == nil {
			n = len(small)
		}
		if n < size-size/16 { // more effort must gain something
			best, size = e, n
		}
	}
	return best, size
}

// choose tries the forms that a page may have.
func (c *column) choose(w *worker, forms []form) choice {
	var best choice
	least, width := 0, byte(0) // of numbers of the dictionary; whole bytes need no other form
	cost := &formCost
	if c.pages < smallPages {
		cost = &smallFormCost
	}
	for i, f := range forms {
		var entries int
		w.values, entries = c.values.sample(w, w.values, f)
		if f == byByteIndex && w.values[0] == width || f == byValue && c.hopeless(w, least/cost[f]) {
			continue
		}
		if f == byIndex {
			width = w.values[0]
		}
		e, size := c.try(w, w.values, f)
		size = (size + entries) * cost[f]
		if i == 0 || size < least {
			best, least = choice{f, e}, size
		}
	}
	return best
}

// hopeless says by a quarter of a sample of plain values that these will need a quarter more than so many bytes. It
// takes longer to compress them than all that is done in other forms.
func (c *column) hopeless(w *worker, bytes int) bool {
	quarter := w.values[len(w.values)/4*3:]
	_, size := c.try(w, quarter, byValue)
	return 4*size > bytes+bytes/4
}

// sampled returns the range of the sample among n values.
func sampled(n int) (lo, hi int) { return max(n-sampleValues, 0), n }
