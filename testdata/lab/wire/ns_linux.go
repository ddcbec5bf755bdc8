package wire

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// NS is a network namespace held open by a descriptor; it has no name and
// disappears when the descriptor is closed and its sockets are gone.
type NS struct {
	Name string
	fd   int
}

func newNS(name string) (*NS, error) {
	type result struct {
		fd  int
		err error
	}
	ch := make(chan result)
	go func() {
		// The thread is never unlocked: it dies with the goroutine and the
		// process' other threads keep the original namespace.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			ch <- result{-1, fmt.Errorf("wire: unshare: %w (root is needed)", err)}
			return
		}
		fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		ch <- result{fd, err}
	}()
	r := <-ch
	if r.err != nil {
		return nil, r.err
	}
	return &NS{Name: name, fd: r.fd}, nil
}

func (n *NS) close() { unix.Close(n.fd) }

func (n *NS) path() string { return fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), n.fd) }

// Do runs f on a thread of its own inside the namespace.
func (n *NS) Do(f func() error) error {
	ch := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := unix.Setns(n.fd, unix.CLONE_NEWNET); err != nil {
			ch <- fmt.Errorf("wire: setns %s: %w", n.Name, err)
			return
		}
		ch <- f()
	}()
	return <-ch
}

// Run executes a program inside the namespace; stdin may be empty.
func (n *NS) Run(stdin, name string, args ...string) error {
	return n.Do(func() error {
		cmd := exec.Command(name, args...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("wire: in %s: %s %s: %w: %s", n.Name, name, strings.Join(args, " "), err, out)
		}
		return nil
	})
}

// Sysctl sets a kernel parameter of the namespace; key as in sysctl(8) with
// slashes, for example net/ipv4/tcp_fin_timeout.
func (n *NS) Sysctl(key, value string) error {
	return n.Do(func() error {
		if err := os.WriteFile("/proc/sys/"+key, []byte(value), 0o644); err != nil {
			return fmt.Errorf("wire: in %s: sysctl %s=%s: %w", n.Name, key, value, err)
		}
		return nil
	})
}
