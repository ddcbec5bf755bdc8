package table

import "sync"

// A PacketsPool keeps batches of packets that are to be used again. Any goroutine may use it; it is touched once per
// batch.
type PacketsPool struct{ free pool[*Packets] }

// Get returns an empty batch with room for the given number of rows at least: one that was put there, or a new one.
func (p *PacketsPool) Get(rows int) *Packets {
	if b, ok := p.get(rows); ok {
		b.WantColumns()
		b.DigestsOnly = false
		return b
	}
	return NewPackets(rows)
}

// GetDigests is Get for a batch that is DigestsOnly.
func (p *PacketsPool) GetDigests(rows int) *Packets {
	if b, ok := p.get(rows); ok {
		b.WantDigests()
		b.DigestsOnly = true
		return b
	}
	return NewDigests(rows)
}

// get takes out a batch that is large enough; smaller ones before it are dropped.
func (p *PacketsPool) get(rows int) (b *Packets, ok bool) {
	for {
		if b, ok = p.free.get(); !ok || len(b.Frame.Values) >= rows {
			return b, ok
		}
	}
}

// Put empties a batch and keeps it. Rows may have been dropped from it, whose values stay behind.
func (p *PacketsPool) Put(b *Packets) {
	b.N = len(b.Frame.Values)
	b.Reset()
	p.free.put(b)
}

// A ConnectionsPool is the same for batches of connections.
type ConnectionsPool struct{ free pool[*Connections] }

// Get returns an empty batch: one that was put there, or a new one with room for the given number of rows.
func (p *ConnectionsPool) Get(rows int) *Connections {
	if b, ok := p.free.get(); ok {
		return b
	}
	return NewConnections(rows)
}

// Put empties a batch and keeps it.
func (p *ConnectionsPool) Put(b *Connections) {
	b.Reset()
	p.free.put(b)
}

type pool[B any] struct {
	mu   sync.Mutex
	free []B
}

func (p *pool[B]) get() (b B, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return b, false
	}
	b = p.free[n-1]
	p.free = p.free[:n-1]
	return b, true
}

func (p *pool[B]) put(b B) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, b)
}
