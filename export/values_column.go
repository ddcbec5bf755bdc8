package export

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// uniform takes n entries that are all values or all null.
func (p *page) uniform(n int, valid bool) {
	if !p.mixed() && p.entries > 0 && valid != (p.nulls == 0) {
		p.fill(p.entries, p.level())
	}
	if p.mixed() {
		var level uint8
		if valid {
			level = 1
		}
		p.fill(n, level)
	}
	if !valid {
		p.nulls += n
	}
	p.entries += n
}

// mixed says whether the page has values and nulls, so that it keeps levels. Before, their number is enough.
func (p *page) mixed() bool { return len(p.definition) > 0 }

// level returns the level of all entries of a page that is not mixed.
func (p *page) level() uint8 {
	if p.nulls == 0 {
		return 1
	}
	return 0
}

// fill appends n equal levels.
func (p *page) fill(n int, level uint8) {
	at := len(p.definition)
	p.definition = room(p.definition, n)[:at+n]
	setLevels(p.definition[at:], level)
}

// ones are what levels get that are all 1.
var ones = bytes.Repeat([]byte{1}, 256)

// setLevels makes all levels 0 or 1.
func setLevels(levels []uint8, level uint8) {
	if level == 0 {
		clear(levels)
		return
	}
	for len(levels) > 0 {
		levels = levels[copy(levels, ones):]
	}
}

// levels makes room for n definition levels and counts the entries. The nulls among them are counted by the
// caller, afterwards.
func (p *page) levels(n int) []uint8 {
	if !p.mixed() && p.entries > 0 {
		p.fill(p.entries, p.level())
	}
	p.entries += n
	at := len(p.definition)
	p.definition = room(p.definition, n)[:at+n]
	return p.definition[at:]
}

// wordValues hold a column of words: each word has its place in the dictionary once it appeared.
type wordValues struct {
	stringValues
	nullable bool
	words    []string
	room     []byte
	place    []int32 // of a word in the dictionary, -1 for none yet and for null
}

func newWordValues(c *schemas.Column) *wordValues {
	v := &wordValues{nullable: c.Nullable, words: words(c), place: make([]int32, len(c.Words.Text))}
	v.forget = v.startPlaces
	v.startPlaces()
	return v
}

func (v *wordValues) startPlaces() {
	for i := range v.place {
		v.place[i] = -1
	}
}

func (v *wordValues) append(p *page, c table.Column, lo, hi int) {
	codes := c.(*table.Word).Codes[lo:hi]
	switch {
	case allEqual(codes) && (codes[0] != 0 || !v.nullable):
		p.uniform(len(codes), true)
		v.repeat(len(codes), v.code(codes[0]))
	case allEqual(codes):
		p.uniform(len(codes), false)
	case !v.nullable:
		p.entries += len(codes)
		v.take(codes)
	default:
		n := v.take(codes)
		if n == len(codes) {
			p.uniform(n, true)
			return
		}
		levels := p.levels(len(codes))
		setLevels(levels[:n], 1)
		p.nulls += v.takeSome(codes[n:], levels[n:])
	}
}

// take takes words up to the first null and returns how many they are.
func (v *wordValues) take(codes []uint16) int {
	v.codes = v.grow(len(codes))
	n := len(v.codes) - len(codes)
	out := v.codes[n:]
	out = out[:len(codes)]
	for i := knownPlaces(v.place, out, codes); i < len(codes); {
		if codes[i] == 0 && v.nullable {
			v.codes = v.codes[:n+i]
			return i
		}
		out[i] = v.code(codes[i])
		i++
		i += knownPlaces(v.place, out[i:], codes[i:])
	}
	return len(codes)
}

// knownPlaces puts the places of words into dst, which is as long, up to the first that has none. It returns how many
// these are.
func knownPlaces[T uint16 | uint32](place, dst []int32, codes []T) int {
	dst = dst[:len(codes)]
	for i, c := range codes {
		k := place[c]
		if k < 0 {
			return i
		}
		dst[i] = k
	}
	return len(codes)
}

// fourNulls reports whether the next four values are null, and sets their levels then.
func fourNulls[T uint16 | uint32](codes []T, levels []uint8) bool {
	if len(codes) < 4 || codes[0]|codes[1]|codes[2]|codes[3] != 0 {
		return false
	}
	*(*[4]uint8)(levels) = [4]uint8{}
	return true
}

// takeSome takes words and nulls, sets the levels and returns the number of nulls.
func (v *wordValues) takeSome(codes []uint16, levels []uint8) int {
	v.place[0] = 0 // is not kept
	out := v.grow(len(codes))
	n := len(out) - len(codes)
	start := n
	levels = levels[:len(codes)]
	for i := 0; i < len(codes); i++ {
		if fourNulls(codes[i:], levels[i:]) { // most are null
			i += 3
			continue
		}
		c := codes[i]
		k := v.place[c]
		if k < 0 {
			k = v.code(c)
		}
		out[n] = k
		var one uint8
		if c != 0 {
			one = 1
		}
		levels[i] = one
		n += int(one)
	}
	v.place[0] = -1
	v.codes = out[:n]
	return len(codes) - (n - start)
}

// code returns the number of a word, which becomes an entry of the dictionary where it is new.
func (v *wordValues) code(word uint16) int32 {
	k := v.place[word]
	if k < 0 {
		v.room = append(v.room[:0], v.words[word]...)
		k = v.dict.add(v.room)
		v.place[word] = k
	}
	return k
}

// symbolValues hold a column of symbols. Numbers of symbols are of a batch; texts are of the chunk.
type symbolValues struct {
	stringValues
	nullable bool
	seen     map[string]int32
	room     []byte
	place    []int32 // of a symbol of the batch in the dictionary, -1 for not known yet
}

func newSymbolValues(c *schemas.Column) *symbolValues {
	v := &symbolValues{nullable: c.Nullable, seen: map[string]int32{}}
	v.forget = func() { clear(v.seen) }
	return v
}

func (v *symbolValues) append(p *page, c table.Column, lo, hi int) {
	x := c.(*table.Symbol)
	codes := x.Codes[lo:hi]
	v.place = slices.Grow(v.place[:0], len(x.Dict))[:len(x.Dict)]
	for i := range v.place {
		v.place[i] = -1
	}
	switch {
	case allEqual(codes) && (codes[0] != 0 || !v.nullable):
		p.uniform(len(codes), true)
		v.repeat(len(codes), v.code(x, codes[0]))
		return
	case allEqual(codes):
		p.uniform(len(codes), false)
		return
	}
	switch n := v.take(x, codes); {
	case !v.nullable:
		p.entries += n
	case n == len(codes):
		p.uniform(n, true)
	default:
		levels := p.levels(len(codes))
		setLevels(levels[:n], 1)
		p.nulls += v.takeSome(x, codes[n:], levels[n:])
	}
}

// take takes symbols up to the first null and returns how many they are.
func (v *symbolValues) take(x *table.Symbol, codes []uint32) int {
	v.codes = v.grow(len(codes))
	n := len(v.codes) - len(codes)
	out := v.codes[n:]
	for i := knownPlaces(v.place, out, codes); i < len(codes); {
		if codes[i] == 0 && v.nullable {
			v.codes = v.codes[:n+i]
			return i
		}
		out[i] = v.code(x, codes[i])
		i++
		i += knownPlaces(v.place, out[i:], codes[i:])
	}
	return len(codes)
}

// takeSome takes symbols and nulls, sets the levels and returns the number of nulls.
func (v *symbolValues) takeSome(x *table.Symbol, codes []uint32, levels []uint8) int {
	v.place[0] = 0 // is not kept
	out := v.grow(len(codes))
	n := len(out) - len(codes)
	start := n
	levels = levels[:len(codes)]
	for i := 0; i < len(codes); i++ {
		if fourNulls(codes[i:], levels[i:]) {
			i += 3
			continue
		}
		c := codes[i]
		k := v.place[c]
		if k < 0 {
			k = v.code(x, c)
		}
		out[n] = k
		var one uint8
		if c != 0 {
			one = 1
		}
		levels[i] = one
		n += int(one)
	}
	v.codes = out[:n]
	return len(codes) - (n - start)
}

func (v *symbolValues) code(x *table.Symbol, symbol uint32) int32 {
	k := v.place[symbol]
	if k < 0 {
		k = v.lookup(x.Dict[symbol])
		v.place[symbol] = k
	}
	return k
}

func (v *symbolValues) lookup(text string) int32 {
	k, ok := v.seen[text]
	if !ok {
		v.room = append(v.room[:0], text...)
		if !utf8.Valid(v.room) {
			v.room = appendText(v.room[:0], []byte(text), true)
		}
		k = v.dict.add(v.room)
		v.seen[text] = k
	}
	return k
}

// listValues hold a column of lists of words.
type listValues struct {
	wordValues
	present uint8 // definition level of a list without elements
}

func newListValues(c *schemas.Column) *listValues {
	v := &listValues{wordValues: *newWordValues(&schemas.Column{Words: c.Words})}
	v.forget = v.startPlaces
	if c.Nullable {
		v.present = 1
	}
	return v
}

// encode always uses the dictionary, also where a page has no elements: Spark's reader of lists (3.5 and 4.0) fails where
// such a page stands between others and does not.
func (v *listValues) encode(w *worker, dst []byte, f form) ([]byte, format.Encoding) {
	if v.len() == 0 {
		return append(dst[:0], 0), format.RLEDictionary // numbers of no bits
	}
	return v.wordValues.encode(w, dst, f)
}

// dictionary has an entry even where no page has an element, because readers look for one.
func (v *listValues) dictionary(w *worker) ([]byte, int) {
	if v.dict.len() == 0 {
		v.dict.add(nil)
	}
	return v.wordValues.dictionary(w)
}

func (v *listValues) append(p *page, c table.Column, lo, hi int) {
	x := c.(*table.WordList)
	first := x.Offsets[lo] // of the words that are not taken yet
	for i := lo; i < hi; i++ {
		start, end := x.Offsets[i], x.Offsets[i+1]
		switch level := v.present & x.Valid[i]; {
		case level < v.present: // null, whatever words there are
			v.takeWords(x.Codes[first:start])
			first = end
			p.emptyList(0)
		case start == end:
			p.emptyList(level)
		default:
			p.list(int(end-start), v.present+1)
		}
	}
	v.takeWords(x.Codes[first:x.Offsets[hi]])
}

// takeWords takes words that are not null.
func (v *listValues) takeWords(codes []uint16) {
	switch {
	case len(codes) == 0:
	case allEqual(codes):
		v.repeat(len(codes), v.code(codes[0]))
	default:
		v.take(codes)
	}
}

// emptyList appends the level of a list that is null or has no elements.
func (p *page) emptyList(level uint8) {
	p.definition = append(p.definition, level)
	p.repetition = append(p.repetition, 0)
	p.entries++
	p.nulls++
}

// list appends the levels of a list of n elements.
func (p *page) list(n int, level uint8) {
	p.entries += n
	p.definition = append(p.definition, level)
	p.repetition = append(p.repetition, 0)
	for range n - 1 {
		p.definition = append(p.definition, level)
		p.repetition = append(p.repetition, 1)
	}
}
