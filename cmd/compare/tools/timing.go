package tools

import (
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// A Timing is what one run of a program took.
type Timing struct {
	CPU, Wall time.Duration // CPU is user and system time of the process alone
	Peak      int64         // most memory at once, KiB; 0 where the system does not tell it
}

// Measure runs a command and waits.
func Measure(cmd *exec.Cmd) (Timing, error) {
	start := time.Now()
	err := cmd.Run()
	t := Timing{Wall: time.Since(start)}
	if cmd.ProcessState == nil {
		return t, err
	}
	t.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	t.Peak = peak(cmd.ProcessState)
	return t, err
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
