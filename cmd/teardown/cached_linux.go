package main

import (
	"io"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A cachedFile reads a regular file from the page cache without telling Go's scheduler. To the scheduler, a read that takes
// longer than 20 µs is one that waits: another thread goes on meanwhile, often on a core with cold caches, and
// a thread of the runtime (sysmon) wakes all the time to look for more of them. All of that costs more than the reads.
//
// What is not in the page cache is left to usual reads, which wait (RWF_NOWAIT, see preadv2(2)) and have the kernel read
// ahead. So are the end of the file, errors, and file systems that do not know how not to wait.
type cachedFile struct {
	*os.File
	fd    uintptr
	usual int // how many reads are left to usual ones now
	pause int // how many were after the last miss; each miss doubles it, each hit takes one off
}

// longestPause is 128 MB of usual reads: in a large file that is not cached, a miss now and then costs nothing.
const longestPause = 1 << 10

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
			c.pause = max(c.pause-1, 0)
			return int(n), nil
		}
		c.pause = min(2*c.pause+1, longestPause)
		c.usual = c.pause
	}
	return c.File.Read(p)
}
