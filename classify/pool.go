package classify

import "math/bits"

// A pool hands out values of one type by number, from 1, and takes them back. Values never
// move, so that pointers to them stay good. They are allocated in chunks: two of 64 values, then
// each twice as long as the one before until it has 1024. So few are allocated where few are
// needed, the list of chunks stays short, and no memory is lost at their ends.
type pool[T any] struct {
	chunks [][]T
	free   []uint32
	next   uint32
}

const (
	leastBits = 6
	mostBits  = 10
)

// get returns a value, which is as its last user left it or zero.
func (p *pool[T]) get() (uint32, *T) {
	if n := len(p.free); n > 0 {
		i := p.free[n-1]
		p.free = p.free[:n-1]
		return i, p.at(i)
	}
	chunk, offset := place(p.next)
	if offset == 0 {
		p.chunks = append(p.chunks, make([]T, 1<<min(max(chunk-1, 0)+leastBits, mostBits)))
	}
	p.next++
	return p.next, &p.chunks[chunk][offset]
}

// upcoming returns the value that get will return, nil where it will make room first.
func (p *pool[T]) upcoming() *T {
	if n := len(p.free); n > 0 {
		return p.at(p.free[n-1])
	}
	if chunk, offset := place(p.next); chunk < len(p.chunks) {
		return &p.chunks[chunk][offset]
	}
	return nil
}

// place returns where the value of a number, less 1, is.
func place(i uint32) (chunk int, offset uint32) {
	if i >= 1<<mostBits {
		return int(i>>mostBits) + mostBits - leastBits, i & (1<<mostBits - 1)
	}
	chunk = bits.Len32(i >> leastBits)
	if chunk > 0 {
		i -= 1 << (chunk - 1 + leastBits)
	}
	return chunk, i
}

// at returns the value of a number.
func (p *pool[T]) at(i uint32) *T {
	chunk, offset := place(i - 1)
	return &p.chunks[chunk][offset]
}

// put takes a value back.
func (p *pool[T]) put(i uint32) { p.free = append(p.free, i) }
