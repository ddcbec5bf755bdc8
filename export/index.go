package export

import (
	"math/bits"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// numberIndex numbers different integers in the order in which they appear. Small ones, such as
// ports and lengths, stand in a table; the others in an open hash with linear probing, at most
// half full.
type numberIndex struct {
	keys  []uint64
	small []int32 // by the key: its number plus 1, 0 where it has none
	slots []int32 // number of a key plus 1, 0 where free
	shift uint8
	large int // keys in slots
}

const (
	smallKeys  = 1 << 16
	firstSlots = 64
	golden     = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio: multiplicative hashing
)

func (x *numberIndex) len() int { return len(x.keys) }

// code returns the number of k, which is added where it is new.
func (x *numberIndex) code(k uint64) int32 {
	if k < uint64(len(x.small)) {
		if n := x.small[k]; n != 0 {
			return n - 1
		}
		return x.add(k)
	}
	mask := uint64(len(x.slots) - 1)
	for i := k * golden >> x.shift; len(x.slots) != 0; i++ {
		n := x.slots[i&mask]
		if n == 0 {
			break
		}
		if x.keys[n-1] == k {
			return n - 1
		}
	}
	return x.add(k)
}

func (x *numberIndex) add(k uint64) int32 {
	x.keys = append(x.keys, k)
	number := len(x.keys) - 1
	if k < smallKeys {
		if k >= uint64(len(x.small)) {
			// Twice as much at least, so that growing stays rare.
			x.small = append(x.small, make([]int32, 1<<bits.Len64(k|255)-len(x.small))...)
		}
		x.small[k] = int32(number + 1)
		return int32(number)
	}
	if x.large++; 2*x.large > len(x.slots) {
		x.slots, x.shift = grownSlots(x.slots)
		for i, k := range x.keys[:number] {
			if k >= smallKeys {
				x.place(i)
			}
		}
	}
	x.place(number)
	return int32(number)
}

func (x *numberIndex) place(number int) {
	mask := uint64(len(x.slots) - 1)
	i := x.keys[number] * golden >> x.shift
	for x.slots[i&mask] != 0 {
		i++
	}
	x.slots[i&mask] = int32(number + 1)
}

func (x *numberIndex) reset() {
	x.keys, x.large = x.keys[:0], 0
	clear(x.small)
	clear(x.slots)
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

// grownSlots returns twice as many slots, free, and the shift that brings a hash among them.
func grownSlots(slots []int32) ([]int32, uint8) {
	n := max(2*len(slots), firstSlots)
	shift := uint8(64)
	for m := n; m > 1; m /= 2 {
		shift--
	}
	return make([]int32, n), shift
}

// addressIndex is numberIndex for IP addresses.
type addressIndex struct {
	keys  []table.Addr
	slots []int32
	shift uint8
}

func hashAddr(a *table.Addr) uint64 {
	return (a.Lo ^ (a.Hi^uint64(a.Version))*0xff51afd7ed558ccd) * golden
}

// find returns the number of k, or -1.
func (x *addressIndex) find(k *table.Addr) int32 {
	mask := uint64(len(x.slots) - 1)
	for i := hashAddr(k) >> x.shift; len(x.slots) != 0; i++ {
		n := x.slots[i&mask]
		if n == 0 {
			break
		}
		if x.keys[n-1] == *k {
			return n - 1
		}
	}
	return -1
}

func (x *addressIndex) add(k table.Addr) int32 {
	x.keys = append(x.keys, k)
	if 2*len(x.keys) > len(x.slots) {
		x.slots, x.shift = grownSlots(x.slots)
		for i := range x.keys {
			x.place(i)
		}
	} else {
		x.place(len(x.keys) - 1)
	}
	return int32(len(x.keys) - 1)
}

func (x *addressIndex) place(number int) {
	mask := uint64(len(x.slots) - 1)
	i := hashAddr(&x.keys[number]) >> x.shift
	for x.slots[i&mask] != 0 {
		i++
	}
	x.slots[i&mask] = int32(number + 1)
}

func (x *addressIndex) reset() {
	x.keys = x.keys[:0]
	clear(x.slots)
}
