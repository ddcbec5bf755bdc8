package export

import (
	"math/rand/v2"
	"testing"
)

// TestChanges counts changes in ranges that begin and end anywhere in a word.
func TestChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 1000 {
		valid := make([]uint8, r.IntN(40))
		want := 0
		for i := range valid {
			valid[i] = uint8(r.IntN(2))
			if i > 0 && valid[i] != valid[i-1] {
				want++
			}
		}
		if got := changes(valid); got != want {
			t.Fatalf("%v: %d changes, want %d", valid, got, want)
		}
	}
}
