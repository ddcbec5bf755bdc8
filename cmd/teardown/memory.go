package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// garbagePercent is how much garbage may pile up, in percent of what is in use. Live connections
// and streams are the larger part of the memory, hold almost no pointers and are long-lived, so
// collecting twice as often as Go's default costs little and halves what a flood adds.
const garbagePercent = 50

// smallHeap is how large the heap may grow before garbage is looked for: until then there is hardly any.
const smallHeap = 64 << 20

// limitGarbage sets the collector, unless the user has set GOGC.
func limitGarbage() {
	if os.Getenv("GOGC") == "" {
		setGarbage()
	}
}

// setGarbage lets the heap grow to smallHeap, or by garbagePercent where that is more. While the former holds, it is called
// again after each collection, when the runtime finalises what nobody holds.
func setGarbage() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	const least = 4 << 20 // the runtime takes a smaller heap for one of this size
	percent := 100*smallHeap/int(max(live[0].Value.Uint64(), least)) - 100
	if percent <= garbagePercent {
		debug.SetGCPercent(garbagePercent)
		return
	}
	debug.SetGCPercent(percent)
	runtime.SetFinalizer(&collected{new(int)}, func(*collected) { setGarbage() })
}

// A collected is something that the collector finds.
type collected struct{ _ *int }

// useCores makes the process use no more cores than the user wants it to. Stages of the pipeline take turns
// on a core then, and what one has written is in its cache for the next.
func useCores(n int) {
	if n < runtime.GOMAXPROCS(0) {
		runtime.GOMAXPROCS(n)
	}
}
