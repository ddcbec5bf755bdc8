package differential

// random draws numbers: from the given bytes first, so that a fuzzer steers what happens, then
// from a generator that is the same everywhere (xorshift64*).
type random struct {
	bytes []byte
	state uint64
}

func newRandom(seed uint64, bytes []byte) *random {
	return &random{bytes: bytes, state: seed*2685821657736338717 | 1}
}

func (r *random) next() uint64 {
	r.state ^= r.state >> 12
	r.state ^= r.state << 25
	r.state ^= r.state >> 27
	return r.state * 2685821657736338717
}

// n returns a number from 0 to k-1, out of one byte if k is small.
func (r *random) n(k int64) int64 {
	if k <= 256 && len(r.bytes) > 0 {
		b := r.bytes[0]
		r.bytes = r.bytes[1:]
		return int64(b) % k
	}
	return int64(r.next()>>11) % k
}

// percent is true in p of 100 cases.
func (r *random) percent(p int64) bool { return r.n(100) < p }

// pick returns one of the numbers.
func (r *random) pick(list ...int64) int64 { return list[r.n(int64(len(list)))] }
