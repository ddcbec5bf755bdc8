package classify

// remembered is a table of bounded size that forgets what was noted longest ago.
type remembered[K comparable, V any] struct {
	limit   int
	index   index
	entries pool[rememberedEntry[K, V]]
	// links are a ring of the entries in the order of their last use, by number: 0 stands between the one
	// noted last, its prev, and the one noted longest ago. They lie apart from the entries, so that
	// caches hold them: every use changes those of three others.
	links []links
}

type rememberedEntry[K comparable, V any] struct {
	key   K
	hash  uint32 // the upper half of that of the key, which is all that the index needs
	value V
}

func newRemembered[K comparable, V any](limit int) remembered[K, V] {
	return remembered[K, V]{limit: limit, index: newIndex(), links: make([]links, 1)}
}

// find returns the number of the record of a key, 0 where there is none.
func (x *remembered[K, V]) find(hash uint64, key *K) uint32 {
	slots, mask := x.index.slots, x.index.mask
	for i := x.index.first(hash); slots[i] != 0; i = (i + 1) & mask {
		if slot := slots[i]; slot>>32 == hash>>32 {
			if r := uint32(slot); x.entries.at(r).key == *key {
				return r
			}
		}
	}
	return 0
}

// ask returns the record of the key, or none where there is none. It changes nothing.
func (x *remembered[K, V]) ask(hash uint64, key *K, none *V) *V {
	if r := x.find(hash, key); r != 0 {
		return &x.entries.at(r).value
	}
	return none
}

// note returns the record of the key, a new one where there was none, and counts as its use. The
// record is good until the next call.
func (x *remembered[K, V]) note(hash uint64, key *K) *V {
	r := x.find(hash, key)
	if r != 0 {
		e := x.entries.at(r)
		if x.links[0].prev != r {
			x.unlink(r)
			x.link(r)
		}
		return &e.value
	}
	var e *rememberedEntry[K, V]
	if x.index.used >= x.limit {
		r = x.links[0].next
		x.unlink(r)
		e = x.entries.at(r)
		x.index.remove(uint64(e.hash)<<32, r)
	} else {
		r, e = x.entries.get()
		x.links = append(x.links, links{})
	}
	*e = rememberedEntry[K, V]{key: *key, hash: uint32(hash >> 32)}
	x.index.insert(hash, r)
	x.link(r)
	return &e.value
}

// link makes an entry the one noted last.
func (x *remembered[K, V]) link(r uint32) {
	last := x.links[0].prev
	x.links[r] = links{prev: last}
	x.links[last].next, x.links[0].prev = r, r
}

func (x *remembered[K, V]) unlink(r uint32) {
	l := x.links[r]
	x.links[l.prev].next, x.links[l.next].prev = l.next, l.prev
}
