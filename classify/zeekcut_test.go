package classify

import (
	"fmt"
	"testing"
)

// TestZeekWorkers holds that with Zeek's cutter, too, the number of workers changes nothing.
func TestZeekWorkers(t *testing.T) {
	var wantP, wantC string
	for _, workers := range []int{1, 2, 3, 8} {
		var w wire
		w.random(20000, 3, false)
		p, c := w.rows(t, Options{Workers: workers, Writers: workers, Cutter: CutZeek, MaxConnections: 6400})
		if workers == 1 {
			wantP, wantC = p, c
			continue
		}
		if p != wantP || c != wantC {
			t.Errorf("%d workers give other rows than 1", workers)
		}
	}
}

// TestDefragmenter puts pieces together in any order, and nothing out of pieces with a hole.
func TestDefragmenter(t *testing.T) {
	for _, x := range []struct {
		pieces [][2]int64
		want   string
	}{
		{[][2]int64{{0, 8}, {8, 16}, {16, 20}}, "[[0 20]]"},
		{[][2]int64{{16, 20}, {0, 8}, {8, 16}}, "[[0 20]]"},
		{[][2]int64{{0, 8}, {16, 20}}, "[[0 8] [16 20]]"},
		{[][2]int64{{0, 16}, {8, 12}, {16, 20}}, "[[0 20]]"},
	} {
		var g datagram
		for _, p := range x.pieces {
			g.piece(p[0], p[1])
		}
		if got := fmt.Sprint(g.pieces); got != x.want {
			t.Errorf("%v: %s, want %s", x.pieces, got, x.want)
		}
	}
}
