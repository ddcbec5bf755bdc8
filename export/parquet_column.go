package export

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A valueEncoder holds the values of one page of a column, nulls left out, and knows the
// dictionary of the column chunk where it has one.
type valueEncoder interface {
	// append takes rows lo to hi. It appends one level per value to p where the column
	// has levels, and counts in p what it took.
	append(p *page, c table.Column, lo, hi int)
	// forms returns the forms that the page may have, one where there is nothing to choose.
	forms(w *worker, p *page) []form
	// sample writes some values of the page in a form, and returns how many bytes of a dictionary
	// these values will cost.
	sample(w *worker, dst []byte, f form) ([]byte, int)
	// encode writes the values of the page to dst[:0], in another form where that one does not
	// work out.
	encode(w *worker, dst []byte, f form) ([]byte, format.Encoding)
	// settle tells the form of the page and of those that follow in the chunk.
	settle(f form)
	// unsettle says at the start of a page that its form is open, unless pages before rule forms out.
	unsettle() bool
	// bounds returns the least and the greatest value of the page, plainly encoded, or
	// false where there is no value. They stay valid until the next call.
	bounds() (least, greatest []byte, ok bool)
	// clear empties the page.
	clear()
	// dictionary returns the dictionary of the chunk in PLAIN encoding, perhaps in w.values, and the
	// number of its entries.
	dictionary(w *worker) ([]byte, int)
	// reset forgets the dictionary and returns whether it had to be given up.
	reset() (gaveUp bool)
}

// A page is what a column knows of its current page beside the values.
type page struct {
	definition []uint8 // levels, where the column has nulls or is a list
	repetition []uint8 // levels of a list
	rows       int
	entries    int       // values and nulls; more than rows in lists
	nulls      int       // entries without a value
	flows      *flowPage // once the page has ended, of flowColumns
}

// column is the lane of one Parquet column.
type column struct {
	def       schemas.Column
	values    valueEncoder
	physical  format.Type
	maxLevel  uint8 // definition level of a value
	list      bool
	compress  bool
	efforts   []effort // those that the compression has
	pageRows  int
	choice    choice
	chosen    bool
	triedSize int   // bits per value of the page after which forms were chosen, compressed
	lastSize  int   // and of the last one that had a choice
	pages     int64 // of the file so far
	trialDue  bool  // as soon as all forms are open
	page      page
	chunk     *chunk
	chunkRows int64
	spare     spare[chunk]
	blocks    *spare[block]
	header    []byte     // of a page
	flows     *flowPages // nil for none
}

// A chunk is a finished column chunk. Offsets of pages count from the start of data.
type chunk struct {
	dictionary   []byte // page with header, empty where there is none
	data         blocks // data pages with headers
	entries      int64
	nulls        int64
	uncompressed int64 // bytes of all pages with headers
	encodings    [9]int32
	pages        []chunkPage
	bounds       []byte // bytes of the pages' bounds
	least        []byte
	greatest     []byte
	hasBounds    bool
}

type chunkPage struct {
	offset, size    int
	firstRow        int64
	nulls           int64
	least, greatest [2]int // ranges of chunk.bounds
	empty           bool   // only nulls
}

func (c *chunk) clear() {
	*c = chunk{dictionary: c.dictionary[:0], data: c.data, pages: c.pages[:0], bounds: c.bounds[:0],
		least: c.least[:0], greatest: c.greatest[:0]}
}

func newColumn(def schemas.Column, opt *Options, flows *flowPages) *column {
	c := &column{def: def, pageRows: int(opt.pageRows), blocks: opt.blocks, compress: opt.Compression != "none",
		efforts: []effort{fast}, choice: firstChoice}
	if opt.Compression == "zstd" {
		c.efforts = append(c.efforts, literals)
	}
	if def.Nullable {
		c.maxLevel = 1
	}
	if slices.Contains(flowColumns, def.Name) {
		c.flows = flows
	}
	c.physical = format.ByteArray
	switch def.Type {
	case schemas.Int16, schemas.Int32:
		c.physical = format.Int32
		c.values = newInt32Values(c.flows != nil)
	case schemas.Int64, schemas.Timestamp:
		c.physical = format.Int64
		c.values = newInt64Values(c.flows != nil)
	case schemas.Bool:
		c.physical = format.Boolean
		c.values = new(boolValues)
	case schemas.WordType:
		c.values = newWordValues(&def)
	case schemas.Symbol:
		c.values = newSymbolValues(&def)
	case schemas.Address:
		c.values = newAddressValues(&def, c.flows != nil)
	case schemas.MAC:
		c.values = newMACValues(&def)
	case schemas.Text, schemas.Bytes:
		c.values = &textValues{nullable: def.Nullable, text: def.Type == schemas.Text}
	case schemas.WordList:
		c.list = true
		c.maxLevel++
		c.values = newListValues(&def)
	}
	return c
}

// restart makes a column of a closed file like a new one: what it does must not depend on files before.
func (c *column) restart() {
	c.values.clear()
	c.values.reset()
	c.choice, c.chosen, c.trialDue = firstChoice, false, false
	c.triedSize, c.lastSize, c.pages = 0, 0, 0
}

func (c *column) append(w *worker, column table.Column, lo, hi int) {
	if c.chunk == nil {
		c.chunk = c.spare.get()
	}
	for lo < hi {
		n := min(hi-lo, c.pageRows-c.page.rows)
		c.values.append(&c.page, column, lo, lo+n)
		c.page.rows += n
		lo += n
		if c.page.rows == c.pageRows {
			c.endPage(w)
		}
	}
}

func (c *column) recycle(x any) {
	k := x.(*chunk)
	k.data.free(c.blocks)
	k.clear()
	c.spare.put(k)
}

// finish ends the column chunk with its dictionary page.
func (c *column) finish(w *worker) any {
	if c.page.rows > 0 {
		c.endPage(w)
	}
	k := c.chunk
	if plain, n := c.values.dictionary(w); n > 0 && k.encodings[format.RLEDictionary] > 0 {
		k.dictionary = c.appendDictionary(w, k.dictionary[:0], plain, n)
	}
	if c.values.reset() {
		c.chosen = false
	}
	c.startPage()
	c.chunk, c.chunkRows = nil, 0
	return k
}

func (c *column) appendDictionary(w *worker, dst, plain []byte, entries int) []byte {
	body := plain
	if c.compress {
		how := both
		if c.pages >= smallPages {
			how = literals // repetitions that are not of bytes, as of parts of addresses, would save little more
		}
		body, _ = w.compress(plain, how)
	}
	h := pageHeader{uncompressed: len(plain), compressed: len(body), values: entries, crc: crc32.ChecksumIEEE(body)}
	dst = h.appendDictionaryHeader(dst)
	c.chunk.uncompressed += int64(len(dst) + len(plain))
	c.chunk.encodings[format.Plain]++
	return append(dst, body...)
}

// endPage encodes the page and appends it to the chunk.
func (c *column) endPage(w *worker) {
	k, p := c.chunk, &c.page
	how := c.choice
	if c.flows != nil {
		p.flows = c.flows.page(c.pages)
		defer c.flows.done(p.flows)
	}
	forms := c.values.forms(w, p)
	tried := false
	if len(forms) == 1 {
		how = choice{forms[0], both}
	} else if !c.chosen {
		c.choice, c.chosen, tried = c.choose(w, forms), true, true
		how = c.choice
		c.values.settle(how.form)
	}
	var encoding format.Encoding
	w.values, encoding = c.values.encode(w, w.values, how.form)
	if encoding == format.DeltaLengthByteArray {
		how.effort = c.textEffort(w)
	}
	w.levels = w.levels[:0]
	repetition := 0
	if c.list {
		w.levels = appendLevels(w.levels, p.repetition, 1)
		repetition = len(w.levels)
	}
	if c.maxLevel > 0 {
		switch {
		case c.list:
			w.levels = appendLevels(w.levels, p.definition, int(c.maxLevel))
		case p.nulls == 0:
			w.levels = appendRun(w.levels, p.entries, 1)
		case p.nulls == p.entries:
			w.levels = appendRun(w.levels, p.entries, 0)
		default:
			w.levels = appendLevels(w.levels, p.definition, 1)
		}
	}
	body, isCompressed := w.values, false
	if c.compress && how.effort != raw && len(body) >= minimum {
		if small, err := w.compress(body, how.effort); err == nil && len(small) < len(body) {
			body, isCompressed = small, true
		}
	}
	if len(forms) > 1 {
		if c.lastSize = 8 * len(body) / max(p.entries-p.nulls, 1); tried {
			c.triedSize = c.lastSize
		}
	}
	h := pageHeader{
		uncompressed: len(w.levels) + len(w.values), compressed: len(w.levels) + len(body),
		values: p.entries, nulls: p.nulls, rows: p.rows, encoding: encoding,
		definition: len(w.levels) - repetition, repetition: repetition, isCompressed: isCompressed,
		crc: crc32.Update(crc32.ChecksumIEEE(w.levels), crc32.IEEETable, body),
	}
	start := k.data.size
	c.header = h.appendDataHeader(c.header[:0])
	k.uncompressed += int64(len(c.header) + h.uncompressed)
	k.data.append(c.blocks, c.header, w.levels, body)
	k.encodings[encoding]++
	k.entries += int64(p.entries)
	k.nulls += int64(p.nulls)
	c.addPage(start)
	c.chunkRows += int64(p.rows)
	c.values.clear()
	*p = page{definition: p.definition[:0], repetition: p.repetition[:0]}
	c.pages++
	c.startPage()
}

// startPage lets the values be kept as the page will need them.
func (c *column) startPage() {
	if isTrial(c.pages, c.changed()) {
		c.trialDue = true
	}
	if !c.chosen || c.trialDue {
		if c.values.unsettle() {
			c.chosen, c.trialDue = false, false
		}
	}
	if c.chosen {
		c.values.settle(c.choice.form)
	}
}

// addPage notes place and bounds of the page that starts at an offset.
func (c *column) addPage(start int) {
	k, p := c.chunk, &c.page
	entry := chunkPage{offset: start, size: k.data.size - start, firstRow: c.chunkRows, nulls: int64(p.nulls)}
	least, greatest, ok := c.values.bounds()
	if ok {
		if !k.hasBounds || c.compare(least, k.least) < 0 {
			k.least = append(k.least[:0], least...)
		}
		if !k.hasBounds || c.compare(greatest, k.greatest) > 0 {
			k.greatest = append(k.greatest[:0], greatest...)
		}
		k.hasBounds = true
		from := len(k.bounds)
		k.bounds = append(k.bounds, c.shortLeast(least)...)
		entry.least = [2]int{from, len(k.bounds)}
		from = len(k.bounds)
		k.bounds = c.appendShortGreatest(k.bounds, greatest)
		entry.greatest = [2]int{from, len(k.bounds)}
	}
	entry.empty = !ok
	k.pages = append(k.pages, entry)
}

// compare orders plainly encoded values as the column's type orders them.
func (c *column) compare(a, b []byte) int { return comparePlain(c.physical, a, b) }

func comparePlain(t format.Type, a, b []byte) int {
	var x, y int64
	switch t {
	case format.Int32:
		x, y = int64(int32(binary.LittleEndian.Uint32(a))), int64(int32(binary.LittleEndian.Uint32(b)))
	case format.Int64:
		x, y = int64(binary.LittleEndian.Uint64(a)), int64(binary.LittleEndian.Uint64(b))
	default:
		return bytes.Compare(a, b)
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// appendRun appends n levels of one value as the RLE hybrid has them.
func appendRun(dst []byte, n int, level byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(n)<<1), level)
}

// levelEncodings are the encoders of levels, by bit width.
var levelEncodings = [...]rle.Encoding{{BitWidth: 0}, {BitWidth: 1}, {BitWidth: 2}}

// appendLevels appends levels of which most is the greatest possible.
func appendLevels(dst []byte, levels []uint8, most int) []byte {
	e := &levelEncodings[bits.Len(uint(most))]
	// EncodeLevels overwrites: it gets what is behind dst.
	out, err := e.EncodeLevels(dst[len(dst):cap(dst)], levels)
	if err != nil {
		panic(err) // only widths beyond 8 fail
	}
	return append(dst, out...)
}
