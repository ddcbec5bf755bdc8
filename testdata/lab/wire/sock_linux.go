package wire

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Sock is a TCP socket in one of the world's namespaces. Every call is bounded
// by Patience; an error that the scenario does not expect ends the scenario.
type Sock struct {
	w             *World
	ns            *NS
	fd            int
	closed        atomic.Bool
	Port          int // local port
	To            int // remote port of a client
	alt, toClient bool
}

// Patience bounds every blocking call of a scenario.
const Patience = 8 * time.Second

// Listener and TCP option numbers that golang.org/x/sys/unix does not name.
const (
	protoMPTCP = 262
)

func (w *World) socket(n *NS, proto int) *Sock {
	fam := unix.AF_INET
	if w.V6 {
		fam = unix.AF_INET6
	}
	s := &Sock{w: w, ns: n}
	w.must(n.Do(func() (err error) {
		s.fd, err = unix.Socket(fam, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, proto)
		return err
	}))
	w.must(unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1))
	w.mu.Lock()
	w.socks = append(w.socks, s)
	w.mu.Unlock()
	return s
}

func sockaddr(ip netip.Addr, port int) unix.Sockaddr {
	if ip.Is4() {
		return &unix.SockaddrInet4{Port: port, Addr: ip.As4()}
	}
	return &unix.SockaddrInet6{Port: port, Addr: ip.As16()}
}

// Opt is applied to a socket before it is bound.
type Opt func(*Sock)

// Int sets an integer socket option.
func Int(level, name, value int) Opt {
	return func(s *Sock) { s.Set(level, name, value) }
}

// Listen opens a listener on the server.
func (w *World) Listen(port int, opts ...Opt) *Sock { return w.listen(port, 512, 0, opts...) }

// ListenBacklog opens a listener with a short queue.
func (w *World) ListenBacklog(port, backlog int, opts ...Opt) *Sock {
	return w.listen(port, backlog, 0, opts...)
}

// ListenMPTCP opens a Multipath TCP listener.
func (w *World) ListenMPTCP(port int) *Sock { return w.listen(port, 16, protoMPTCP) }

func (w *World) listen(port, backlog, proto int, opts ...Opt) *Sock {
	s := w.socket(w.S, proto)
	s.Port = port
	for _, o := range opts {
		o(s)
	}
	w.must(unix.Bind(s.fd, sockaddr(s.peerIP(), port)))
	w.must(unix.Listen(s.fd, backlog))
	w.mu.Lock()
	if !s.alt {
		w.listeners[port] = s
	}
	w.mu.Unlock()
	return s
}

// Client makes a client socket with a port of its own and announces the
// connection under that name.
func (w *World) Client(conn string, sport int, opts ...Opt) *Sock {
	return w.ClientOn("", conn, w.NextPort(), sport, opts...)
}

// ClientOn is Client with a given port and case.
func (w *World) ClientOn(caseName, conn string, cport, sport int, opts ...Opt) *Sock {
	s := w.quietClient(cport, sport, 0, opts...)
	w.AnnounceTuple(Tuple{caseName, conn, netip.AddrPortFrom(w.CIP, uint16(cport)), netip.AddrPortFrom(s.peerIP(), uint16(sport))})
	return s
}

// ClientMPTCP is Client with Multipath TCP.
func (w *World) ClientMPTCP(conn string, sport int) *Sock {
	p := w.NextPort()
	w.Announce("", conn, p, sport)
	return w.quietClient(p, sport, protoMPTCP)
}

// QuietClient makes a client socket without announcing a connection.
func (w *World) QuietClient(cport, sport int, opts ...Opt) *Sock {
	return w.quietClient(cport, sport, 0, opts...)
}

func (w *World) quietClient(cport, sport, proto int, opts ...Opt) *Sock {
	s := w.socket(w.C, proto)
	s.Port, s.To = cport, sport
	for _, o := range opts {
		o(s)
	}
	if err := unix.Bind(s.fd, sockaddr(w.CIP, cport)); err != nil {
		w.Fail("bind client port %d: %w", cport, err)
	}
	return s
}

// ServerConnects makes a socket on the server, bound to port, whose Start
// connects to the client's port: for a simultaneous open.
func (w *World) ServerConnects(port, cport int) *Sock {
	s := w.socket(w.S, 0)
	s.Port, s.To, s.toClient = port, cport, true
	w.must(unix.Bind(s.fd, sockaddr(w.SIP, port)))
	return s
}

// SendFastOpen connects with data in the SYN (RFC 7413) if a cookie is known.
func (s *Sock) SendFastOpen(b []byte) {
	err := unix.Sendto(s.fd, b, unix.MSG_FASTOPEN|unix.MSG_NOSIGNAL, sockaddr(s.peerIP(), s.To))
	if err == unix.EINPROGRESS {
		// Without a cookie a non-blocking socket only begins to connect.
		s.w.must(s.Wait(Patience))
		s.Send(b)
		return
	}
	s.w.must(err)
}

// Pair makes an established connection and returns both ends.
func (w *World) Pair(conn string, sport int, opts ...Opt) (c, s *Sock) {
	l := w.listeners[sport]
	if l == nil {
		l = w.Listen(sport)
	}
	c = w.Client(conn, sport, opts...)
	c.MustConnect()
	return c, l.Accept()
}

// Set sets an integer option.
func (s *Sock) Set(level, name, value int) {
	if err := unix.SetsockoptInt(s.fd, level, name, value); err != nil {
		s.w.Fail("setsockopt %d/%d=%d: %w", level, name, value, err)
	}
}

// SetTTL sets the time to live or hop limit of all further segments.
func (s *Sock) SetTTL(v int) {
	if s.w.V6 {
		s.Set(unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, v)
		return
	}
	s.Set(unix.IPPROTO_IP, unix.IP_TTL, v)
}

// SetTOS sets the type of service or traffic class.
func (s *Sock) SetTOS(v int) {
	if s.w.V6 {
		s.Set(unix.IPPROTO_IPV6, unix.IPV6_TCLASS, v)
		return
	}
	s.Set(unix.IPPROTO_IP, unix.IP_TOS, v)
}

func (s *Sock) poll(events int16, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		ms := int(time.Until(deadline).Milliseconds())
		if ms <= 0 {
			return unix.ETIMEDOUT
		}
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: events}}
		n, err := unix.Poll(fds, ms)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
	}
}

func (s *Sock) peerIP() netip.Addr {
	switch {
	case s.toClient:
		return s.w.CIP
	case s.alt:
		return s.w.SIP2
	}
	return s.w.SIP
}

// Alt makes a socket use the server's second address (World.AddHost).
func Alt(s *Sock) { s.alt = true }

// Start sends the SYN and returns at once.
func (s *Sock) Start() {
	err := unix.Connect(s.fd, sockaddr(s.peerIP(), s.To))
	if err != nil && err != unix.EINPROGRESS {
		s.w.Fail("connect: %w", err)
	}
}

// Wait waits for the outcome of Start.
func (s *Sock) Wait(patience time.Duration) error {
	if err := s.poll(unix.POLLOUT, patience); err != nil {
		return err
	}
	v, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return err
	}
	if v != 0 {
		return unix.Errno(v)
	}
	return nil
}

// Connect is Start and Wait.
func (s *Sock) Connect() error {
	err := unix.Connect(s.fd, sockaddr(s.peerIP(), s.To))
	if err == nil {
		return nil
	}
	if err != unix.EINPROGRESS {
		return err
	}
	return s.Wait(Patience)
}

// MustConnect connects.
func (s *Sock) MustConnect() {
	if err := s.Connect(); err != nil {
		s.w.Fail("connect %d to port %d: %w", s.Port, s.To, err)
	}
}

// MustFail connects and wants that error.
func (s *Sock) MustFail(want ...error) {
	err := s.Connect()
	for _, e := range want {
		if errors.Is(err, e) {
			return
		}
	}
	s.w.Fail("connect %d to port %d: got %v, want %v", s.Port, s.To, err, want)
}

// Accept takes the next connection.
func (s *Sock) Accept() *Sock {
	c := s.tryAccept()
	if c == nil {
		s.w.Fail("accept on %d: nothing came", s.Port)
	}
	return c
}

func (s *Sock) tryAccept() *Sock {
	deadline := time.Now().Add(Patience)
	for time.Now().Before(deadline) {
		if s.poll(unix.POLLIN, time.Until(deadline)) != nil {
			return nil
		}
		fd, _, err := unix.Accept4(s.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err == unix.EAGAIN || err == unix.EINTR || err == unix.ECONNABORTED {
			continue
		}
		if err != nil {
			return nil
		}
		c := &Sock{w: s.w, ns: s.ns, fd: fd, Port: s.Port}
		s.w.mu.Lock()
		s.w.socks = append(s.w.socks, c)
		s.w.mu.Unlock()
		return c
	}
	return nil
}

// Handover gives the socket to a process of its own and closes it here; the
// returned function kills that process.
func (s *Sock) Handover() (kill func()) {
	cmd := exec.Command("sleep", "60")
	cmd.ExtraFiles = []*os.File{os.NewFile(uintptr(dup(s.fd)), "socket")}
	if err := cmd.Start(); err != nil {
		s.w.Fail("start the process to be killed: %w", err)
	}
	cmd.ExtraFiles[0].Close()
	s.Close()
	return func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
}

func dup(fd int) int {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return -1
	}
	return n
}

// TryAccept is Accept that may give nil.
func (s *Sock) TryAccept() *Sock { return s.tryAccept() }

// Shutdown closes one or both directions (unix.SHUT_WR and so on).
func (s *Sock) Shutdown(how int) {
	if err := unix.Shutdown(s.fd, how); err != nil {
		s.w.Fail("shutdown: %w", err)
	}
}

// Close closes the socket in the ordinary way.
func (s *Sock) Close() { s.closeFD() }

func (s *Sock) closeFD() {
	if s.closed.CompareAndSwap(false, true) {
		unix.Close(s.fd)
	}
}

// LingerZero makes close an abort (RFC 9293 ABORT).
func (s *Sock) LingerZero() {
	s.w.must(unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 0}))
}

// Abort is LingerZero and Close.
func (s *Sock) Abort() { s.LingerZero(); s.Close() }

// Vanish destroys the socket without a segment, as a restart of the host would.
func (s *Sock) Vanish() {
	s.Set(unix.IPPROTO_TCP, unix.TCP_REPAIR, 1)
	s.Close()
}

// Disconnect dissolves the association with connect(AF_UNSPEC).
func (s *Sock) Disconnect() {
	var sa unix.RawSockaddr // family 0 is AF_UNSPEC
	if err := rawConnect(s.fd, &sa); err != nil {
		s.w.Fail("connect(AF_UNSPEC): %w", err)
	}
}

// InitialSequence chooses the ISN of the SYN that this socket will send.
func (s *Sock) InitialSequence(isn uint32) {
	s.Set(unix.IPPROTO_TCP, unix.TCP_REPAIR, 1)
	const sendQueue = 2
	s.Set(unix.IPPROTO_TCP, unix.TCP_REPAIR_QUEUE, sendQueue)
	s.Set(unix.IPPROTO_TCP, unix.TCP_QUEUE_SEQ, int(int32(isn)))
	s.Set(unix.IPPROTO_TCP, unix.TCP_REPAIR, 0)
	s.Set(unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
}

// PeerPort is the other end's port.
func (s *Sock) PeerPort() int {
	if sa, err := unix.Getpeername(s.fd); err == nil {
		if a, err := addrOf(sa); err == nil {
			return int(a.Port())
		}
	}
	return 0
}

// Text is n bytes of harmless payload.
func Text(n int) []byte {
	const line = "The quick brown fox jumps over the lazy dog. "
	b := make([]byte, n)
	for i := range b {
		b[i] = line[i%len(line)]
	}
	return b
}

// Kill destroys the connection as `ss -K` does (SOCK_DESTROY over netlink).
func (s *Sock) Kill() {
	local, err := unix.Getsockname(s.fd)
	s.w.must(err)
	peer, err := unix.Getpeername(s.fd)
	s.w.must(err)
	s.w.must(s.ns.Do(func() error { return sockDestroy(local, peer) }))
}

func addrOf(sa unix.Sockaddr) (netip.AddrPort, error) {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)), nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port)), nil
	}
	return netip.AddrPort{}, fmt.Errorf("wire: unknown socket address %T", sa)
}
