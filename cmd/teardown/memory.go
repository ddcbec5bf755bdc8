package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// garbagePercent is how much garbage may pile up, in percent of what is in use. Live connections
// and streams are the larger part of the memory, hold almost no pointers and are long-lived, so
// collecting twice as often as Go's default costs little and halves what a flood adds.
const garbagePercent = 50

// smallHeap is how large the heap may grow before garbage is looked for: until then there is hardly any.
const smallHeap = 128 << 20

// garbage is held by who changes the collector's percentage.
var garbage sync.Mutex

// userGarbage says that the user has set the collector.
func userGarbage() bool { return os.Getenv("GOGC") != "" }

// limitGarbage sets the collector, unless the user has set it.
func limitGarbage() {
	if !userGarbage() {
		setGarbage()
	}
}

// setGarbage lets the heap grow to smallHeap, or by garbagePercent where that is more. It is called again after each
// collection, when the runtime finalises what nobody holds: the heap may shrink, too.
func setGarbage() {
	garbage.Lock()
	defer garbage.Unlock()
	debug.SetGCPercent(percentFor(liveHeap()))
	runtime.SetFinalizer(&collected{new(int)}, func(*collected) { setGarbage() })
}

// liveHeap returns the bytes that the last collection found in use.
func liveHeap() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

func percentFor(live uint64) int {
	const least = 4 << 20 // the runtime takes a smaller heap for one of this size
	return max(garbagePercent, 100*smallHeap/int(max(live, least))-100)
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
