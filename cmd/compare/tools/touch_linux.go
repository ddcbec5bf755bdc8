package tools

import "golang.org/x/sys/unix"

// TouchMemory writes to so many bytes of memory and gives them back, for the program that is measured next.
//
// A virtual machine's host may take memory back that nobody uses (free page reporting). Who gets it next waits for the
// host at each first touch: a conversion of half a second with 70 MB took a fifth longer three seconds after the run before
// than right behind it. That would be the host's time, told as the program's.
func TouchMemory(bytes int) {
	memory, err := unix.Mmap(-1, 0, bytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return // the machine has less
	}
	_ = unix.Madvise(memory, unix.MADV_HUGEPAGE) // what the host takes back are pieces of that size
	for i := 0; i < bytes; i += unix.Getpagesize() {
		memory[i] = 1
	}
	_ = unix.Munmap(memory)
}
