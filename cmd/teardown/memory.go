package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// garbagePercent is how much garbage may pile up, in percent of what is in use. Live connections
// and streams are the larger part of the memory, hold almost no pointers and are long-lived, so
// collecting twice as often as Go's default costs little and halves what a flood adds.
const garbagePercent = 50

// limitGarbage sets the collector, unless the user has set GOGC.
func limitGarbage() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}

// useCores makes the process use no more cores than the user wants it to. Stages of the pipeline take turns
// on a core then, and what one has written is in its cache for the next.
func useCores(n int) {
	if n < runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(n)
	}
}
