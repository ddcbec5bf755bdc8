package export

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestLiterals decodes frames of contents of many lengths and distributions.
func TestLiterals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	decoder, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer decoder.Close()
	l := newLiteralsEncoder()
	lengths := []int{0, 1, 31, 32, 33, 255, 256, 257, 1022, 1023, 1024, 1025, 16383, 16384, 16385, 65535, 65791, 65792, 65793,
		zstdBlock - 1, zstdBlock, zstdBlock + 1, 2 * zstdBlock, 2*zstdBlock + 20, 700_000}
	for _, n := range lengths {
		for _, kinds := range []int{1, 2, 3, 17, 200, 256} {
			src := make([]byte, n)
			for i := range src {
				src[i] = byte(min(r.IntN(kinds), r.IntN(kinds)))
			}
			frame := l.encode([]byte("before"), src)
			got, err := decoder.DecodeAll(frame[len("before"):], nil)
			if err != nil {
				t.Fatalf("%d bytes of %d kinds: %v", n, kinds, err)
			}
			if !bytes.Equal(got, src) {
				t.Errorf("%d bytes of %d kinds: other bytes came back", n, kinds)
			}
			if len(frame)-len("before") > len(src)+15+len(src)/1000 {
				t.Errorf("%d bytes of %d kinds: %d", n, kinds, len(frame))
			}
			// In trials, the size is estimated.
			size := len(frame) - len("before")
			if d := literalsSize(src) - size; n >= sampleValues && n <= zstdBlock && max(d, -d) > size/16+20 {
				t.Errorf("%d bytes of %d kinds: estimated at %d, %d in fact", n, kinds, literalsSize(src), size)
			}
		}
	}
}
