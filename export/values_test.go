package export

import (
	"math/rand"
	"testing"
)

// TestChanges counts changes in ranges that begin and end anywhere in a word.
func TestChanges(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 1000 {
		valid := make([]uint8, r.Intn(40))
		want := 0
		for i := range valid {
			valid[i] = uint8(r.Intn(2))
			if i > 0 && valid[i] != valid[i-1] {
				want++
			}
		}
		if got := changes(valid); got != want {
			t.Fatalf("%v: %d changes, want %d", valid, got, want)
		}
	}
}
