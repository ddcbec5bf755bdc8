package main

import (
	"sync"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// A batchPool keeps the batches that a source was given back. Any goroutine may use it.
type batchPool struct {
	mu   sync.Mutex
	free []*table.Packets
}

// batch returns an empty batch.
func (p *batchPool) batch() *table.Packets {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	return table.NewPackets(table.BatchRows)
}

// release takes a batch, of which rows may have been dropped, whose values stay behind.
func (p *batchPool) release(b *table.Packets) {
	b.N = len(b.Frame.Values)
	b.Reset()
	b.N = 0
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, b)
}
