package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// A progress shows how far a run has come. The counters are written by the run and read
// by the goroutine that draws.
type progress struct {
	console *console
	total   int64        // bytes of all inputs, or -1 where they are not known
	done    atomic.Int64 // bytes of the inputs that have been read to their end
	current atomic.Pointer[reading]
	packets atomic.Int64
	stop    chan struct{}
	stopped chan struct{}
}

// A reading is the input that is being read.
type reading struct {
	name  string
	bytes func() int64 // bytes read so far
}

const (
	drawEvery  = 200 * time.Millisecond
	printEvery = 5 * time.Second // where there is no terminal to draw on
)

// startProgress draws until finish is called; a nil progress draws nothing.
func startProgress(c *console, total int64) *progress {
	p := &progress{console: c, total: total, stop: make(chan struct{}), stopped: make(chan struct{})}
	go p.loop(time.Now())
	return p
}

func (p *progress) loop(start time.Time) {
	defer close(p.stopped)
	every := drawEvery
	if !p.console.terminal() {
		every = printEvery
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			p.console.draw("")
			return
		case now := <-tick.C:
			line := p.line(now.Sub(start))
			if p.console.terminal() {
				p.console.draw(line)
			} else {
				p.console.message(line)
			}
		}
	}
}

// begin says that an input is being read from now on.
func (p *progress) begin(name string, bytes func() int64) {
	if p != nil {
		p.current.Store(&reading{name, bytes})
	}
}

// end says that this input has been read.
func (p *progress) end() {
	if p == nil {
		return
	}
	if r := p.current.Swap(nil); r != nil {
		p.done.Add(r.bytes())
	}
}

func (p *progress) add(packets int) {
	if p != nil {
		p.packets.Add(int64(packets))
	}
}

func (p *progress) finish() {
	if p != nil {
		close(p.stop)
		<-p.stopped
	}
}

// line says how far the run has come after the time that has passed.
func (p *progress) line(passed time.Duration) string {
	bytes, name := p.done.Load(), ""
	if r := p.current.Load(); r != nil {
		bytes, name = bytes+r.bytes(), r.name
	}
	packets := p.packets.Load()
	rate := thousands(int64(float64(packets)/passed.Seconds())/1000*1000) + " packets/s"
	if p.total <= 0 {
		return fmt.Sprintf("%s  %s packets  %s  %s", size(bytes), thousands(packets), rate, name)
	}
	part := min(float64(bytes)/float64(p.total), 1)
	left := ""
	if part > 0 {
		left = time.Duration(float64(passed)/part*(1-part)).Round(time.Second).String() + " left  "
	}
	return fmt.Sprintf("%s %3.0f %%  %s of %s  %s  %s%s", bar(part, 12), part*100, size(bytes), size(p.total), rate, left, name)
}

func bar(part float64, width int) string {
	full := int(part * float64(width))
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", width-full) + "]"
}

// size writes a number of bytes with the prefix that keeps it short.
func size(n int64) string {
	x, prefix := float64(n), 0
	for ; x >= 1000 && prefix < 4; prefix++ {
		x /= 1000
	}
	return fmt.Sprintf("%.*f %s", min(prefix, 1), x, [...]string{"B", "kB", "MB", "GB", "TB"}[prefix])
}
