//go:build !linux

package export

import (
	"io"
	"os"
)

// withWriteback returns a writer of an empty file. The kernel puts it on the disk when it likes.
func withWriteback(f *os.File) io.Writer { return f }
