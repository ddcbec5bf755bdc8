package classify

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/rare"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestRememberedForgets compares a small table with a list in the order of use.
func TestRememberedForgets(t *testing.T) {
	const limit = 16
	rng := rand.New(rand.NewPCG(3, 4))
	x := newRemembered[int, int](limit)
	var used []int // noted longest ago first
	values := map[int]int{}
	for n := range 20000 {
		key := rng.IntN(40)
		hash := uint64(key%11) << 32 // some meet
		none := -1
		if rng.IntN(3) == 0 {
			got, want := *x.ask(hash, &key, &none), -1
			if slices.Contains(used, key) {
				want = values[key]
			}
			if got != want {
				t.Fatalf("step %d: key %d has %d, want %d", n, key, got, want)
			}
			continue
		}
		v := x.note(hash, &key)
		if i := slices.Index(used, key); i >= 0 {
			if *v != values[key] {
				t.Fatalf("step %d: key %d has %d, want %d", n, key, *v, values[key])
			}
			used = slices.Delete(used, i, i+1)
		} else {
			if *v != 0 {
				t.Fatalf("step %d: the new key %d has %d", n, key, *v)
			}
			if len(used) == limit {
				used = used[1:]
			}
		}
		used = append(used, key)
		*v, values[key] = n, n
		if x.index.used != len(used) {
			t.Fatalf("step %d: %d records, want %d", n, x.index.used, len(used))
		}
	}
}

// TestKnowledgeSteady holds that remembering costs no memory once the tables are full.
func TestKnowledgeSteady(t *testing.T) {
	k := newKnowledge(64)
	n := 0
	step := func() {
		n++
		o := observed{orig: table.Addr{Lo: uint64(n % 300), Version: 4}, resp: table.Addr{Lo: uint64(1000 + n%200), Version: 4}, respPort: uint16(n % 7)}
		o.Observation = facts.Observation{Kind: int64(1 + n%4), Time: int64(n) * 100000, From: int64(n % 2), Ttl: 60, Serves: n%2 == 1}
		k.apply(&o)
	}
	for range 5000 {
		step()
	}
	if got := testing.AllocsPerRun(2000, step); got > 0.01 {
		t.Errorf("%v allocations per observation", got)
	}
}

// TestTargets holds what a scan of hosts is: ten hosts within a minute at which an originator fails,
// each counted once a minute.
func TestTargets(t *testing.T) {
	for _, c := range []struct {
		hosts int
		pause int64 // microseconds
		scan  bool
	}{{9, 1000000, false}, {10, 1000000, true}, {10, 7000000, false}, {12, 6000000, true}, {40, 30000000, false}} {
		k := newKnowledge(knownLimit)
		orig := table.Addr{Lo: 1, Version: 4}
		var middle int64
		for i := range c.hosts {
			for range 3 { // the same host again counts once
				o := observed{orig: orig, resp: table.Addr{Lo: uint64(100 + i), Version: 4}, respPort: 80}
				o.Observation = facts.Observation{Kind: 2, Time: int64(i) * c.pause, From: 1}
				k.apply(&o)
			}
			if i == c.hosts/2 {
				middle = int64(i) * c.pause
			}
		}
		x := tcpConn{}
		conn := x.reset(new(rare.Lender))
		conn.key, _ = keyOf(orig, table.Addr{Lo: 100, Version: 4}, 40000, 80, protoTCP, false)
		conn.tcp.Dir[0].SynTime = middle
		var known facts.Known
		k.consult(conn, &facts.Ending{}, &known)
		if known.Scans != c.scan {
			t.Errorf("%d hosts, %d s apart: a scan is %v, want %v", c.hosts, c.pause/1000000, known.Scans, c.scan)
		}
	}
}
