package export

import (
	"math/bits"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// numberIndex numbers different integers in the order in which they appear. Small ones, such as lengths, stand in a
// table; from the first large one on all of them stand in an open hash with linear probing, too, a quarter to half full.
type numberIndex struct {
	keys  []uint64
	small [smallKeys]int32 // by the key: its number plus 1, 0 where it has none
	slots []slot           // of all keys, where one is large
	room  []slot           // for slots, also while there are none
	shift uint8
	wide  bool // a key has more than 32 bits
}

// A slot holds the low half of its key, which mostly is the whole of it, so that looking up what is there
// touches one cache line and many slots fit into a cache.
type slot struct {
	low    uint32
	number int32 // plus 1, 0 where the slot is free; of IPv6 addresses negative
}

const (
	smallKeys   = 2048
	firstSlots  = 64
	sparseSlots = 1 << 14
	golden      = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio: multiplicative hashing
)

func (x *numberIndex) len() int { return len(x.keys) }

// code returns the number of k, which is added where it is new.
func (x *numberIndex) code(k uint64) int32 {
	slots := x.slots
	if len(slots) == 0 {
		if k < smallKeys && x.small[k] != 0 {
			return x.small[k] - 1
		}
		return x.add(k)
	}
	for i := k * golden >> (x.shift & 63); ; i++ {
		s := &slots[i&uint64(len(slots)-1)]
		if s.number == 0 {
			return x.add(k)
		}
		if s.low == uint32(k) && (!x.wide && k>>32 == 0 || x.keys[s.number-1] == k) {
			return s.number - 1
		}
	}
}

// codes puts the numbers of values into dst, which is as long, and returns the least and the greatest of
// least, greatest and the values.
func codes[T int32 | int64 | uint64](x *numberIndex, dst []int32, values []T, least, greatest T) (T, T) {
	dst = dst[:len(values)]
	runs, small := inRuns(values), mostlySmall(values)
	for len(values) > 0 && (small || len(x.slots) == 0) {
		var n int
		n, least, greatest = smallCodes(x, dst, values, least, greatest)
		if n < len(values) {
			v := values[n]
			least, greatest = min(least, v), max(greatest, v)
			dst[n] = x.code(uint64(int64(v)))
			n++
		}
		dst, values = dst[n:], values[n:]
	}
	return hashedCodes(x, dst, values, runs, least, greatest)
}

// inRuns says whether most values are the same as that before, by a sample. Where they are not, a branch for
// such values would be guessed wrong so often that it costs more than looking all up.
func inRuns[T int32 | int64 | uint64](values []T) bool {
	const sample = 64
	n := min(len(values), sample)
	same := 0
	for i := 1; i < n; i++ {
		if values[i] == values[i-1] {
			same++
		}
	}
	return 4*same > 3*n
}

// mostlySmall says whether nearly all values have a place in the table of small keys, by a sample: lengths, of which
// few are those of packets that a network card has put together. The table lies in the first cache, the hash does not.
func mostlySmall[T int32 | int64 | uint64](values []T) bool {
	const sample = 64
	n := min(len(values), sample)
	large := 0
	for _, v := range values[:n] {
		if uint64(int64(v)) >= smallKeys {
			large++
		}
	}
	return 16*large <= n
}

// smallCodes is codes for small keys, until a key is large or new. It returns how many values it has numbered.
func smallCodes[T int32 | int64 | uint64](x *numberIndex, dst []int32, values []T, least, greatest T) (int, T, T) {
	dst = dst[:len(values)]
	small := &x.small
	for i, v := range values {
		k := uint64(int64(v))
		if k >= smallKeys {
			return i, least, greatest
		}
		n := small[k]
		if n == 0 {
			return i, least, greatest
		}
		least, greatest = min(least, v), max(greatest, v)
		dst[i] = n - 1
	}
	return len(values), least, greatest
}

// hashedCodes is codes with an open hash.
func hashedCodes[T int32 | int64 | uint64](x *numberIndex, dst []int32, values []T, runs bool, least, greatest T) (T, T) {
	dst = dst[:len(values)]
	slots, shift, wide := x.slots, x.shift&63, x.wide
	last, code := T(0), int32(-1)
	for i, v := range values {
		if runs && v == last && code >= 0 {
			dst[i] = code
			continue
		}
		least, greatest = min(least, v), max(greatest, v)
		k := uint64(int64(v))
		// Most keys stand where their hash says, most others behind it; code looks further.
		h := k * golden >> shift
		s := &slots[h&uint64(len(slots)-1)]
		if s.low != uint32(k) {
			s = &slots[(h+1)&uint64(len(slots)-1)]
		}
		if s.low != uint32(k) || s.number == 0 || (wide || k>>32 != 0) && x.keys[s.number-1] != k {
			last, code = v, x.code(k)
			dst[i] = code
			slots, shift, wide = x.slots, x.shift&63, x.wide // a new key may have changed them
			continue
		}
		last, code = v, s.number-1
		dst[i] = code
	}
	return least, greatest
}

// add numbers a key that has no number yet.
func (x *numberIndex) add(k uint64) int32 {
	x.keys = append(twice(x.keys, 1), k)
	x.wide = x.wide || k>>32 != 0
	n := int32(len(x.keys))
	if k < smallKeys {
		x.small[k] = n
		if len(x.slots) == 0 {
			return n - 1
		}
	}
	if full(len(x.keys), len(x.slots)) {
		x.slots, x.shift = grown(x.room, len(x.keys))
		x.room = x.slots
		for i, k := range x.keys[:n-1] {
			place(x.slots, k*golden>>x.shift, slot{uint32(k), int32(i + 1)})
		}
	}
	place(x.slots, k*golden>>x.shift, slot{uint32(k), n})
	return n - 1
}

// place puts s into the first free slot from i on.
func place(slots []slot, i uint64, s slot) {
	mask := uint64(len(slots) - 1)
	for slots[i&mask].number != 0 {
		i++
	}
	slots[i&mask] = s
}

// full says whether so many keys are too many for so many slots: more than a quarter, so that most keys stand where
// their hash says, or more than half where slots are so many that room in the caches matters more.
func full(keys, slots int) bool {
	if slots < sparseSlots {
		return 4*keys > slots
	}
	return 2*keys > slots
}

// grown returns free slots for so many keys, in room where that is large enough, and the shift that brings a hash
// among them.
func grown(room []slot, keys int) ([]slot, uint8) {
	n := firstSlots
	for full(keys, n) {
		n *= 2
	}
	if cap(room) < n {
		room = make([]slot, n)
	}
	room = room[:n]
	// New memory, too: a page that is read before it is written is mapped twice, and the second time all cores are told.
	clear(room)
	return room, uint8(64 - bits.TrailingZeros(uint(n)))
}

func (x *numberIndex) reset() {
	if len(x.slots) == 0 {
		for _, k := range x.keys {
			x.small[k] = 0
		}
	} else {
		clear(x.small[:])
	}
	x.keys, x.slots, x.wide = x.keys[:0], nil, false
}

// copy makes x, which is empty, hold what another one holds.
func (x *numberIndex) copy(from *numberIndex) {
	x.keys, x.wide = append(x.keys, from.keys...), from.wide
	x.small = from.small
	if len(from.slots) == 0 {
		return
	}
	x.slots, x.shift = append(x.room[:0], from.slots...), from.shift
	x.room = x.slots
}

// cut forgets all keys but the first n.
func (x *numberIndex) cut(n int) {
	if n == len(x.keys) {
		return
	}
	keys := x.keys[:n]
	x.reset()
	for _, k := range keys {
		x.add(k)
	}
}

// addressIndex is numberIndex for IP addresses. The slot of an IPv4 address holds it; that of an IPv6 address
// holds a part of its hash, and the address stands in keys.
type addressIndex struct {
	keys  []table.Addr
	slots []slot
	shift uint8
}

func addressKey(a *table.Addr) uint64 {
	if a.Version == 4 {
		return a.Lo
	}
	return (a.Lo ^ bits.RotateLeft64(a.Hi*golden, 32)) * golden >> 32
}

// entry returns the slot of address number n, counted from 1.
func entry(a *table.Addr, key uint64, n int32) slot {
	if a.Version != 4 {
		n = -n
	}
	return slot{uint32(key), n}
}

// holds reports whether the slot with a number is that of a, if the low half of the key is.
func (x *addressIndex) holds(number int32, a *table.Addr) bool {
	if number > 0 || a.Version == 4 {
		return number > 0 && a.Version == 4
	}
	return x.keys[-number-1] == *a
}

// known puts the numbers of addresses into dst, which is as long, up to the first that it does not find at once: a
// new one, one of IPv6 or one of the few IPv4 addresses that stand far from where their hash says. It returns how
// many it has numbered.
func (x *addressIndex) known(dst []int32, addresses []table.Addr) int {
	slots, shift := x.slots, x.shift&63
	if len(slots) == 0 {
		return 0
	}
	dst = dst[:len(addresses)]
	for i := range addresses {
		a := &addresses[i]
		h := a.Lo * golden >> shift
		s := &slots[h&uint64(len(slots)-1)]
		if s.low != uint32(a.Lo) {
			s = &slots[(h+1)&uint64(len(slots)-1)]
		}
		if s.low != uint32(a.Lo) || s.number <= 0 || a.Version != 4 {
			return i
		}
		dst[i] = s.number - 1
	}
	return len(addresses)
}

// code returns the number of a, which is added where it is new; then added is true.
func (x *addressIndex) code(a *table.Addr) (number int32, added bool) {
	k := addressKey(a)
	if slots := x.slots; len(slots) > 0 {
		for i := k * golden >> (x.shift & 63); ; i++ {
			s := &slots[i&uint64(len(slots)-1)]
			if s.number == 0 {
				break
			}
			if s.low == uint32(k) && x.holds(s.number, a) {
				return max(s.number, -s.number) - 1, false
			}
		}
	}
	x.keys = append(twice(x.keys, 1), *a)
	n := int32(len(x.keys))
	if full(len(x.keys), len(x.slots)) {
		x.slots, x.shift = grown(x.slots, len(x.keys))
		for i := range x.keys[:n-1] {
			k := addressKey(&x.keys[i])
			place(x.slots, k*golden>>x.shift, entry(&x.keys[i], k, int32(i+1)))
		}
	}
	place(x.slots, k*golden>>x.shift, entry(a, k, n))
	return n - 1, true
}

func (x *addressIndex) len() int { return len(x.keys) }

// cut forgets all addresses but the first n.
func (x *addressIndex) cut(n int) {
	keys := x.keys[:n]
	x.reset()
	for i := range keys {
		x.code(&keys[i])
	}
}

func (x *addressIndex) reset() {
	x.keys, x.slots = x.keys[:0], x.slots[:0]
}
