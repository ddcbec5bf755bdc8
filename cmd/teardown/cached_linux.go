package main

import (
	"io"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A cachedFile reads a regular file from the page cache without telling Go's scheduler. To the scheduler, a read that takes
// longer than 20 µs is one that waits: another thread goes on meanwhile, often on a core with cold caches, and
// a thread of the runtime wakes all the time to look for more of them. That took a tenth of a conversion and more.
//
// What is not in the page cache is left to usual reads, which wait (RWF_NOWAIT, see preadv2(2)) and have the kernel read
// ahead. So are the end of the file, errors, and file systems that do not know how not to wait.
type cachedFile struct {
	*os.File
	fd     uintptr
	usual  int // reads that are left to usual ones
	misses int // how many after the next miss; each one doubles them, each read that succeeds takes one off
}

// mostUsual is enough for what the kernel reads ahead to be a small part of what is read.
const mostUsual = 1 << 10

// readCached returns a reader of the file from its position on.
func readCached(f *os.File) io.Reader {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f
	}
	return &cachedFile{File: f, fd: f.Fd()}
}

func (c *cachedFile) Read(p []byte) (int, error) {
	switch {
	case len(p) == 0:
	case c.usual > 0:
		c.usual--
	default:
		const position = ^uintptr(0) // that of the file, which moves on
		v := unix.Iovec{Base: unsafe.SliceData(p)}
		v.SetLen(len(p))
		n, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, c.fd, uintptr(unsafe.Pointer(&v)), 1, position, position, unix.RWF_NOWAIT)
		if errno == 0 && n > 0 {
			c.misses = max(c.misses-1, 0)
			return int(n), nil
		}
		c.misses = min(2*c.misses+1, mostUsual)
		c.usual = c.misses
	}
	return c.File.Read(p)
}
