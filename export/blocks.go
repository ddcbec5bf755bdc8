package export

import "slices"

// A block is a piece of what a column has encoded of a row group.
type block [32 << 10]byte

// blocks are bytes in pieces. What is appended first stands alone, since in a small file there is no more. For the rest,
// columns take blocks of one size from one stock, and give them back when their row group is written: nobody knows
// before which column will need how many.
type blocks struct {
	first []byte
	all   []*block
	size  int
}

// append takes what is given as a whole.
func (b *blocks) append(free *spare[block], parts ...[]byte) {
	if b.size == 0 {
		b.first = b.first[:0]
		for _, p := range parts {
			b.size += len(p)
		}
		b.first = slices.Grow(b.first, b.size)
		for _, p := range parts {
			b.first = append(b.first, p...)
		}
		return
	}
	for _, p := range parts {
		for len(p) > 0 {
			at := (b.size - len(b.first)) % len(block{})
			if at == 0 {
				b.all = append(b.all, free.get())
			}
			n := copy(b.all[len(b.all)-1][at:], p)
			b.size += n
			p = p[n:]
		}
	}
}

// each calls f with all bytes in order, until an error.
func (b *blocks) each(f func([]byte) error) error {
	if err := f(b.first); err != nil {
		return err
	}
	left := b.size - len(b.first)
	for _, x := range b.all {
		n := min(left, len(x))
		if err := f(x[:n]); err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// free gives the blocks back.
func (b *blocks) free(to *spare[block]) {
	for i, x := range b.all {
		to.put(x)
		b.all[i] = nil
	}
	b.first, b.all, b.size = b.first[:0], b.all[:0], 0
}
