package wire

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Options of a world.
type Options struct {
	V6      bool
	Net     uint16 // chooses the addresses: 10.hi.lo.0/24 or fd00:7e:Net::/48
	Bridge  bool   // put the user-space bridge between client and router
	Vantage string // interface to capture on: "" (client side of router or bridge), "s0", "c0", "r1"
	Snap    int    // bytes kept of each frame, 0 for all
	Hops    int    // further routers between router and server

	Offloads bool // leave segmentation and checksums to the links, as real hosts do
}

// Tuple is one connection that a scenario announces, in the order made.
// Case names the row of the case table; Conn the connection within it.
type Tuple struct {
	Case, Conn string
	Orig, Resp netip.AddrPort
}

// World is one client, router and server, with capture and bridge.
type World struct {
	Options
	C, R, S  *NS
	B        *NS   // nil without bridge
	X        []*NS // the further routers, in the order from client to server
	CIP, SIP netip.Addr
	SIP2     netip.Addr // a second host behind the router, up after AddHost
	Bridge   *Bridge
	Tuples   []Tuple

	mu        sync.Mutex
	cap       *capture
	socks     []*Sock
	listeners map[int]*Sock
	nextPort  int
	cleanup   []func()
	start     time.Time
}

// Failure is what a scenario panics with when a step does not do what the
// scenario is built on.
type Failure struct{ Err error }

func (w *World) must(err error) {
	if err != nil {
		panic(Failure{err})
	}
}

// Fail ends the scenario with an error.
func (w *World) Fail(format string, args ...any) { panic(Failure{fmt.Errorf(format, args...)}) }

const (
	macC  = "02:00:00:00:00:0c"
	macR0 = "02:00:00:00:00:a0"
	macR1 = "02:00:00:00:00:a1"
	macS  = "02:00:00:00:00:05"
)

// NewWorld builds the namespaces and starts the capture.
func NewWorld(o Options) (w *World, err error) {
	w = &World{Options: o, listeners: map[int]*Sock{}, nextPort: 40001, start: time.Now()}
	defer func() {
		if err != nil {
			w.Close()
		}
	}()
	hi, lo := byte(o.Net>>8), byte(o.Net)
	var gwC, gwS netip.Addr
	var bits int
	if o.V6 {
		at := func(side, host byte) netip.Addr {
			return netip.AddrFrom16([16]byte{0xfd, 0, 0, 0x7e, hi, lo, 0, side, 15: host})
		}
		w.CIP, gwC, gwS, w.SIP, w.SIP2, bits = at(1, 0x10), at(1, 1), at(2, 1), at(2, 0x20), at(2, 0x21), 64
	} else {
		at := func(host byte) netip.Addr { return netip.AddrFrom4([4]byte{10, hi, lo, host}) }
		w.CIP, gwC, gwS, w.SIP, w.SIP2, bits = at(10), at(1), at(129), at(200), at(201), 25
	}
	for _, n := range []struct {
		p    **NS
		name string
		want bool
	}{{&w.C, "client", true}, {&w.R, "router", true}, {&w.S, "server", true}, {&w.B, "bridge", o.Bridge}} {
		if !n.want {
			continue
		}
		if *n.p, err = newNS(n.name); err != nil {
			return w, err
		}
		if err = quiet(*n.p, n.name == "router", n.name == "bridge"); err != nil {
			return w, err
		}
	}
	for i := range o.Hops {
		x, err := newNS(fmt.Sprintf("router %d", i+2))
		if err != nil {
			return w, err
		}
		w.X = append(w.X, x)
		if err = quiet(x, true, false); err != nil {
			return w, err
		}
	}
	veth := func(a, macA, b, macB string, nb *NS) string {
		return fmt.Sprintf("link add %s address %s type veth peer name %s address %s netns %s\n", a, macA, b, macB, nb.path())
	}
	r := ""
	if o.Bridge {
		b := veth("b0", "02:00:00:00:00:b0", "c0", macC, w.C) + veth("b1", "02:00:00:00:00:b1", "r0", macR0, w.R) +
			"link set b0 up\nlink set b1 up\n"
		if err = w.B.Run(b, "ip", "-batch", "-"); err != nil {
			return w, err
		}
	} else {
		r = veth("r0", macR0, "c0", macC, w.C)
	}
	nextS, nextC := macS, macR1 // who the first router and the server send to
	if o.Hops == 0 {
		r += veth("r1", macR1, "s0", macS, w.S)
	} else {
		r += veth("r1", macR1, "xa", macX(1, 0), w.X[0])
		nextS, nextC = macX(1, 0), macX(o.Hops, 1)
	}
	nodad := ""
	if o.V6 {
		nodad = " nodad"
	}
	addr := func(dev string, ip, neigh netip.Addr, mac string) string {
		return fmt.Sprintf("link set lo up\naddr add %s/%d dev %s%s\nlink set %s up\nneigh replace %s lladdr %s dev %s nud permanent\n",
			ip, bits, dev, nodad, dev, neigh, mac, dev)
	}
	if err = w.R.Run(r+addr("r0", gwC, w.CIP, macC)+addr("r1", gwS, w.SIP, nextS), "ip", "-batch", "-"); err != nil {
		return w, err
	}
	fam := "-4"
	if o.V6 {
		fam = "-6"
	}
	if err = w.further(fam, bits, gwC, gwS); err != nil {
		return w, err
	}
	if err = w.C.Run(addr("c0", w.CIP, gwC, macR0)+fmt.Sprintf("route add default via %s\n", gwC), "ip", fam, "-batch", "-"); err != nil {
		return w, err
	}
	if err = w.S.Run(addr("s0", w.SIP, gwS, nextC)+fmt.Sprintf("route add default via %s\n", gwS), "ip", fam, "-batch", "-"); err != nil {
		return w, err
	}
	for _, d := range []struct {
		n    *NS
		devs string
	}{{w.C, "c0"}, {w.R, "r0 r1"}, {w.S, "s0"}, {w.B, "b0 b1"}} {
		if d.n == nil {
			continue
		}
		for _, dev := range strings.Fields(d.devs) {
			if !o.Offloads {
				if err = offloadsOff(d.n, dev); err != nil {
					return w, err
				}
			}
			if err = waitUp(d.n, dev); err != nil {
				return w, err
			}
		}
	}
	for _, x := range w.X {
		for _, dev := range []string{"xa", "xb"} {
			if !o.Offloads {
				if err = offloadsOff(x, dev); err != nil {
					return w, err
				}
			}
			if err = waitUp(x, dev); err != nil {
				return w, err
			}
		}
	}
	if o.Bridge {
		if w.Bridge, err = newBridge(w.B, w.C); err != nil {
			return w, err
		}
	}
	n, dev := w.R, "r0"
	if o.Bridge {
		n, dev = w.B, "b0"
	}
	switch o.Vantage {
	case "c0":
		n, dev = w.C, "c0"
	case "s0":
		n, dev = w.S, "s0"
	case "r1":
		n, dev = w.R, "r1"
	}
	w.cap, err = startCapture(n, dev, o.Snap)
	return w, err
}

// quiet keeps the kernel from sending anything that the scenario did not ask for.
func quiet(n *NS, router, bridge bool) error {
	set := [][2]string{
		{"net/ipv6/conf/default/accept_dad", "0"}, {"net/ipv6/conf/default/accept_ra", "0"},
		{"net/ipv6/conf/default/router_solicitations", "0"}, {"net/ipv6/conf/all/accept_dad", "0"},
		{"net/ipv4/conf/all/rp_filter", "0"}, {"net/ipv4/conf/default/rp_filter", "0"},
		{"net/ipv4/icmp_ratelimit", "0"}, {"net/ipv4/conf/all/promote_secondaries", "1"},
	}
	if router {
		set = append(set, [][2]string{{"net/ipv4/ip_forward", "1"}, {"net/ipv6/conf/all/forwarding", "1"},
			{"net/ipv4/conf/all/send_redirects", "0"}}...)
	}
	if bridge {
		set = append(set, [2]string{"net/ipv6/conf/default/disable_ipv6", "1"})
	}
	for _, s := range set {
		if err := n.Sysctl(s[0], s[1]); err != nil {
			return err
		}
	}
	return nil
}

// offloadsOff makes every captured frame a frame of the wire: no segmentation
// or checksum left for hardware that does not exist.
func offloadsOff(n *NS, dev string) error {
	return n.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for _, cmd := range []uint32{unix.ETHTOOL_STXCSUM, unix.ETHTOOL_STSO, unix.ETHTOOL_SGSO, unix.ETHTOOL_SGRO} {
			value := struct{ cmd, data uint32 }{cmd, 0}
			req := struct {
				name [unix.IFNAMSIZ]byte
				data unsafe.Pointer
				_    [16]byte
			}{data: unsafe.Pointer(&value)}
			copy(req.name[:], dev)
			if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&req))); e != 0 {
				return fmt.Errorf("wire: in %s: offload %#x of %s: %w", n.Name, cmd, dev, e)
			}
		}
		return nil
	})
}

// waitUp waits until the link carries frames: that it does comes a moment after
// it was set up, and a SYN sent before is lost.
func waitUp(n *NS, dev string) error {
	return n.Do(func() error {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for range 2000 {
			req, err := unix.NewIfreq(dev)
			if err != nil {
				return err
			}
			if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req); err != nil {
				return fmt.Errorf("wire: in %s: flags of %s: %w", n.Name, dev, err)
			}
			if req.Uint16()&unix.IFF_RUNNING != 0 {
				time.Sleep(2 * time.Millisecond)
				return nil
			}
			time.Sleep(time.Millisecond)
		}
		return fmt.Errorf("wire: in %s: %s does not come up", n.Name, dev)
	})
}

// Stop ends the capture and returns its frames.
func (w *World) Stop() ([]Frame, error) { return w.cap.stop() }

// Close takes the world down. Sockets are closed after the capture has ended,
// so that taking down leaves no traces in it.
func (w *World) Close() {
	if w.cap != nil {
		w.cap.stop()
	}
	for i := len(w.cleanup) - 1; i >= 0; i-- {
		w.cleanup[i]()
	}
	w.mu.Lock()
	for _, s := range w.socks {
		s.closeFD()
	}
	w.mu.Unlock()
	if w.Bridge != nil {
		w.Bridge.close()
	}
	for _, n := range append([]*NS{w.C, w.R, w.S, w.B}, w.X...) {
		if n != nil {
			n.close()
		}
	}
}

// Pause waits long enough for everything under way to arrive and for delayed
// acknowledgements (40 ms on Linux) to be sent.
func (w *World) Pause() { time.Sleep(90*time.Millisecond + 4*w.delay()) }

// Sleep waits.
func (w *World) Sleep(d time.Duration) { time.Sleep(d) }

func (w *World) delay() time.Duration {
	if w.Bridge == nil {
		return 0
	}
	return w.Bridge.RoundTrip()
}

// IPTables runs iptables or ip6tables, whichever fits the world; words are
// split at blanks.
func (w *World) IPTables(n *NS, rule string) {
	prog := "iptables"
	if w.V6 {
		prog = "ip6tables"
	}
	w.must(n.Run("", prog, append([]string{"-w"}, strings.Fields(rule)...)...))
}

// Sysctl sets a kernel parameter of a namespace.
func (w *World) Sysctl(n *NS, key, value string) { w.must(n.Sysctl(key, value)) }

// IP runs the ip program with one line of arguments.
func (w *World) IP(n *NS, line string) {
	fam := "-4"
	if w.V6 {
		fam = "-6"
	}
	w.must(n.Run("", "ip", append([]string{fam}, strings.Fields(line)...)...))
}

// Announce names the next connection of the capture between these ports; case
// "" means the running case.
func (w *World) Announce(caseName, conn string, cport, sport int) {
	w.AnnounceTuple(Tuple{caseName, conn, netip.AddrPortFrom(w.CIP, uint16(cport)), netip.AddrPortFrom(w.SIP, uint16(sport))})
}

// AnnounceTuple is Announce for other addresses or roles.
func (w *World) AnnounceTuple(t Tuple) {
	w.mu.Lock()
	w.Tuples = append(w.Tuples, t)
	w.mu.Unlock()
}

// NextPort is a client port that the world has not used yet.
func (w *World) NextPort() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.nextPort
	w.nextPort++
	return p
}

// RebuildServer replaces the server's namespace by a new one with the same
// addresses, as if the host had been restarted: it knows no connection.
func (w *World) RebuildServer() {
	if w.Hops > 0 {
		w.Fail("the server behind further routers cannot be rebuilt")
	}
	old := w.S
	w.mu.Lock()
	for _, s := range w.socks {
		if s.ns == old {
			// Repair mode makes close silent; the interface is going anyway.
			unix.SetsockoptInt(s.fd, unix.IPPROTO_TCP, unix.TCP_REPAIR, 1)
			s.closeFD()
		}
	}
	w.listeners = map[int]*Sock{}
	w.mu.Unlock()
	w.must(w.R.Run("link del r1\n", "ip", "-batch", "-"))
	old.close()
	s, err := newNS("server")
	w.must(err)
	w.S = s
	w.must(quiet(s, false, false))
	hi, lo := byte(w.Net>>8), byte(w.Net)
	fam, gw, bits, nodad := "-4", netip.AddrFrom4([4]byte{10, hi, lo, 129}), 25, ""
	if w.V6 {
		fam, gw, bits, nodad = "-6", netip.AddrFrom16([16]byte{0xfd, 0, 0, 0x7e, hi, lo, 0, 2, 15: 1}), 64, " nodad"
	}
	w.must(w.R.Run(fmt.Sprintf("link add r1 address %s type veth peer name s0 address %s netns %s\naddr add %s/%d dev r1%s\nlink set r1 up\nneigh replace %s lladdr %s dev r1 nud permanent\n",
		macR1, macS, s.path(), gw, bits, nodad, w.SIP, macS), "ip", "-batch", "-"))
	w.must(s.Run(fmt.Sprintf("link set lo up\naddr add %s/%d dev s0%s\nlink set s0 up\nneigh replace %s lladdr %s dev s0 nud permanent\nroute add default via %s\n",
		w.SIP, bits, nodad, gw, macR1, gw), "ip", fam, "-batch", "-"))
	w.must(offloadsOff(w.R, "r1"))
	w.must(offloadsOff(s, "s0"))
	w.must(waitUp(w.R, "r1"))
	w.must(waitUp(s, "s0"))
}

// AddHost gives the server a second address; use it with Alt.
func (w *World) AddHost() {
	bits, nodad := 25, ""
	if w.V6 {
		bits, nodad = 64, " nodad"
	}
	w.IP(w.S, fmt.Sprintf("addr add %s/%d dev s0%s", w.SIP2, bits, nodad))
	w.IP(w.R, fmt.Sprintf("neigh replace %s lladdr %s dev r1 nud permanent", w.SIP2, macS))
}

// Neighbour makes the router send packets for ip to the client's link, where
// nobody has that address.
func (w *World) Neighbour(ip netip.Addr) {
	w.IP(w.R, fmt.Sprintf("neigh replace %s lladdr %s dev r0 nud permanent", ip, macC))
}
