//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A watch waits until a file has bytes to read. To give up a read that waits already is not enough: nobody could
// tell whether it has just taken bytes.
type watch struct {
	file         syscall.RawConn // nil where it is no file
	ended, ender *os.File        // both ends of a pipe; ender is closed when the context or the input ends
	fd           int32           // of ended
	forget       func() bool     // the context need not call end any more
}

func newWatch(ctx context.Context, r io.Reader) (*watch, error) {
	f, ok := r.(syscall.Conn) // as files are
	if !ok {
		return &watch{}, nil
	}
	file, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	ended, ender, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	w := &watch{file: file, ended: ended, ender: ender, fd: int32(ended.Fd())}
	w.forget = context.AfterFunc(ctx, func() { ender.Close() })
	return w, nil
}

// wait returns true when a read returns at once. Once the context or the input has ended, it waits no longer than grace.
func (w *watch) wait() bool {
	if w.file == nil {
		return true // the read waits
	}
	ready := true // also where the file is closed, which the read tells
	w.file.Control(func(fd uintptr) {
		file, ended := unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}, unix.PollFd{Fd: w.fd}
		if poll([]unix.PollFd{file, ended}, -1) > 0 && poll([]unix.PollFd{file}, 0) == 0 {
			ready = poll([]unix.PollFd{file}, int(grace/time.Millisecond)) != 0
		}
	})
	return ready
}

// poll is poll(2), which signals interrupt; negative where it fails.
func poll(fds []unix.PollFd, milliseconds int) int {
	for {
		n, err := unix.Poll(fds, milliseconds)
		if err != unix.EINTR {
			return n
		}
	}
}

// silence returns what ends Read when no bytes come; nil where wait sees to that.
func (w *watch) silence() <-chan time.Time {
	if w.file == nil {
		return time.After(grace)
	}
	return nil
}

// end ends wait.
func (w *watch) end() {
	if w.file != nil {
		w.forget()
		w.ender.Close()
	}
}

// close is called by who has waited for the last time.
func (w *watch) close() {
	if w.file != nil {
		w.ended.Close()
	}
}
