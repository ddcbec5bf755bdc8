package export

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestDeltaInt64 wants the same bytes, whichever encoder is the faster one, and the values back.
func TestDeltaInt64(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	w := new(worker)
	small, large := 0, 0
	for _, bits := range []int{1, 8, 15, 17, 24, 31} {
		for _, n := range []int{1, 2, 128, 129, 300, 5000} {
			values := make([]int64, n)
			for i := range values {
				values[i] = -1<<40 + r.Int64N(1<<bits)
			}
			if smallSteps(values) {
				small++
			} else {
				large++
			}
			least, greatest := leastGreatest(values)
			got := deltaInt64(w, nil, values, least, greatest)
			narrow := must(deltaEncoding.EncodeInt32(nil, lessFirst[int32](nil, values)))
			wide := must(deltaEncoding.EncodeInt64(nil, lessFirst[int64](nil, values)))
			if !bytes.Equal(narrow, wide) || !bytes.HasSuffix(got, narrow[min(len(narrow), 8):]) {
				t.Errorf("%d values of %d bits: the encoders write different bytes", n, bits)
			}
			back, err := deltaEncoding.DecodeInt64(nil, got)
			if err != nil || !slices.Equal(back, values) {
				t.Errorf("%d values of %d bits: others come back, error %v", n, bits, err)
			}
		}
	}
	if small == 0 || large == 0 {
		t.Errorf("%d with small steps, %d with large ones: both are to be tested", small, large)
	}
}
