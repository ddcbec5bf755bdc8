//go:build amd64 || arm64

package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"unsafe"
)

// The part of the heap that gets huge pages: an eighth of the memory of the machine, and no more than a million connections
// that are live at once need. The runtime writes tables of all that is allocated, a megabyte for a gigabyte.
const (
	memoryShare = 8
	heapAhead   = 1 << 30
	hugePage    = 2 << 20
)

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
	var memory syscall.Sysinfo_t
	if err := syscall.Sysinfo(&memory); err != nil {
		return
	}
	size := uintptr(min(uint64(memory.Totalram)*uint64(memory.Unit)/memoryShare, heapAhead))
	if !mappable(size) || size < 2*hugePage {
		return
	}
	garbage.Lock()
	defer garbage.Unlock()
	before := debug.SetGCPercent(-1) // one collection is enough
	advise(size)
	runtime.GC()
	if !userGarbage() {
		before = percentFor(liveHeap())
	}
	debug.SetGCPercent(before)
}

// mappable says whether the kernel gives so much address space: the runtime ends the process where it does not.
func mappable(size uintptr) bool {
	space, err := syscall.Mmap(-1, 0, int(size), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return false
	}
	return syscall.Munmap(space) == nil
}

// advise allocates and marks a piece that is garbage when it returns.
//
//go:noinline
func advise(size uintptr) {
	heap := make([]byte, size)
	start := -uintptr(unsafe.Pointer(unsafe.SliceData(heap))) % hugePage
	_ = syscall.Madvise(heap[start:start+size-hugePage], syscall.MADV_HUGEPAGE)
}
