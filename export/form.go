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

// firstChoice is that of a column of which no page had more than one form.
var firstChoice = choice{byIndex, both}

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

// prices are what pages cost per byte, in percent of bytes that are not compressed: choices weigh time against size.
type prices struct {
	form   [4]int // compressing plain values takes many times as long as anything else; whole bytes take a little longer
	effort [4]int
}

// To compress a page takes about as long as all else that is done for its column. Where it makes the page smaller by a
// few percent, as it does lengths and ports of many hosts, that is time for nothing, for readers too. Repetitions make
// real traffic much smaller: to look for them is a little cheaper.
var usualPrices = prices{
	form:   [...]int{byIndex: 100, byByteIndex: 108, byDelta: 100, byValue: 155},
	effort: [...]int{raw: 100, fast: 120, literals: 133, both: 133},
}

// In small files, time matters less.
var smallPrices = prices{
	form:   [...]int{byIndex: 100, byByteIndex: 100, byDelta: 100, byValue: 130},
	effort: [...]int{raw: 100, fast: 107, literals: 107, both: 107},
}

// A value costs so many bits more when it is looked up in a dictionary with more entries than the caches hold.
const (
	largeDictionary = 8192
	lookupBits      = 10
)

// smallPages is the number of pages of a column from which on a file is not small.
const smallPages = 4

func (c *column) prices() *prices {
	if c.pages < smallPages {
		return &smallPrices
	}
	return &usualPrices
}

// minimum is the number of bytes that are worth compressing.
const minimum = 32

// try compresses values that are encoded in a form in each way that may be of use and returns the best, with its price.
func (c *column) try(w *worker, values []byte, f form) (effort, int) {
	best, least := raw, len(values)*c.prices().effort[raw]
	if !c.compress || len(values) < minimum {
		return best, least
	}
	for _, e := range c.efforts {
		if e == literals && f == byValue {
			continue // worth its cost only for repetitions
		}
		n := len(values)
		if e == literals {
			n = literalsSize(values)
		} else if small, err := w.compress(values, e); err == nil {
			n = len(small)
		}
		if price := n * c.prices().effort[e]; price < least {
			best, least = e, price
		}
	}
	return best, least
}

// choose tries the forms that a page may have.
func (c *column) choose(w *worker, forms []form) choice {
	var best choice
	least, width := 0, byte(0) // of numbers of the dictionary; whole bytes need no other form
	cost := &c.prices().form
	for i, f := range forms {
		var entries int
		w.values, entries = c.values.sample(w, w.values, f)
		if f == byByteIndex && w.values[0] == width || f == byValue && c.hopeless(w, least/cost[f]) {
			continue
		}
		if f == byIndex {
			width = w.values[0]
		}
		e, price := c.try(w, w.values, f)
		price = (price + entries*c.prices().effort[e]) * cost[f]
		if i == 0 || price < least {
			best, least = choice{f, e}, price
		}
	}
	return best
}

// hopeless says by a quarter of a sample of plain values that these will cost a quarter more than such a price. It
// takes longer to compress them than all that is done in other forms.
func (c *column) hopeless(w *worker, price int) bool {
	quarter := w.values[len(w.values)/4*3:]
	_, part := c.try(w, quarter, byValue)
	return 4*part > price+price/4
}

// textEffort says how w.values are compressed, which are texts without a dictionary. Where a part of them has hardly any
// repetitions, as addresses of a flood and community_id have none, it would take most of the time to look for them.
func (c *column) textEffort(w *worker) effort {
	if len(c.efforts) == 1 || len(w.values) < manyTexts {
		return both
	}
	part := w.values[len(w.values)-triedTexts:]
	if small, err := w.compress(part, both); err == nil && 16*len(small) > 15*literalsSize(part) {
		return literals
	}
	return both
}

const (
	// manyTexts is the number of bytes from which it takes less time to try some of them.
	manyTexts = 64 << 10
	// triedTexts is how many are tried: addresses of a thousand rows. There is no dictionary because hardly any stands
	// twice, or because there are tens of thousands; those few that stand often do so in a thousand rows.
	triedTexts = 16 << 10
)

// sampled returns the range of the sample among n values.
func sampled(n int) (lo, hi int) { return max(n-sampleValues, 0), n }
