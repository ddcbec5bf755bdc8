package classify

// An index finds entries by their hash: open addressing with linear probing. A slot has the
// upper half of the hash and the reference of the entry; 0 is empty. The owner compares the
// keys of entries whose hashes agree.
type index struct {
	slots []uint64
	mask  uint64
	used  int
}

func newIndex() index { return index{slots: make([]uint64, 64), mask: 63} }

func slotOf(hash uint64, ref uint32) uint64 { return hash&^0xffffffff | uint64(ref) }

// first returns the position at which the search for a hash begins. The low bits chose the
// shard already, so the position comes from the upper ones.
func (x *index) first(hash uint64) uint64 { return (hash >> 32) & x.mask }

// likely returns the first entry whose hash agrees in its upper half, which nearly always is the one; 0 for none.
func (x *index) likely(hash uint64) uint32 {
	for i := x.first(hash); ; i = (i + 1) & x.mask {
		if slot := x.slots[i]; slot == 0 || slot>>32 == hash>>32 {
			return uint32(slot)
		}
	}
}

// insert adds an entry whose key is not in the index. References begin at 1.
func (x *index) insert(hash uint64, ref uint32) {
	if (x.used+1)*4 > len(x.slots)*3 {
		x.grow()
	}
	i := x.first(hash)
	for x.slots[i] != 0 {
		i = (i + 1) & x.mask
	}
	x.slots[i] = slotOf(hash, ref)
	x.used++
}

func (x *index) grow() {
	old := x.slots
	x.slots = make([]uint64, 2*len(old))
	x.mask = uint64(len(x.slots)) - 1
	for _, s := range old {
		if s != 0 {
			i := x.first(s)
			for x.slots[i] != 0 {
				i = (i + 1) & x.mask
			}
			x.slots[i] = s
		}
	}
}

// find returns the position of the entry of that hash and reference.
func (x *index) find(hash uint64, ref uint32) uint64 {
	want := slotOf(hash, ref)
	for i := x.first(hash); ; i = (i + 1) & x.mask {
		if x.slots[i] == want {
			return i
		}
	}
}

// replace gives an entry another reference.
func (x *index) replace(hash uint64, old, ref uint32) {
	x.slots[x.find(hash, old)] = slotOf(hash, ref)
}

// remove takes an entry out and closes the hole that it leaves in its run of slots.
func (x *index) remove(hash uint64, ref uint32) {
	i := x.find(hash, ref)
	x.used--
	for j := i; ; {
		j = (j + 1) & x.mask
		if x.slots[j] == 0 {
			break
		}
		// The entry at j may move to i unless its search begins after i.
		if home := x.first(x.slots[j]); (j-home)&x.mask >= (j-i)&x.mask {
			x.slots[i] = x.slots[j]
			i = j
		}
	}
	x.slots[i] = 0
}
