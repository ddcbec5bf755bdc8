package main

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dropPrivileges gives up what lets root read any file, so that mode bits mean something
// in tests that run as root.
func dropPrivileges() {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	_, _, errno := syscall.AllThreadsSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0)
	if errno != 0 {
		panic(errno)
	}
}

// unread returns how many bytes nobody has taken out of a pipe yet.
func unread(pipe int) (int, error) { return unix.IoctlGetInt(pipe, unix.TIOCINQ) }
