package table

import "sync"

// A PacketsPool keeps batches of packets that are to be used again. Any goroutine may use it; it is touched once per
// batch.
type PacketsPool struct {
	mu   sync.Mutex
	free []*Packets
}

// Get returns an empty batch: one that was put there, or a new one with room for the given number of rows.
func (p *PacketsPool) Get(rows int) *Packets {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	return NewPackets(rows)
}

// Put empties a batch and keeps it. Rows may have been dropped from it, whose values stay behind.
func (p *PacketsPool) Put(b *Packets) {
	b.N = len(b.Frame.Values)
	b.Reset()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, b)
}
