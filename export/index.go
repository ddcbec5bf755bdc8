package export

import (
	"math/bits"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// numberIndex numbers different integers in the order in which they appear. While all are small, such as
// lengths, they stand in a table; from the first large one on in an open hash with linear probing, at most half full.
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
	smallKeys  = 2048
	firstSlots = 64
	golden     = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio: multiplicative hashing
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
		if s.low == uint32(k) && x.keys[s.number-1] == k {
			return s.number - 1
		}
	}
}

// codes puts the numbers of values into dst, which is as long, and returns the least and the greatest of
// least, greatest and the values.
func codes[T int32 | int64 | uint64](x *numberIndex, dst []int32, values []T, least, greatest T) (T, T) {
	if len(values) == 0 {
		return least, greatest
	}
	dst = dst[:len(values)]
	last, code := values[0], x.code(uint64(int64(values[0])))
	least, greatest = min(least, last), max(greatest, last)
	for i, v := range values {
		if v == last {
			dst[i] = code
			continue
		}
		last = v
		least, greatest = min(least, v), max(greatest, v)
		k := uint64(int64(v))
		if slots := x.slots; len(slots) > 0 {
			// Most keys stand where their hash says; code looks further.
			s := &slots[k*golden>>(x.shift&63)&uint64(len(slots)-1)]
			if s.low == uint32(k) && s.number != 0 && (k>>32 == 0 && !x.wide || x.keys[s.number-1] == k) {
				code = s.number - 1
				dst[i] = code
				continue
			}
		} else if k < smallKeys && x.small[k] != 0 {
			code = x.small[k] - 1
			dst[i] = code
			continue
		}
		code = x.code(k)
		dst[i] = code
	}
	return least, greatest
}

// add numbers a key that has no number yet.
func (x *numberIndex) add(k uint64) int32 {
	x.keys = append(x.keys, k)
	x.wide = x.wide || k>>32 != 0
	n := int32(len(x.keys))
	if len(x.slots) == 0 && k < smallKeys {
		x.small[k] = n
		return n - 1
	}
	if 2*len(x.keys) > len(x.slots) {
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

// grown returns free slots for so many keys, in room where that is large enough, and the shift that brings a hash
// among them.
func grown(room []slot, keys int) ([]slot, uint8) {
	n := max(1<<bits.Len(uint(2*keys-1)), firstSlots)
	if cap(room) < n {
		room = make([]slot, n)
	} else {
		room = room[:n]
		clear(room)
	}
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

// lookup4 returns the number of an IPv4 address that stands where its hash says, as most do.
func (x *addressIndex) lookup4(key uint64) (number int32, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	s := &x.slots[key*golden>>(x.shift&63)&uint64(len(x.slots)-1)]
	return s.number - 1, s.low == uint32(key) && s.number > 0
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
			if n := max(s.number, -s.number); s.low == uint32(k) && x.keys[n-1] == *a {
				return n - 1, false
			}
		}
	}
	x.keys = append(x.keys, *a)
	n := int32(len(x.keys))
	if 2*len(x.keys) > len(x.slots) {
		x.slots, x.shift = grown(x.slots, len(x.keys))
		for i := range x.keys[:n-1] {
			k := addressKey(&x.keys[i])
			place(x.slots, k*golden>>x.shift, entry(&x.keys[i], k, int32(i+1)))
		}
	}
	place(x.slots, k*golden>>x.shift, entry(a, k, n))
	return n - 1, true
}

func (x *addressIndex) reset() {
	x.keys, x.slots = x.keys[:0], x.slots[:0]
}
