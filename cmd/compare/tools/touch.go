package tools

import (
	"context"
	"os/exec"
	"strconv"
)

// TouchMemory lets another process write to so many bytes of memory and end, for the program that is measured next. It
// does nothing where python3 cannot be run.
//
// A virtual machine's host may take memory back that nobody uses (free page reporting). Who gets it next waits for the
// host at each first touch. That would be the host's time, told as the program's, and depend on what ran before.
//
// It is another process, because the peak memory of a program counts from the process that started it. And it asks for
// huge pages, because the kernel finds memory for these elsewhere than for small ones, and the host takes that first.
func TouchMemory(ctx context.Context, bytes int) {
	_ = exec.CommandContext(ctx, "python3", "-c", touch, strconv.Itoa(bytes)).Run()
}

const touch = `
import mmap, sys
size = int(sys.argv[1])
memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory.madvise(mmap.MADV_HUGEPAGE)
for at in range(0, size, mmap.PAGESIZE):
    memory[at] = 1
`
