package tools

import (
	"errors"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// A Timing is what one run of a program took.
type Timing struct {
	CPU, Wall time.Duration // CPU is user and system time of the processes alone
	Peak      int64         // most memory at once, KiB; 0 where the system does not tell it
}

// Measure runs commands, all at once, and waits until all have ended. It returns their errors joined; what those took that
// ran is told all the same.
func Measure(cmds ...*exec.Cmd) (Timing, error) {
	start := time.Now()
	var failed error
	for _, cmd := range cmds {
		failed = errors.Join(failed, cmd.Start())
	}
	var t Timing
	for _, cmd := range cmds {
		if cmd.Process == nil {
			continue
		}
		failed = errors.Join(failed, cmd.Wait())
		if s := cmd.ProcessState; s != nil {
			t.CPU += s.UserTime() + s.SystemTime()
			t.Peak += peak(s)
		}
	}
	t.Wall = time.Since(start)
	return t, failed
}

// Median returns the middle of the numbers, which it sorts; 0 of none.
func Median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// Thousands writes a number with commas.
func Thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
