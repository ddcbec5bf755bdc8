package wire

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Frame is one captured Ethernet frame.
type Frame struct {
	Time time.Time
	Data []byte // as captured, possibly cut
	Len  int    // length on the wire
}

type capture struct {
	fd     int
	done   chan struct{}
	quit   atomic.Bool
	frames []Frame
	err    error
	ended  bool
	snap   int
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// packetSocket opens an AF_PACKET socket bound to dev inside n.
func packetSocket(n *NS, dev string, ignoreOutgoing bool) (fd, index int, err error) {
	err = n.Do(func() error {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		var req [40]byte
		copy(req[:16], dev)
		if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCGIFINDEX, uintptr(unsafe.Pointer(&req))); e != 0 {
			return fmt.Errorf("wire: in %s: index of %s: %w", n.Name, dev, e)
		}
		index = int(*(*int32)(unsafe.Pointer(&req[16])))
		if ignoreOutgoing {
			if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
				return err
			}
		}
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 256<<20)
		if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 20000}); err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: index})
	})
	return fd, index, err
}

// stamps keeps the kernel's packet time stamps switched on: switching them on is
// deferred to a work queue, and frames of the meantime would be stamped when
// they are read.
var stamps = sync.OnceValue(func() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond)
	return nil
})

func startCapture(n *NS, dev string, snap int) (*capture, error) {
	if err := stamps(); err != nil {
		return nil, err
	}
	fd, _, err := packetSocket(n, dev, false)
	if err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return nil, err
	}
	c := &capture{fd: fd, done: make(chan struct{}), snap: snap}
	go c.loop()
	return c, nil
}

func (c *capture) loop() {
	defer close(c.done)
	buf, oob := make([]byte, 65536), make([]byte, 256)
	flags := 0
	for {
		n, on, _, _, err := unix.Recvmsg(c.fd, buf, oob, flags)
		if err == unix.EINTR {
			continue
		}
		if err == unix.EAGAIN {
			if flags != 0 {
				return
			}
			if c.quit.Load() {
				// Frames may have come between the time-out and now.
				flags = unix.MSG_DONTWAIT
			}
			continue
		}
		if err != nil {
			c.err = fmt.Errorf("wire: capture: %w", err)
			return
		}
		if !wanted(buf[:n]) {
			continue
		}
		f := Frame{Time: time.Now(), Len: n}
		if msgs, err := unix.ParseSocketControlMessage(oob[:on]); err == nil {
			for _, m := range msgs {
				if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16 {
					ts := (*unix.Timespec)(unsafe.Pointer(&m.Data[0]))
					f.Time = time.Unix(ts.Unix())
				}
			}
		}
		if c.snap > 0 && n > c.snap {
			n = c.snap
		}
		f.Data = append([]byte(nil), buf[:n]...)
		c.frames = append(c.frames, f)
	}
}

// stop waits until the socket is empty, then reports losses as an error.
func (c *capture) stop() ([]Frame, error) {
	if c.ended {
		return c.frames, c.err
	}
	c.ended = true
	c.quit.Store(true)
	<-c.done
	st, err := unix.GetsockoptTpacketStats(c.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil && st.Drops > 0 && c.err == nil {
		c.err = fmt.Errorf("wire: capture: the kernel dropped %d of %d frames", st.Drops, st.Packets)
	}
	unix.Close(c.fd)
	return c.frames, c.err
}

// wanted keeps TCP and ICMP and leaves out what belongs to the link: ARP,
// neighbour discovery and multicast listener reports.
func wanted(b []byte) bool {
	if len(b) < 34 {
		return false
	}
	switch uint16(b[12])<<8 | uint16(b[13]) {
	case 0x0800:
		return b[23] == 6 || b[23] == 1 || b[23] == 17
	case 0x86dd:
		if len(b) < 55 {
			return false
		}
		return b[20] == 6 || b[20] == 17 || b[20] == 58 && (b[54] < 130 || b[54] > 143)
	}
	return false
}
