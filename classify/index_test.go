package classify

import (
	"math/rand/v2"
	"testing"
)

// TestIndex compares the index with a map through random insertions and removals, with few
// distinct hashes so that runs collide.
func TestIndex(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := newIndex()
	want := map[uint32]uint64{}
	var refs []uint32
	for n := range 20000 {
		if rng.IntN(3) > 0 || len(refs) == 0 {
			ref := uint32(n + 1)
			hash := rng.Uint64N(200) << 32
			x.insert(hash, ref)
			want[ref], refs = hash, append(refs, ref)
		} else {
			i := rng.IntN(len(refs))
			ref := refs[i]
			refs[i] = refs[len(refs)-1]
			refs = refs[:len(refs)-1]
			x.remove(want[ref], ref)
			delete(want, ref)
		}
		if x.used != len(want) {
			t.Fatalf("step %d: %d entries, want %d", n, x.used, len(want))
		}
	}
	for ref, hash := range want {
		found := false
		for i := x.first(hash); x.slots[i] != 0; i = (i + 1) & x.mask {
			found = found || x.slots[i] == slotOf(hash, ref)
		}
		if !found {
			t.Errorf("reference %d is lost", ref)
		}
	}
}

// TestTTLCount keeps the value of the majority whatever else passes by.
func TestTTLCount(t *testing.T) {
	var c account
	for i := range 200_000 {
		c.addTTL(0, 64)
		c.addTTL(0, uint8(i))
	}
	if v, ok := c.mostTTL(0); !ok || v != 64 {
		t.Errorf("most frequent is %d, want 64", v)
	}
}
