package speed

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// A load is work for one core that takes a few hundredths of a second. Two at once share nothing but the machine: its caches,
// its memory, and where a core that the system sees is half of one, that. So they say what a second core gives, from 1, which
// is nothing, to 2.
type load struct {
	name string
	size int // bytes of memory, 0 for registers alone
}

var loads = []load{{"registers alone", 0}, {"512 KiB each", 512 << 10}, {"8 MiB each", 8 << 20}, {"64 MiB each", 64 << 20}}

const (
	multiplications = 8 << 20
	touches         = 8 << 20
	lineWords       = 8 // of a cache line, 8 bytes each
)

// start makes the memory of a load and returns its work.
func (l *load) start() (work func()) {
	if l.size == 0 {
		return func() { product.Store(multiply(multiplications)) }
	}
	memory := make([]uint64, l.size/8)
	touch := func(n int) {
		for ; n > 0; n -= len(memory) / lineWords {
			for i := 0; i < len(memory); i += lineWords {
				memory[i]++
			}
		}
	}
	touch(1)
	return func() { touch(touches) }
}

// product is kept, so that somebody wants it.
var product atomic.Uint64

// multiply keeps the multiplier of a core busy: no product waits for the one before.
func multiply(n int) uint64 {
	const factor = 6364136223846793005
	a, b, c, d := uint64(1), uint64(2), uint64(3), uint64(4)
	for range n {
		a, b, c, d = a*factor, b*factor, c*factor, d*factor
	}
	return a ^ b ^ c ^ d
}

// gain returns how many times as fast a load is done twice at once as twice one after the other.
func (l *load) gain() float64 {
	left, right := l.start(), l.start()
	start := time.Now()
	left()
	right()
	serial := time.Since(start)
	start = time.Now()
	var both sync.WaitGroup
	both.Go(left)
	both.Go(right)
	both.Wait()
	return serial.Seconds() / time.Since(start).Seconds()
}

// secondCore measures what a second core gives to each of the loads.
func secondCore() []float64 {
	gains := make([]float64, len(loads))
	for i := range loads {
		gains[i] = loads[i].gain()
	}
	return gains
}

// reportSecondCore prints medians of rounds.
func reportSecondCore(w io.Writer, rounds [][]float64) {
	if len(rounds) == 0 {
		return
	}
	fmt.Fprintf(w, "two loads at once that share nothing, that many times as fast as one after the other:")
	for i, l := range loads {
		var x []float64
		for _, gains := range rounds {
			x = append(x, gains[i])
		}
		fmt.Fprintf(w, " %s %.2f", l.name, tools.Median(x))
		if i < len(loads)-1 {
			fmt.Fprint(w, ",")
		}
	}
	fmt.Fprintln(w)
}
