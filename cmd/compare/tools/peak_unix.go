//go:build unix

package tools

import (
	"os"
	"runtime"
	"syscall"
)

// peak returns the most memory that a process had at once, in KiB.
func peak(state *os.ProcessState) int64 {
	u, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" { // getrusage(2): bytes there, KiB everywhere else
		return u.Maxrss / 1024
	}
	return u.Maxrss
}
