package classify

import (
	"io"
	"sync"
	"sync/atomic"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// A Classifier classifies one world: the frames of one capture, or of several in the order of
// the world.
type Classifier struct {
	opt     Options
	workers int
	shards  [shardCount]*shard
	free    *table.ConnectionsPool

	// Streams beyond the limit have no number; see StreamsEnded.
	streamsEnded atomic.Int64
}

// New returns a classifier.
func New(opt Options) *Classifier {
	c := &Classifier{opt: opt, workers: min(max(opt.Workers, 1), shardCount), free: opt.Batches}
	if c.free == nil {
		c.free = &table.ConnectionsPool{}
	}
	l := opt.limits()
	arenas := make([]*arena, c.workers)
	for w := range arenas {
		arenas[w] = &arena{details: opt.Zeek != nil}
	}
	for i := range c.shards {
		c.shards[i] = newShard(i, l, arenas[i%c.workers])
		c.shards[i].zeekCut = opt.Cutter == CutZeek
		c.shards[i].columns = !opt.NoColumns
	}
	return c
}

// StreamsEnded returns the first frame whose stream has no number because of MaxStreams, or 0.
// It may be called when Run has returned.
func (c *Classifier) StreamsEnded() int64 { return c.streamsEnded.Load() }

// Release takes a batch of connections back.
func (c *Classifier) Release(b *table.Connections) { c.free.Put(b) }

// Run takes batches from next until io.EOF, in the order of the world, and hands the same
// batches to packets with the classification columns filled, and batches of finished
// connections to connections, each in order. Both are called from one goroutine at a time. The first
// error of one of the three ends the run and is returned.
func (c *Classifier) Run(next func() (*table.Packets, error), packets func(*table.Packets) error, connections func(*table.Connections) error) error {
	p := &preparer{workers: c.workers, zeek: c.opt.Cutter == CutZeek}
	col := &collector{classifier: c, packets: packets, connections: connections, known: newKnowledge(knownLimit), next: make([]int, c.workers)}
	col.writer = rowWriter{seed: c.opt.CommunityIDSeed, knowledge: col.known}
	col.writer.arena.details = c.opt.Zeek != nil
	var err error
	if c.workers == 1 {
		err = c.alone(next, p, col)
	} else {
		err = c.together(next, p, col)
	}
	if col.err != nil {
		return col.err
	}
	if err != nil && err != io.EOF {
		return err
	}
	return col.end(p.clock)
}

// alone takes one batch after the other through all steps: what one step has written is in the caches for the next.
func (c *Classifier) alone(next func() (*table.Packets, error), p *preparer, col *collector) error {
	j := newJob(1, c.lists())
	for {
		b, err := next()
		if err != nil {
			return err
		}
		j.batch = b
		p.prepare(j)
		c.work(j, 0)
		if err := col.collect(j); err != nil {
			return err
		}
	}
}

// together has a goroutine for each worker and one that collects.
func (c *Classifier) together(next func() (*table.Packets, error), p *preparer, col *collector) error {
	const inFlight = 4
	recycled := make(chan *job, inFlight)
	for range inFlight {
		recycled <- newJob(c.workers, c.lists())
	}
	ordered := make(chan *job, inFlight)
	queues := make([]chan *job, c.workers)
	var running sync.WaitGroup
	for w := range queues {
		queues[w] = make(chan *job, inFlight)
		running.Go(func() {
			for j := range queues[w] {
				c.work(j, w)
				if atomic.AddInt32(&j.pending, -1) == 0 {
					j.done <- struct{}{}
				}
			}
		})
	}
	var failed atomic.Bool
	running.Go(func() {
		for j := range ordered {
			<-j.done
			if err := col.collect(j); err != nil {
				failed.Store(true)
			}
			recycled <- j
		}
	})
	var err error
	for !failed.Load() {
		var b *table.Packets
		if b, err = next(); err != nil {
			break
		}
		j := <-recycled
		j.batch = b
		p.prepare(j)
		ordered <- j
		for _, q := range queues {
			q <- j
		}
	}
	for _, q := range queues {
		close(q)
	}
	close(ordered)
	running.Wait()
	return err
}

// lists is how many lists of tasks a batch has; see take.
func (c *Classifier) lists() int {
	if c.opt.NoColumns {
		return shardCount
	}
	return c.workers
}

// work takes the rows of the shards of worker w.
func (c *Classifier) work(j *job, w int) {
	for s := w; s < shardCount; s += c.workers {
		c.shards[s].reclaim()
	}
	c.take(j, w)
	if n := j.batch.N; n > 0 {
		for s := w; s < shardCount; s += c.workers {
			c.shards[s].expire(j, w, n-1)
		}
	}
}
