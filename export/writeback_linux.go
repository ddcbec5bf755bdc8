package export

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// writebackBytes is how much is written before the disk gets it.
const writebackBytes = 4 << 20

// A writeback writes a file and has the kernel start to put it on the disk meanwhile (sync_file_range(2)). Else nothing of
// it happens before the file is made durable at its end, and everybody waits for the disk then.
type writeback struct {
	file    *os.File
	started int64 // what is before is on its way
	end     int64
}

// withWriteback returns a writer of an empty file.
func withWriteback(f *os.File) io.Writer { return &writeback{file: f} }

func (w *writeback) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.end += int64(n)
	if w.end-w.started >= writebackBytes {
		// Only a beginning: errors of the disk are Sync's, and a file that is no regular one has nothing to begin with.
		_ = unix.SyncFileRange(int(w.file.Fd()), w.started, w.end-w.started, unix.SYNC_FILE_RANGE_WRITE)
		w.started = w.end
	}
	return n, err
}
