package speed

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// A load is work for one core that takes about a hundredth of a second. Two at once share nothing but the machine: its caches,
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

// product has the result, or the compiler would leave out what makes it.
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

// measureSecondCore measures all loads in a process of its own: what a program takes of memory at most is said to be no less
// than what the process had that started it.
func measureSecondCore(ctx context.Context) ([]float64, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, self, "speed", "-second-core").Output()
	if err != nil {
		return nil, fmt.Errorf("measuring a second core: %w", err)
	}
	return parseSecondCore(string(out))
}

// printSecondCore measures the loads here and prints a line for each.
func printSecondCore(w io.Writer) {
	for i := range loads {
		fmt.Fprintf(w, "%s\t%.3f\n", loads[i].name, loads[i].gain())
	}
}

// parseSecondCore reads what printSecondCore prints.
func parseSecondCore(text string) ([]float64, error) {
	var gains []float64
	for line := range strings.Lines(text) {
		n := len(gains)
		name, number, _ := strings.Cut(strings.TrimSpace(line), "\t")
		gain, err := strconv.ParseFloat(number, 64)
		if err != nil || n == len(loads) || name != loads[n].name {
			return nil, fmt.Errorf("measuring a second core: %q", line)
		}
		gains = append(gains, gain)
	}
	if len(gains) < len(loads) {
		return nil, fmt.Errorf("measuring a second core: %d of %d loads", len(gains), len(loads))
	}
	return gains, nil
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
