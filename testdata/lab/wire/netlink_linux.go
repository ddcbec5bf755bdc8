package wire

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

func rawConnect(fd int, sa *unix.RawSockaddr) error {
	_, _, e := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(sa)), unsafe.Sizeof(*sa))
	if e != 0 {
		return e
	}
	return nil
}

// sockDestroy asks the kernel to abort one TCP connection (linux/inet_diag.h,
// SOCK_DESTROY), the way administrators do.
func sockDestroy(local, peer unix.Sockaddr) error {
	l, err := addrOf(local)
	if err != nil {
		return err
	}
	p, err := addrOf(peer)
	if err != nil {
		return err
	}
	const sockDestroyType, nlHdr, reqLen = 21, 16, 56
	b := make([]byte, nlHdr+reqLen)
	le := binary.LittleEndian
	le.PutUint32(b[0:], uint32(len(b)))
	le.PutUint16(b[4:], sockDestroyType)
	le.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	le.PutUint32(b[8:], 1)
	r := b[nlHdr:]
	r[0], r[1] = unix.AF_INET, unix.IPPROTO_TCP
	if l.Addr().Is6() {
		r[0] = unix.AF_INET6
	}
	le.PutUint32(r[4:], 0xffffffff) // every state
	id := r[8:]
	binary.BigEndian.PutUint16(id[0:], l.Port())
	binary.BigEndian.PutUint16(id[2:], p.Port())
	copy(id[4:20], l.Addr().AsSlice())
	copy(id[20:36], p.Addr().AsSlice())
	le.PutUint32(id[40:], 0xffffffff) // no cookie
	le.PutUint32(id[44:], 0xffffffff)

	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_INET_DIAG)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	ans := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, ans, 0)
	if err != nil {
		return err
	}
	if n >= 20 && le.Uint16(ans[4:]) == unix.NLMSG_ERROR {
		if code := int32(le.Uint32(ans[16:])); code != 0 {
			return fmt.Errorf("wire: SOCK_DESTROY: %w", unix.Errno(-code))
		}
	}
	return nil
}
