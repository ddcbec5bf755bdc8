package export

import (
	"sync"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// depth is how many batches a Writer holds at most. More than one, so that an expensive
// column may lag behind the others; no more, so that they are still in caches.
const depth = 8

// A lane encodes one column. Its methods are called by one goroutine at a time, with rows
// in order.
type lane interface {
	// append takes rows lo to hi of the column.
	append(w *worker, c table.Column, lo, hi int)
	// finish ends the row group and returns what it holds; the lane may use it again
	// after recycle, which another goroutine may call.
	finish(w *worker) any
	recycle(chunk any)
}

// A sink writes row groups in their order. commit gets one chunk per column.
type sink interface {
	commit(rows int64, chunks []any) error
	close() error
}

// A job is one range of rows of a batch.
type job struct {
	columns []table.Column
	lo, hi  int
	first   int64 // number of row lo in the file
	last    bool  // the file ends here; there are no rows
	done    func()
}

// pipeline runs the lanes. Every job passes through every lane; jobs stand in a ring and
// each lane knows the next one it has to see.
type pipeline struct {
	sink      sink
	groupRows int64
	rows      int64 // rows handed over
	index     []int // of the lanes' columns in a batch
	alone     bool  // the goroutine that writes encodes, too
	free      *spare[worker]
	flows     *flowPages // nil for none
	workers   sync.WaitGroup

	mu         sync.Mutex
	work, room sync.Cond
	lanes      []laneState
	ring       [depth]job
	head, tail int64 // the jobs in the ring have these numbers
	closed     bool

	groups groups
}

type laneState struct {
	lane lane
	next int64 // number of the job that it has to see next
	busy bool
}

func newPipeline(s sink, lanes []lane, index []int, flows *flowPages, opt *Options) *pipeline {
	p := &pipeline{sink: s, groupRows: opt.RowGroupRows, index: index, free: opt.workers, flows: flows}
	p.work.L, p.room.L = &p.mu, &p.mu
	for _, l := range lanes {
		p.lanes = append(p.lanes, laneState{lane: l})
	}
	p.groups.sink, p.groups.lanes = s, p.lanes
	if opt.Workers == 1 {
		// Nobody is there to take turns with: what one batch has left in the caches serves the next.
		p.alone = true
		return p
	}
	for range min(opt.Workers, len(lanes)) {
		p.workers.Add(1)
		go p.run()
	}
	return p
}

// write hands over rows lo to hi of a batch and waits while the ring is full.
func (p *pipeline) write(b table.Batch, lo, hi int, done func()) error {
	if err := p.groups.failed(); err != nil || hi <= lo {
		if done != nil {
			done()
		}
		return err
	}
	if p.flows != nil {
		p.flows.add(p.flows.batchFlows(b, lo, hi))
	}
	p.put(job{columns: b.Columns(), lo: lo, hi: hi, first: p.rows, done: done})
	p.rows += int64(hi - lo)
	return nil
}

func (p *pipeline) put(j job) {
	if p.alone {
		w := p.free.get()
		complete := false
		for n := range p.lanes {
			complete = p.see(w, n, &j) // the last one completes row groups
		}
		p.free.put(w)
		if complete {
			p.groups.commit()
		}
		if j.done != nil {
			j.done()
		}
		return
	}
	p.mu.Lock()
	for p.tail-p.head == depth {
		p.room.Wait()
	}
	p.ring[p.tail%depth] = j
	p.tail++
	p.work.Broadcast()
	p.mu.Unlock()
}

// close waits for all rows and closes the sink.
func (p *pipeline) close() error {
	p.put(job{first: p.rows, last: true})
	p.mu.Lock()
	p.closed = true
	p.work.Broadcast()
	p.mu.Unlock()
	p.workers.Wait()
	if err := p.groups.failed(); err != nil {
		return err
	}
	return p.sink.close()
}

// run is one worker: it takes the lane that is furthest behind and lets it see the jobs
// that there are.
func (p *pipeline) run() {
	defer p.workers.Done()
	w := p.free.get()
	defer p.free.put(w)
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		n := p.pick()
		if n < 0 {
			if p.closed && p.head == p.tail {
				return
			}
			p.work.Wait()
			continue
		}
		l := &p.lanes[n]
		l.busy = true
		number := l.next
		j := p.ring[number%depth] // the slot stays as it is until this lane has seen it
		p.mu.Unlock()
		complete := p.see(w, n, &j)
		p.mu.Lock()
		l.busy = false
		l.next++
		if l.next < p.tail {
			p.work.Signal()
		}
		if number == p.head {
			p.retire()
		}
		if complete {
			p.mu.Unlock()
			p.groups.commit()
			p.mu.Lock()
		}
	}
}

// pick returns the idle lane that is furthest behind, or -1.
func (p *pipeline) pick() int {
	best, next := -1, p.tail
	for i := range p.lanes {
		if l := &p.lanes[i]; !l.busy && l.next < next {
			best, next = i, l.next
		}
	}
	return best
}

// retire drops the jobs that all lanes have seen.
func (p *pipeline) retire() {
	behind := p.tail
	for i := range p.lanes {
		behind = min(behind, p.lanes[i].next)
	}
	for p.head < behind {
		j := &p.ring[p.head%depth]
		done := j.done
		*j = job{}
		p.head++
		p.room.Signal()
		if done != nil {
			p.mu.Unlock()
			done()
			p.mu.Lock()
		}
	}
	if p.closed {
		p.work.Broadcast()
	}
}

// see lets lane n see a job, cut where row groups end, and reports whether that has completed one.
func (p *pipeline) see(w *worker, n int, j *job) (complete bool) {
	l := p.lanes[n].lane
	if j.last {
		if left := j.first % p.groupRows; left != 0 {
			complete = p.groups.deliver(j.first/p.groupRows, left, n, l.finish(w))
		}
		return complete
	}
	column := j.columns[p.index[n]]
	row, lo := j.first, j.lo
	for lo < j.hi {
		inGroup := row % p.groupRows
		rows := min(int64(j.hi-lo), p.groupRows-inGroup)
		l.append(w, column, lo, lo+int(rows))
		lo += int(rows)
		row += rows
		if inGroup+rows == p.groupRows {
			complete = p.groups.deliver(row/p.groupRows-1, p.groupRows, n, l.finish(w)) || complete
		}
	}
	return complete
}

// groups collects column chunks and commits the row groups that are complete, in order.
type groups struct {
	sink  sink
	lanes []laneState

	mu    sync.Mutex
	open  []*group // in order; the first is the next to commit
	first int64    // number of open[0]
	free  []*group
	err   error

	writing sync.Mutex // held by the goroutine that commits
}

type group struct {
	rows    int64
	missing int
	chunks  []any
}

func (g *groups) failed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

func (g *groups) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.err = err
	}
}

// deliver takes the chunk of one lane and reports whether it completes the row group.
func (g *groups) deliver(number, rows int64, lane int, chunk any) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for int64(len(g.open)) <= number-g.first {
		g.open = append(g.open, g.newGroup())
	}
	o := g.open[number-g.first]
	o.rows, o.chunks[lane] = rows, chunk
	o.missing--
	return o.missing == 0
}

// commit writes the row groups that are complete, in order. No lane waits for it. Who has completed the next one meanwhile does:
// row groups must not pile up where the disk is slower.
func (g *groups) commit() {
	g.writing.Lock()
	defer g.writing.Unlock()
	for o := g.next(); o != nil; o = g.next() {
		err := g.failed()
		if err == nil {
			err = g.sink.commit(o.rows, o.chunks)
		}
		for i, c := range o.chunks {
			g.lanes[i].lane.recycle(c)
		}
		g.mu.Lock()
		if g.err == nil {
			g.err = err
		}
		g.free = append(g.free, o)
		g.mu.Unlock()
	}
}

// next takes out the first row group if it is complete, else nil.
func (g *groups) next() *group {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.open) == 0 || g.open[0].missing > 0 {
		return nil
	}
	o := g.open[0]
	copy(g.open, g.open[1:])
	g.open = g.open[:len(g.open)-1]
	g.first++
	return o
}

func (g *groups) newGroup() *group {
	o := &group{chunks: make([]any, len(g.lanes))}
	if n := len(g.free); n > 0 {
		o, g.free = g.free[n-1], g.free[:n-1]
	}
	o.missing = len(g.lanes)
	return o
}
