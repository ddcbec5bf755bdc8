//go:build amd64 || arm64

package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"unsafe"
)

// heapAhead is how much of the heap gets huge pages.
const heapAhead = 256 << 20

const hugePage = 2 << 20

// useHugePages lets the kernel back the first part of the heap with huge pages. A conversion writes memory all over:
// batches of a hundred columns, pages being encoded, a record per connection. With pages of 4 KiB a good part
// of its time goes into clearing them one fault at a time, and into finding them again. Go leaves the choice to the
// kernel, and where transparent_hugepage is "madvise", as on most systems, that means small ones.
//
// The runtime offers no way to ask for its own memory, so this goes by its address: a part of the heap is allocated, which
// takes address space only, marked, and freed untouched. What the process allocates from then on fills it.
// Where the runtime or the kernel does otherwise nothing is lost.
func useHugePages() {
	var space syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &space); err != nil || space.Cur != ^uint64(0) || os.Getenv("GOMEMLIMIT") != "" {
		return // memory is short
	}
	garbage.Lock()
	defer garbage.Unlock()
	before := debug.SetGCPercent(-1) // one collection is enough
	advise()
	runtime.GC()
	if !userGarbage() {
		before = percentFor(liveHeap())
	}
	debug.SetGCPercent(before)
}

// advise allocates and marks a piece that is garbage when it returns.
//
//go:noinline
func advise() {
	heap := make([]byte, heapAhead)
	start := -uintptr(unsafe.Pointer(unsafe.SliceData(heap))) % hugePage
	_ = syscall.Madvise(heap[start:start+heapAhead-hugePage], syscall.MADV_HUGEPAGE)
}
