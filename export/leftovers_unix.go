//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package export

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// hold locks a file or folder until the result is closed. It returns errHeld where somebody
// else has locked or replaced it, and nil where there are no locks.
func hold(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errHeld
	} else if err != nil {
		return nil, nil
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errHeld
		}
		return nil, nil
	}
	mine, err := f.Stat()
	if err == nil {
		var there os.FileInfo
		if there, err = os.Lstat(path); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
	}
	f.Close()
	return nil, errHeld
}

// processGone reports whether no process has this number.
func processGone(number int) bool { return errors.Is(syscall.Kill(number, 0), syscall.ESRCH) }
