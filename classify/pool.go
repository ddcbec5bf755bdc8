package classify

// chunkSize is the number of values that a pool allocates at once.
const chunkSize = 64

// A pool hands out values of one type by number, from 1, and takes them back. Values never
// move, so that pointers to them stay good.
type pool[T any] struct {
	chunks []*[chunkSize]T
	free   []uint32
	next   uint32
}

// get returns a value, which is as its last user left it or zero.
func (p *pool[T]) get() (uint32, *T) {
	if n := len(p.free); n > 0 {
		i := p.free[n-1]
		p.free = p.free[:n-1]
		return i, p.at(i)
	}
	if p.next%chunkSize == 0 {
		p.chunks = append(p.chunks, new([chunkSize]T))
	}
	p.next++
	return p.next, p.at(p.next)
}

// at returns the value of a number.
func (p *pool[T]) at(i uint32) *T { return &p.chunks[(i-1)/chunkSize][(i-1)%chunkSize] }

// put takes a value back.
func (p *pool[T]) put(i uint32) { p.free = append(p.free, i) }
