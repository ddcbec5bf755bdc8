package export

import (
	"math"
	"slices"

	"github.com/parquet-go/parquet-go/format"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// addressValues hold a column of IP addresses, of which each is made text once.
type addressValues struct {
	stringValues
	nullable bool
	flows    bool // see flowColumns
	seen     addressIndex
	late     []int32           // addresses of a page of IPv4, which wait until it is whole: see takesLate
	known    int               // addresses before the page
	lent     bool              // codes are a worker's, until the page has ended
	memory   flowMemory[int32] // numbers in the dictionary, as long as it has them
	room     []byte
	bound    [2]uint32 // of the page, where it is written without a dictionary, as table.IPv4Order has them
}

func newAddressValues(c *schemas.Column, flows bool) *addressValues {
	v := &addressValues{nullable: c.Nullable, flows: flows}
	v.forget = func() {
		v.seen.reset()
		v.known, v.memory = 0, v.memory[:0]
	}
	return v
}

func (v *addressValues) append(p *page, c table.Column, lo, hi int) {
	values := c.(*table.Address).Values[lo:hi]
	if v.nullable && values[0].Version == 0 && allNull(values) {
		p.uniform(len(values), false)
		return
	}
	if v.takesLate() && v.takeLate(p, values) {
		return
	}
	v.indexLate(nil, p)
	if allSame(values) && (values[0].Version != 0 || !v.nullable) {
		p.uniform(len(values), true)
		v.repeat(len(values), v.code(&values[0]))
		return
	}
	v.codes = v.grow(len(values))
	n := len(v.codes) - len(values)
	out := v.codes[n:]
	var levels []uint8 // once there is a null
	kept := 0
	for i := 0; i < len(values); i++ {
		known := v.seen.known(out[kept:], values[i:])
		if levels != nil {
			setLevels(levels[i:i+known], 1)
		}
		kept += known
		if i += known; i == len(values) {
			break
		}
		a := &values[i]
		if v.nullable && a.Version == 0 {
			if levels == nil {
				levels = p.levels(len(values))
				setLevels(levels[:i], 1)
			}
			levels[i] = 0
			p.nulls++
			continue
		}
		if levels != nil {
			levels[i] = 1
		}
		out[kept] = v.code(a)
		kept++
	}
	if levels == nil {
		p.uniform(len(values), true)
	}
	v.codes = v.codes[:n+kept]
}

// takesLate says whether addresses wait until the page is whole: then their connections are known, which number them, see
// flowPages; and where there is no dictionary, they need no numbers at all.
func (v *addressValues) takesLate() bool { return v.flows || v.direct }

// takeLate takes addresses as they are, if all of the page so far are of IPv4.
func (v *addressValues) takeLate(p *page, values []table.Addr) bool {
	n := len(v.late)
	if n < p.entries-p.nulls {
		return false
	}
	v.late = room(v.late, len(values))
	late := v.late[n : n+len(values)]
	for i := range values {
		if values[i].Version != 4 {
			return v.takeSomeLate(p, values)
		}
		late[i] = int32(values[i].Lo)
	}
	v.late = v.late[:n+len(values)]
	p.uniform(len(values), true)
	return true
}

// takeSomeLate is takeLate for addresses and nulls. There is room.
func (v *addressValues) takeSomeLate(p *page, values []table.Addr) bool {
	if !v.nullable || !onlyIPv4(values) {
		return false
	}
	n := len(v.late)
	late := v.late[:n+len(values)]
	levels := p.levels(len(values))
	for i := range levels {
		late[n] = int32(values[i].Lo)
		levels[i] = values[i].Version / 4
		n += int(levels[i])
	}
	p.nulls += len(late) - n
	v.late = late[:n]
	return true
}

// onlyIPv4 says whether all addresses are of IPv4 or null.
func onlyIPv4(values []table.Addr) bool {
	for i := range values {
		if values[i].Version == 6 {
			return false
		}
	}
	return true
}

// indexLate numbers the addresses that wait. w is nil where the page is not whole.
func (v *addressValues) indexLate(w *worker, p *page) {
	n := len(v.late)
	if n == 0 {
		return
	}
	if w != nil && v.len() == 0 {
		v.codes, v.lent = w.room(n), true
		if v.indexFlows(w, p) {
			v.late = v.late[:0]
			return
		}
		v.cut(v.known)
	} else {
		v.codes = v.grow(n)
	}
	out := v.codes[len(v.codes)-n:]
	for i, ip := range v.late {
		out[i] = v.code(fromIPv4(ip))
	}
	v.late = v.late[:0]
}

// indexFlows numbers the addresses of the whole page by their connections, if these are known.
func (v *addressValues) indexFlows(w *worker, p *page) bool {
	flows := p.flowsOf(w, len(v.late))
	slots := roomFor(slots32(w), len(flows.firsts))
	for i, row := range flows.firsts {
		ip := v.late[row]
		number, ok := v.memory.number(flows.before, i, ip)
		if !ok {
			number = v.code(fromIPv4(ip))
		}
		slots[i] = flowSlot[int32]{ip, number}
		v.firsts = append(v.firsts, number)
	}
	if len(slots) == 0 || !flowCodes(slots, v.codes, v.late, flows.numbers) {
		return false
	}
	v.memory.swap(slots32(w))
	return true
}

func fromIPv4(ip int32) *table.Addr { return &table.Addr{Lo: uint64(uint32(ip)), Version: 4} }

// cut forgets all addresses but the first n.
func (v *addressValues) cut(n int) {
	v.firsts = v.firsts[:0]
	if n < v.seen.len() {
		v.seen.cut(n)
		v.dict.cut(n)
	}
}

func (v *addressValues) forms(w *worker, p *page) []form {
	if v.asTexts() {
		return onlyValues
	}
	v.indexLate(w, p)
	return v.stringValues.forms(w, p)
}

// asTexts says whether the page is written without a dictionary and without numbers: all its addresses are in late.
func (v *addressValues) asTexts() bool { return v.direct && len(v.late) > 0 }

func (v *addressValues) encode(w *worker, dst []byte, f form) ([]byte, format.Encoding) {
	if !v.asTexts() {
		return v.stringValues.encode(w, dst, f)
	}
	room := table.IPv4Bytes * len(v.late)
	w.texts = slices.Grow(w.texts[:0], room)[:room]
	w.ends = append(w.ends[:0], 0)
	n := 0
	least, greatest := uint32(math.MaxUint32), uint32(0)
	for _, ip := range v.late {
		n += table.PutIPv4((*[table.IPv4Bytes]byte)(w.texts[n:]), uint32(ip))
		w.ends = append(w.ends, uint32(n))
		order := table.IPv4Order(uint32(ip))
		least, greatest = min(least, order), max(greatest, order)
	}
	v.bound = [2]uint32{least, greatest}
	return encodeTexts(dst, w.texts[:n], w.ends)
}

func (v *addressValues) bounds() (least, greatest []byte, ok bool) {
	if !v.asTexts() {
		return v.stringValues.bounds()
	}
	v.room = table.AppendIPv4(v.room[:0], table.IPv4InOrder(v.bound[0]))
	n := len(v.room)
	v.room = table.AppendIPv4(v.room, table.IPv4InOrder(v.bound[1]))
	return v.room[:n], v.room[n:], true
}

func (v *addressValues) clear() {
	v.stringValues.clear()
	v.known = v.seen.len()
	v.late = v.late[:0]
	if v.lent {
		v.codes, v.lent = nil, false
	}
}

func allNull(values []table.Addr) bool {
	for i := range values {
		if values[i].Version != 0 {
			return false
		}
	}
	return true
}

// allSame says whether all addresses are the same.
func allSame(values []table.Addr) bool {
	for i := range values {
		if values[i] != values[0] {
			return false
		}
	}
	return true
}

// code returns the number of an address, which becomes an entry of the dictionary where it is new.
func (v *addressValues) code(a *table.Addr) int32 {
	k, added := v.seen.code(a)
	if added {
		v.room = a.AppendText(v.room[:0])
		v.dict.add(v.room)
	}
	return k
}

// macValues hold a column of IEEE 802 addresses, of which each is made text once.
type macValues struct {
	stringValues
	seen   numberIndex
	recent recentMACs
	known  []uint64 // values of a batch without its nulls
	room   []byte
}

// A recentMAC is an address that stood in the column lately. A network has few.
type recentMAC struct {
	mac    uint64
	number int32 // plus 1, 0 where there is none
}

// recentMACs stand by their low bits.
type recentMACs [64]recentMAC

// codes puts the numbers of addresses into dst, which is as long, up to the first that did not stand there lately. It
// returns how many these are.
func (r *recentMACs) codes(dst []int32, values []uint64) int {
	dst = dst[:len(values)]
	for i, m := range values {
		x := &r[m%uint64(len(r))]
		if x.mac != m || x.number == 0 {
			return i
		}
		dst[i] = x.number - 1
	}
	return len(values)
}

func newMACValues(*schemas.Column) *macValues {
	v := new(macValues)
	v.forget = func() {
		v.seen.reset()
		clear(v.recent[:])
	}
	return v
}

func (v *macValues) append(p *page, c table.Column, lo, hi int) {
	x := c.(*table.MAC)
	n := p.take(x.Valid, lo, hi)
	if n == 0 {
		return
	}
	values := x.Values[lo:hi]
	if n < len(values) {
		v.known = appendValid(v.known[:0], values, validRange(x.Valid, lo, hi), n)
		values = v.known
	}
	v.codes = v.grow(n)
	out := v.codes[len(v.codes)-n:]
	for i := v.recent.codes(out, values); i < n; {
		m := values[i]
		out[i] = v.seen.code(m)
		v.recent[m%uint64(len(v.recent))] = recentMAC{m, out[i] + 1}
		i++
		i += v.recent.codes(out[i:], values[i:])
	}
	for _, m := range v.seen.keys[v.dict.len():] {
		v.room = table.AppendMAC(v.room[:0], m)
		v.dict.add(v.room)
	}
}
