package capture

import (
	"io"
	"sync"
	"sync/atomic"
)

// slabBytes is how much is read at a time: so much stays in the second cache until it is decoded.
const slabBytes = 128 << 10

// A slab is a piece of the uncompressed capture. It is free again when neither the input
// nor a batch refers to it.
type slab struct {
	buf  []byte
	refs atomic.Int32
}

// slabPool keeps slabs that nothing refers to. It is touched once per slab and batch.
type slabPool struct {
	mu   sync.Mutex
	free []*slab
}

func (p *slabPool) get(size int) *slab {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := len(p.free); n > 0; n = len(p.free) {
		s := p.free[n-1]
		p.free = p.free[:n-1]
		if len(s.buf) >= size {
			s.refs.Store(1)
			return s
		}
	}
	s := &slab{buf: make([]byte, size)}
	s.refs.Store(1)
	return s
}

func (p *slabPool) release(s *slab) {
	if s.refs.Add(-1) > 0 || len(s.buf) > slabBytes {
		return
	}
	p.mu.Lock()
	p.free = append(p.free, s)
	p.mu.Unlock()
}

// An input gives the uncompressed bytes of a capture in slabs: the unread ones are
// slab.buf[r:w]. It reads large pieces and copies only what a slab cuts in two.
type input struct {
	src  io.Reader
	pool *slabPool
	slab *slab
	r, w int
	base int64 // offset of slab.buf[0] in the uncompressed capture
	err  error // of the reader; io.EOF at the end
}

// firstSlabBytes is the size of the first slab: most captures are small.
const firstSlabBytes = 64 << 10

func newInput(src io.Reader, pool *slabPool) *input {
	return &input{src: src, pool: pool, slab: pool.get(firstSlabBytes)}
}

func (in *input) close() { in.pool.release(in.slab) }

// offset is the place of the next unread byte.
func (in *input) offset() int64 { return in.base + int64(in.r) }

// unread returns the bytes at hand.
func (in *input) unread() []byte { return in.slab.buf[in.r:in.w] }

// need makes n bytes available and reports whether there are as many.
func (in *input) need(n int) bool { return in.w-in.r >= n || in.fill(n) }

// fill is need where bytes have to be read.
func (in *input) fill(n int) bool {
	empty := 0
	for in.w-in.r < n {
		if in.err != nil {
			return false
		}
		if in.r+n > len(in.slab.buf) {
			in.grow(n)
		}
		m, err := in.src.Read(in.slab.buf[in.w:])
		in.w += m
		if err != nil {
			in.err = err
		} else if m == 0 {
			if empty++; empty == 100 {
				in.err = io.ErrNoProgress
			}
		}
	}
	return true
}

// grow moves the unread bytes to the start of the slab, where no batch refers to it, so that what is read next stands in
// memory that the caches hold; else to that of another one. A record that is larger
// than a slab gets a larger one step by step: its length may be a lie.
func (in *input) grow(n int) {
	size := slabBytes
	if have := in.w - in.r; n > size {
		size = min(n, max(size, 2*have))
	}
	next := in.slab
	if have := len(next.buf); have < size || have > max(size, slabBytes) || next.refs.Load() > 1 {
		next = in.pool.get(size)
	}
	copied := copy(next.buf, in.unread())
	in.base += int64(in.r)
	if next != in.slab {
		in.pool.release(in.slab)
	}
	in.slab, in.r, in.w = next, 0, copied
}
