package main

import "github.com/pcap-teardown/teardown/schemas/table"

// A batchPool gives a source the batches that it was given back.
type batchPool struct{ pool table.PacketsPool }

func (p *batchPool) batch() *table.Packets { return p.pool.Get(table.BatchRows) }

func (p *batchPool) release(b *table.Packets) { p.pool.Put(b) }
