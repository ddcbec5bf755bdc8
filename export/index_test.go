package export

import (
	"math/rand/v2"
	"testing"
)

// TestNumbers numbers batches of small and large integers, some of them all small but a few, and forgets some again. The
// numbers must be those of the order in which the integers appeared.
func TestNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	index, other := new(numberIndex), new(numberIndex)
	for round := range 50 {
		var order []int64
		want := map[int64]int32{}
		for range 20 {
			values := make([]int64, 1+r.IntN(500))
			small := r.IntN(3) > 0
			for i := range values {
				values[i] = int64(r.IntN(smallKeys))
				if !small && r.IntN(2) == 0 || r.IntN(50) == 0 {
					values[i] = r.Int64N(100_000)<<uint(r.IntN(2)*30) - 10
				}
			}
			least, greatest := values[0], values[0]
			for _, v := range values {
				least, greatest = min(least, v), max(greatest, v)
			}
			got := make([]int32, len(values))
			if a, b := codes(index, got, values, values[0], values[0]); a != least || b != greatest {
				t.Fatalf("round %d: bounds %d and %d, want %d and %d", round, a, b, least, greatest)
			}
			for i, v := range values {
				n, known := want[v]
				if !known {
					n = int32(len(order))
					want[v] = n
					order = append(order, v)
				}
				if got[i] != n {
					t.Fatalf("round %d: %d has number %d, want %d", round, v, got[i], n)
				}
			}
			switch r.IntN(10) {
			case 0:
				n := r.IntN(len(order) + 1)
				index.cut(n)
				for _, v := range order[n:] {
					delete(want, v)
				}
				order = order[:n]
			case 1:
				other.copy(index)
				index.reset()
				index, other = other, index
			}
		}
		index.reset()
	}
}
