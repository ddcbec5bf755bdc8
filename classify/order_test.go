package classify

import (
	"strings"
	"testing"
	"time"
)

// TestOrderOfLists holds that connections are finished at the same packets whether their lists
// are kept in order or sorted when it matters.
func TestOrderOfLists(t *testing.T) {
	var w wire
	w.random(20000, 3, false)
	opt := Options{IdleEstablished: 6 * time.Second, IdleTransitory: 2 * time.Second, MaxConnections: shardCount * 1000}
	_, lazy := w.rows(t, opt)
	opt.MaxConnections = shardCount * 28 // in order from 14 live connections to 7
	_, exact := w.rows(t, opt)
	if lazy != exact {
		t.Error("the rows differ")
	}
	if n := strings.Count(lazy, "\n"); n < 5000 {
		t.Errorf("%d connections, want 5,000 or more", n)
	}
	if strings.Contains(exact, "evicted") {
		t.Error("the limit was reached")
	}
}

// TestEviction holds that the connection that has been silent for longest makes place.
func TestEviction(t *testing.T) {
	l := (&Options{MaxConnections: shardCount * 3}).limits()
	s := newShard(0, l, new(arena))
	s.columns = true
	j := newJob(1, 1)
	var w wire
	for i, host := range []int{1, 2, 3, 1, 4, 5} { // 2 has been silent for longest, then 3
		w.packet(i, host, 1000, true, flagACK, 1, 1, 10)
	}
	j.batch = w.batches[0]
	p := preparer{workers: 1}
	p.prepare(j)
	for i := range j.lists[0].tickets() {
		var t task
		j.task(&j.lists[0].room[i], &t)
		s.take(j, 0, &t, likely{})
	}
	var got []int64
	for _, f := range j.finished[0] {
		got = append(got, f.connID)
	}
	if len(got) != 2 || got[0] != 2 || got[1] != 3 {
		t.Errorf("connections %v made place, want those that began with frames 2 and 3", got)
	}
}
