package main

import "context"

// mostAhead is how many inputs are read ahead at most; a stream that nobody takes rows from
// holds a few batches and stops reading.
const mostAhead = 4

// A readAhead opens the inputs that come next while one is classified, so that reading and
// decoding of several files go on at once. Rows are taken in the order of inputs all the same.
type readAhead struct {
	r       *run
	ctx     context.Context
	sources []*captureSource // of inputs that were opened and not taken yet, by index
	next    int              // first input that is not open
}

func newReadAhead(ctx context.Context, r *run) *readAhead {
	return &readAhead{r: r, ctx: ctx, sources: make([]*captureSource, len(r.reports))}
}

// take returns the source of input i, nil where it cannot be read, and opens inputs behind it.
// Only files are opened ahead: who writes into a pipe shall not wait for a file before it.
func (a *readAhead) take(i int) *captureSource {
	last := min(i+min(a.r.opt.workers-1, mostAhead), len(a.r.reports)-1)
	for ; a.next <= last; a.next++ {
		if a.next > i && a.r.reports[a.next].size < 0 {
			break
		}
		a.sources[a.next] = a.r.open(a.ctx, a.next)
	}
	src := a.sources[i]
	a.sources[i] = nil
	return src
}

// close closes what was opened and never taken.
func (a *readAhead) close() {
	for _, src := range a.sources {
		if src != nil {
			src.close()
		}
	}
}
