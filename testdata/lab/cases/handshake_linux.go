package cases

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// probe is a segment forged as if the client's host had sent it.
func probe(w *wire.World, cport, sport int, flags uint8, win uint16) wire.Segment {
	return wire.Segment{Src: w.CIP, Dst: w.SIP, SPort: uint16(cport), DPort: uint16(sport), Seq: 0x51ce0000 + uint32(cport),
		Flags: flags, Win: win, TTL: 52, ID: 54321}
}

func shoot(w *wire.World, name string, sport int, flags uint8, win uint16, opts []byte) {
	p := w.NextPort()
	w.Announce("", name, p, sport)
	s := probe(w, p, sport, flags, win)
	s.Options = opts
	if flags&wire.ACK != 0 {
		s.Ack = 0x12345678
	}
	// The probe is put on the client's link so that the capture sees it.
	w.Bridge.InjectFromClient(s)
	w.Sleep(60 * time.Millisecond)
}

// holdFirst installs a hook that keeps back what match selects until release.
func holdFirst(w *wire.World, match func(p *wire.Packet) bool) (release func()) {
	var held []*wire.Packet
	open := false
	w.Bridge.Hook(func(p *wire.Packet) bool {
		if !open && match(p) {
			held = append(held, p)
			return false
		}
		return true
	})
	return func() {
		open = true
		for _, p := range held {
			p.Later(0)
			w.Sleep(3 * time.Millisecond)
		}
	}
}

func init() {
	bridged("backlog/stalled", func(w *wire.World) {
		w.ListenBacklog(80, 0)
		first, second := w.ClientOn("common/open", "fills_queue", w.NextPort(), 80), w.Client("main", 80)
		release := holdFirst(w, func(p *wire.Packet) bool { return p.ToServer && p.SPort == uint16(second.Port) && !p.Has(wire.SYN) })
		second.MustConnect()
		first.MustConnect()
		w.Pause()
		release()
		w.Sleep(3500 * time.Millisecond)
	})
	for _, v := range []struct {
		name string
		data bool
	}{{"overflow_reset", false}, {"overflow_reset_data", true}} {
		bridged("backlog/"+v.name, func(w *wire.World) {
			w.Sysctl(w.S, "net/ipv4/tcp_abort_on_overflow", "1")
			w.ListenBacklog(80, 0)
			first, second := w.ClientOn("common/open", "fills_queue", w.NextPort(), 80), w.Client("main", 80)
			release := holdFirst(w, func(p *wire.Packet) bool { return p.ToServer && p.SPort == uint16(second.Port) && !p.Has(wire.SYN) })
			second.MustConnect()
			first.MustConnect()
			w.Pause()
			if v.data {
				w.Bridge.Hook(nil) // the ACK is lost, data completes the handshake
				second.Send(request)
			} else {
				release()
			}
			w.Pause()
		})
	}
	bridged("backlog/overflow_reset_no_cookies", func(w *wire.World) {
		w.Sysctl(w.S, "net/ipv4/tcp_abort_on_overflow", "1")
		w.Sysctl(w.S, "net/ipv4/tcp_syncookies", "0")
		// The half-open connection counts against the backlog, too.
		w.ListenBacklog(80, 2)
		second := w.Client("main", 80)
		release := holdFirst(w, func(p *wire.Packet) bool { return p.ToServer && p.SPort == uint16(second.Port) && !p.Has(wire.SYN) })
		second.MustConnect()
		for range 3 {
			w.ClientOn("", "fills_queue", w.NextPort(), 80).MustConnect()
		}
		w.Pause()
		release()
		w.Pause()
	})
	bridged("backlog/overflow_cookies_silent", func(w *wire.World) {
		// With SYN cookies the server remembers no handshake: even with
		// tcp_abort_on_overflow it says nothing.
		w.Sysctl(w.S, "net/ipv4/tcp_abort_on_overflow", "1")
		w.Sysctl(w.S, "net/ipv4/tcp_syncookies", "2")
		w.ListenBacklog(80, 0)
		first, second := w.ClientOn("common/open", "fills_queue", w.NextPort(), 80), w.Client("main", 80)
		release := holdFirst(w, func(p *wire.Packet) bool { return p.ToServer && p.SPort == uint16(second.Port) && !p.Has(wire.SYN) })
		second.MustConnect()
		first.MustConnect()
		w.Pause()
		release()
		second.Send(request)
		w.Sleep(2200 * time.Millisecond)
	})
	routed("backlog/syn_dropped", func(w *wire.World) {
		w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "1")
		w.ListenBacklog(80, 0)
		w.ClientOn("common/open", "fills_queue", w.NextPort(), 80).MustConnect()
		w.Pause()
		w.Client("main", 80).MustFail(unix.ETIMEDOUT)
		tick(w, 2*time.Second)
	})
	routed("backlog/syn_dropped_then_answered", func(w *wire.World) {
		l := w.ListenBacklog(80, 0)
		w.ClientOn("common/open", "fills_queue", w.NextPort(), 80).MustConnect()
		w.Pause()
		c := w.Client("main", 80)
		c.Start()
		w.Sleep(200 * time.Millisecond)
		l.Accept()
		must(w, c.Wait(wire.Patience))
		s := l.Accept()
		talk(w, c, s)
		fourSegments(w, c, s)
	})
	bridged("listener_gone/handshake", func(w *wire.World) {
		l := w.Listen(80)
		c := w.Client("main", 80)
		release := holdFirst(w, func(p *wire.Packet) bool { return p.ToServer && !p.Has(wire.SYN) })
		c.MustConnect()
		w.Pause()
		l.Close()
		release()
		w.Pause()
	})
	bridged("listener_gone/handshake_data", func(w *wire.World) {
		l := w.Listen(80)
		c := w.Client("main", 80)
		w.Bridge.Hook(func(p *wire.Packet) bool { return !p.ToServer || p.Has(wire.SYN) })
		c.MustConnect()
		w.Pause()
		l.Close()
		w.Bridge.Hook(nil)
		c.Send(request)
		w.Pause()
	})
	for _, v := range []struct {
		name  string
		delay time.Duration
	}{{"close", 100 * time.Millisecond}, {"close_late", 1500 * time.Millisecond}} {
		bridged("connect_cancel/"+v.name, func(w *wire.World) {
			w.Listen(80)
			w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "1")
			w.Bridge.SetDelay(0, v.delay)
			c := w.Client("main", 80)
			c.Start()
			w.Sleep(v.delay / 2)
			c.Close()
			w.Sleep(v.delay)
			w.Bridge.SetDelay(0, 0)
			w.Pause()
		})
	}
	bridged("connect_cancel/before_answer", func(w *wire.World) {
		w.Bridge.Hook(func(p *wire.Packet) bool { return false })
		p := w.NextPort()
		w.Announce("", "main", p, 80)
		s := probe(w, p, 80, wire.SYN, 64240)
		s.Options, s.ID = linuxSYN, 4711
		w.Bridge.InjectFromClient(s)
		w.Sleep(30 * time.Millisecond)
		s.Flags, s.Seq, s.Options, s.ID = wire.RST|wire.ACK, s.Seq+1, nil, 4712
		w.Bridge.InjectFromClient(s)
		w.Pause()
	})

	bridged("scan/syn_open", func(w *wire.World) { w.Listen(80); shoot(w, "main", 80, wire.SYN, 1024, nil) })
	bridged("scan/syn_open_mss", func(w *wire.World) { w.Listen(80); shoot(w, "main", 80, wire.SYN, 1024, []byte{2, 4, 5, 180}) })
	bridged("scan/syn_closed", func(w *wire.World) { shoot(w, "main", 81, wire.SYN, 1024, nil) })
	bridged("scan/fin", func(w *wire.World) {
		w.Listen(80)
		shoot(w, "open", 80, wire.FIN, 1024, nil)
		shoot(w, "closed", 81, wire.FIN, 1024, nil)
	})
	bridged("scan/null", func(w *wire.World) {
		w.Listen(80)
		shoot(w, "open", 80, 0, 1024, nil)
		shoot(w, "closed", 81, 0, 1024, nil)
	})
	bridged("scan/xmas", func(w *wire.World) {
		w.Listen(80)
		shoot(w, "open", 80, wire.FIN|wire.PSH|wire.URG, 1024, nil)
		shoot(w, "closed", 81, wire.FIN|wire.PSH|wire.URG, 1024, nil)
	})
	bridged("scan/ack", func(w *wire.World) {
		w.Listen(80)
		shoot(w, "open", 80, wire.ACK, 1024, nil)
		shoot(w, "closed", 81, wire.ACK, 1024, nil)
	})
	bridged("scan/many_ports", func(w *wire.World) {
		w.Listen(80)
		for p := 75; p < 90; p++ {
			shoot(w, map[bool]string{true: "open", false: "closed"}[p == 80], p, wire.SYN, 1024, nil)
		}
	})
	bridged("backscatter/syn_ack", func(w *wire.World) {
		p := w.NextPort()
		w.Announce("", "main", p, 80)
		s := wire.Segment{Src: w.SIP, Dst: w.CIP, SPort: 80, DPort: uint16(p), Seq: 777, Ack: 4242, Flags: wire.SYN | wire.ACK, Win: 64240, TTL: 57, Options: linuxSYN}
		w.Bridge.InjectSegment(false, s)
		w.Pause()
	})
	bridged("backscatter/rst", func(w *wire.World) {
		for i, f := range []uint8{wire.RST | wire.ACK, wire.RST} {
			p := w.NextPort()
			w.Announce("", []string{"refusal", "bare"}[i], p, 80)
			w.Bridge.InjectSegment(false, wire.Segment{Src: w.SIP, Dst: w.CIP, SPort: 80, DPort: uint16(p), Ack: 4242 * uint32(1-i), Seq: uint32(i) * 99, Flags: f, TTL: 57})
			w.Sleep(20 * time.Millisecond)
		}
		w.Pause()
	})

	lose := func(w *wire.World, which func(p *wire.Packet) bool) {
		n := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if n == 0 && which(p) {
				n++
				return false
			}
			return true
		})
	}
	close4 := func(w *wire.World) { c, s := pairAfter(w); fourSegments(w, c, s) }
	bridged("handshake/syn_lost", func(w *wire.World) {
		lose(w, func(p *wire.Packet) bool { return p.ToServer && p.Has(wire.SYN) })
		close4(w)
	})
	bridged("handshake/syn_ack_lost", func(w *wire.World) {
		lose(w, func(p *wire.Packet) bool { return !p.ToServer && p.Has(wire.SYN) })
		close4(w)
	})
	bridged("handshake/ack_lost", func(w *wire.World) {
		lose(w, func(p *wire.Packet) bool { return p.ToServer && !p.Has(wire.SYN) })
		l := w.Listen(80)
		c := w.Client("main", 80)
		c.MustConnect()
		s := l.Accept() // the repeated SYN-ACK draws another ACK
		talk(w, c, s)
		fourSegments(w, c, s)
	})
	spoofed := func(w *wire.World) netip.Addr {
		a := w.CIP.As16()
		a[15] = 77
		ip := netip.AddrFrom16(a)
		if !w.V6 {
			ip = ip.Unmap()
		}
		w.Neighbour(ip)
		return ip
	}
	bridged("handshake/unfinished", func(w *wire.World) {
		w.Sysctl(w.S, "net/ipv4/tcp_synack_retries", "1")
		w.Listen(80)
		s := probe(w, w.NextPort(), 80, wire.SYN, 64240)
		s.Src, s.Options = spoofed(w), linuxSYN
		w.AnnounceTuple(wire.Tuple{Conn: "main", Orig: netip.AddrPortFrom(s.Src, s.SPort), Resp: netip.AddrPortFrom(s.Dst, 80)})
		w.Bridge.InjectFromClient(s)
		w.Sleep(1300 * time.Millisecond)
		tick(w, 2500*time.Millisecond)
	})
	bridged("handshake/bad_ack", func(w *wire.World) {
		w.Listen(80)
		s := probe(w, w.NextPort(), 80, wire.SYN, 64240)
		s.Src, s.Options = spoofed(w), linuxSYN
		w.AnnounceTuple(wire.Tuple{Conn: "main", Orig: netip.AddrPortFrom(s.Src, s.SPort), Resp: netip.AddrPortFrom(s.Dst, 80)})
		var isn uint32
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.Has(wire.SYN | wire.ACK) {
				isn = p.Seq
			}
			return true
		})
		w.Bridge.InjectFromClient(s)
		w.Pause()
		s.Flags, s.Seq, s.Ack, s.Options = wire.ACK, s.Seq+1, isn+100000, nil
		w.Bridge.InjectFromClient(s)
		w.Pause()
	})
	bridged("handshake/wrong_syn_ack", func(w *wire.World) {
		l := w.Listen(80)
		c := w.ClientOn("", "refused_answer", w.NextPort(), 80)
		w.Announce("common/tick", "retry", c.Port, 80)
		n := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer && p.Has(wire.SYN) && n == 0 {
				n++
				r := p.Reply()
				r.Flags, r.Seq, r.Ack, r.Win, r.Options, r.TTL = wire.SYN|wire.ACK, 999000, p.Seq-5000, 64240, linuxSYN, 63
				w.Bridge.InjectSegment(false, r)
				return false
			}
			return true
		})
		c.MustConnect()
		s := l.Accept()
		talk(w, c, s)
		fourSegments(w, c, s)
	})
	bridged("handshake/simultaneous_open", func(w *wire.World) {
		w.Bridge.SetDelay(30*time.Millisecond, 30*time.Millisecond)
		c := w.Client("main", 80)
		s := w.ServerConnects(80, c.Port)
		c.Start()
		s.Start()
		must(w, c.Wait(wire.Patience))
		must(w, s.Wait(wire.Patience))
		talk(w, c, s)
		fourSegments(w, c, s)
	})
	routed("handshake/tfo", func(w *wire.World) {
		w.Sysctl(w.S, "net/ipv4/tcp_fastopen", "3")
		w.Sysctl(w.C, "net/ipv4/tcp_fastopen", "1")
		l := w.Listen(80, wire.Int(unix.IPPROTO_TCP, unix.TCP_FASTOPEN, 16))
		for _, name := range []string{"cookie", "main"} {
			c := w.Client(name, 80)
			c.SendFastOpen(request)
			s := l.Accept()
			s.Recv(len(request))
			s.Send(reply)
			c.Recv(len(reply))
			w.Pause()
			fourSegments(w, c, s)
		}
	})
	routed("handshake/ecn", func(w *wire.World) {
		w.Sysctl(w.S, "net/ipv4/tcp_ecn", "1")
		w.Sysctl(w.C, "net/ipv4/tcp_ecn", "1")
		close4(w)
	})
	bridged("ecn_intolerance/reset_then_plain", func(w *wire.World) {
		w.Sysctl(w.C, "net/ipv4/tcp_ecn", "1")
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer && p.Has(wire.SYN|wire.ECE|wire.CWR) {
				r := p.Reply()
				r.Seq, r.Flags, r.TTL = 0, wire.RST|wire.ACK, 64
				w.Bridge.InjectSegment(false, r)
				return false
			}
			return true
		})
		l := w.Listen(80)
		w.Client("main", 80).MustFail(unix.ECONNREFUSED)
		w.Sysctl(w.C, "net/ipv4/tcp_ecn", "0")
		orderly(w, "plain", 80, l)
	})
}

// linuxSYN are the options of an ordinary SYN: MSS, SACK, timestamps, scale.
var linuxSYN = []byte{2, 4, 5, 180, 4, 2, 8, 10, 0, 1, 2, 3, 0, 0, 0, 0, 1, 3, 3, 7}
