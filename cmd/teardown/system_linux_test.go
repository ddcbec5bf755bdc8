package main

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// unprivileged becomes the command teardown without what lets root read any file, so that
// mode bits mean something in tests that run as root.
func unprivileged() {
	if os.Geteuid() == 0 {
		runtime.LockOSThread()
		for _, capability := range []uintptr{unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH} {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil {
				panic(err)
			}
		}
	}
	path, err := exec.LookPath("teardown")
	if err != nil {
		panic(err)
	}
	panic(syscall.Exec(path, append([]string{path}, os.Args[1:]...), os.Environ()))
}

// unread returns how many bytes nobody has taken out of a pipe yet.
func unread(pipe int) (int, error) { return unix.IoctlGetInt(pipe, unix.TIOCINQ) }
