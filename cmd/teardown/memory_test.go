package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// TestGarbage holds that the collector is set again after every collection, for heaps that grow and that shrink, and
// that asking for huge pages leaves it so.
func TestGarbage(t *testing.T) {
	if os.Getenv("GOGC") != "" {
		t.Setenv("GOGC", "")
	}
	percent := func() int {
		garbage.Lock()
		defer garbage.Unlock()
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	defer debug.SetGCPercent(percent())
	// becomes collects until the percentage is what the heap wants: the runtime finalises when it likes.
	becomes := func(when string, right func(int) bool) {
		t.Helper()
		for range 1000 {
			runtime.GC()
			if right(percent()) {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatalf("%s: the heap may grow by %d %%", when, percent())
	}
	small := func(p int) bool { return p > 2*garbagePercent }
	large := func(p int) bool { return p == garbagePercent }
	setGarbage()
	useHugePages()
	becomes("small heap", small)
	for range 2 {
		held := make([]byte, 4*smallHeap)
		becomes("large heap", large)
		runtime.KeepAlive(held)
		held = nil
		becomes("small heap again", small)
	}
}
