package classify

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pcap-teardown/teardown/schemas/table"
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

// BenchmarkLookup finds live connections among 10 thousand to 10 million, in random order and
// in blocks as the classifier does.
func BenchmarkLookup(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := New(Options{})
			tasks, tickets := make([]task, n), make([]ticket, n)
			j := &job{batch: new(table.Packets)}
			j.batch.Digests = make([]table.Digest, 1)
			for i := range tasks {
				t := &tasks[i]
				t.key, _ = keyOf(table.Addr{Lo: uint64(i), Version: 4}, table.Addr{Lo: 1 << 31, Version: 4}, uint16(i), 443, protoTCP, false)
				t.hash = t.key.hash()
				t.shard = uint8(t.hash % shardCount)
				s := c.shards[t.shard]
				r, e := s.embryos.get()
				e.key = t.key
				s.index.insert(t.hash, r|embryoBit)
			}
			rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, k int) { tasks[i], tasks[k] = tasks[k], tasks[i] })
			for i := range tasks {
				tickets[i] = ticket{hash: tasks[i].hash, shard: tasks[i].shard}
			}
			at, found := 0, 0
			var ahead [warmRows]nextRow
			sum := uint64(0)
			for b.Loop() {
				if at%warmRows == 0 {
					some := tickets[at:min(at+warmRows, n)]
					rows := ahead[:len(some)]
					sum += c.find(j, some, rows) + warm(some, rows)
				}
				t := &tasks[at]
				if c.shards[t.shard].lookup(t.hash, &t.key) != 0 {
					found++
				}
				if at++; at == n {
					at = 0
				}
			}
			if found != b.N || sum == 1 {
				b.Errorf("%d of %d found", found, b.N)
			}
		})
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

// keyOf is key.set.
func keyOf(src, dst table.Addr, srcPort, dstPort uint16, proto uint8, oneWay bool) (k key, reversed bool) {
	reversed = k.set(&src, &dst, srcPort, dstPort, proto, oneWay)
	return k, reversed
}
