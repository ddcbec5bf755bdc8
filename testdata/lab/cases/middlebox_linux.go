package cases

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// sniff remembers the last segment of each direction that passed the bridge.
type sniff struct{ toServer, toClient wire.Segment }

func (n *sniff) see(p *wire.Packet) {
	if p.ToServer {
		n.toServer = p.Segment
	} else {
		n.toClient = p.Segment
	}
}

// rstToClient is a reset in the server's name that continues its last segment.
func (n *sniff) rstToClient(flags uint8) wire.Segment {
	r := n.toClient
	r.Seq, r.Ack, r.Flags, r.Payload, r.Options = r.End(), n.toServer.End(), flags, nil, nil
	if flags&wire.ACK == 0 {
		r.Ack = 0
	}
	return r
}

// onRequest calls do at the client's second request; do says whether that
// request is passed on.
func onRequest(w *wire.World, n *sniff, do func(p *wire.Packet) bool) {
	seen := false
	w.Bridge.Hook(func(p *wire.Packet) bool {
		n.see(p)
		if p.ToServer && len(p.Payload) > 0 && !seen {
			seen = true
			return do(p)
		}
		return true
	})
}

func init() {
	forget := func(w *wire.World, seconds string) {
		w.Sysctl(w.R, "net/netfilter/nf_conntrack_tcp_loose", "0")
		w.Sysctl(w.R, "net/netfilter/nf_conntrack_tcp_timeout_established", seconds)
		w.IPTables(w.R, "-A FORWARD -m conntrack --ctstate INVALID -p tcp -j REJECT --reject-with tcp-reset")
	}
	routed("idle_nat/short", func(w *wire.World) {
		forget(w, "1")
		c, _ := pairAfter(w)
		w.Sleep(2500 * time.Millisecond)
		c.Send(request)
		w.Pause()
		c.WantReset()
	})
	routed("idle_nat/short_server_talks", func(w *wire.World) {
		forget(w, "1")
		_, s := pairAfter(w)
		w.Sleep(2500 * time.Millisecond)
		s.Send(reply)
		w.Pause()
	})
	All[len(All)-1].Vantage = "r1"
	routed("idle_nat/no_timestamps", func(w *wire.World) {
		// The stretched variants (effects) are made of this one: without
		// timestamps nothing in the packets contradicts the longer silence.
		w.Sysctl(w.C, "net/ipv4/tcp_timestamps", "0")
		forget(w, "1")
		c, _ := pairAfter(w)
		w.Sleep(2500 * time.Millisecond)
		c.Send(request)
		w.Pause()
	})
	routed("idle_nat/real_62s", func(w *wire.World) {
		forget(w, "60")
		c, _ := pairAfter(w)
		w.Sleep(62 * time.Second)
		c.Send(request)
		w.Pause()
	})
	bridged("idle_nat/both_ways", func(w *wire.World) {
		w.Sysctl(w.C, "net/ipv4/tcp_timestamps", "0")
		var n sniff
		w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
		c, s := pairAfter(w)
		w.Sleep(400 * time.Millisecond)
		a, b := n.rstToClient(wire.RST|wire.ACK), n.toServer
		a.TTL, a.ID, a.Win = 64, 0, 0
		b.Seq, b.Ack, b.Flags, b.Payload, b.Options, b.TTL, b.ID, b.Win = b.End(), n.toClient.End(), wire.RST|wire.ACK, nil, nil, 63, 0, 0
		w.Bridge.InjectSegment(false, a)
		w.Bridge.InjectFromClient(b)
		w.Pause()
		c.WantReset()
		s.WantReset()
	})

	routed("midflow/reject", func(w *wire.World) {
		c, _ := pairAfter(w)
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 80 -j REJECT --reject-with tcp-reset")
		c.Send(request)
		w.Pause()
		c.WantReset()
	})
	routed("midflow/reject_server_continues", func(w *wire.World) {
		c, s := pairAfter(w)
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 80 -j REJECT --reject-with tcp-reset")
		c.Send(request)
		w.Pause()
		s.Send(reply)
		w.Sleep(700 * time.Millisecond)
	})
	routed("midflow/reject_replies", func(w *wire.World) {
		// The filter stops the server's reply and resets towards the server.
		c, s := pairAfter(w)
		w.IPTables(w.R, "-I FORWARD -p tcp --sport 80 -m length --length 150:1500 -j REJECT --reject-with tcp-reset")
		_ = c
		s.Send(reply)
		w.Sleep(300 * time.Millisecond)
	})
	All[len(All)-1].Vantage = "r1"
	routed("midflow/reject_tos", func(w *wire.World) {
		c, _ := pairAfter(w, func(s *wire.Sock) { s.SetTOS(16) })
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 80 -j REJECT --reject-with tcp-reset")
		c.Send(request)
		w.Pause()
		c.WantReset()
	})

	// A device in between resets at the second request. The server is 10 ms
	// behind the capture.
	type forged struct {
		name    string
		pass    bool // the request reaches the server
		resets  func(w *wire.World, n *sniff, p *wire.Packet) []wire.Segment
		replies bool // the server answers, if the request reached it
	}
	active := func(n *sniff, p *wire.Packet) wire.Segment {
		r := n.rstToClient(wire.RST | wire.ACK)
		r.Ack, r.TTL, r.ID, r.Win = p.End(), 58, 0x1c2d, 0
		return r
	}
	bare := func(n *sniff, p *wire.Packet) wire.Segment {
		r := n.rstToClient(wire.RST)
		r.Seq, r.TTL, r.ID, r.Win = p.Ack, 58, 0, 0
		return r
	}
	for _, f := range []forged{
		{"on_the_side_active", true, func(_ *wire.World, n *sniff, p *wire.Packet) []wire.Segment { return []wire.Segment{active(n, p)} }, true},
		{"on_the_side_bare", true, func(_ *wire.World, n *sniff, p *wire.Packet) []wire.Segment { return []wire.Segment{bare(n, p)} }, true},
		{"in_path_active", false, func(_ *wire.World, n *sniff, p *wire.Packet) []wire.Segment { return []wire.Segment{active(n, p)} }, false},
		{"in_path_bare", false, func(_ *wire.World, n *sniff, p *wire.Packet) []wire.Segment { return []wire.Segment{bare(n, p)} }, false},
		{"strides", true, func(_ *wire.World, n *sniff, p *wire.Packet) []wire.Segment {
			a := active(n, p)
			out := []wire.Segment{bare(n, p)}
			for _, d := range []uint32{0, 1460, 4380} {
				b := a
				b.Seq += d
				out = append(out, b)
			}
			return out
		}, true},
		{"three_stepping", true, func(_ *wire.World, n *sniff, p *wire.Packet) (out []wire.Segment) {
			for i := range 3 {
				a := active(n, p)
				a.TTL, a.Win, a.ID = a.TTL+uint8(i), 2000+uint16(i), a.ID+uint16(i)
				out = append(out, a)
			}
			return out
		}, true},
		{"henan_payload", false, func(_ *wire.World, n *sniff, p *wire.Packet) []wire.Segment {
			a := active(n, p)
			a.Payload = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 0}
			return []wire.Segment{a}
		}, false},
		{"block_page_text", false, func(_ *wire.World, n *sniff, p *wire.Packet) []wire.Segment {
			a := active(n, p)
			a.Payload = []byte("Go Away, We're Not Home")
			return []wire.Segment{a}
		}, false},
	} {
		bridged("inject/"+f.name, func(w *wire.World) {
			w.Bridge.SetDelay(10*time.Millisecond, 10*time.Millisecond)
			c, s := pairAfter(w)
			var n sniff
			onRequest(w, &n, func(p *wire.Packet) bool {
				if n.toClient.Src != p.Dst {
					// Nothing of the server has passed since the hook is there.
					n.toClient = p.Reply()
					n.toClient.Seq = p.Ack
					n.toClient.TTL = 63
				}
				for _, r := range f.resets(w, &n, p) {
					w.Bridge.InjectSegment(false, r)
				}
				return f.pass
			})
			c.Send(request)
			if f.replies {
				s.Recv(len(request))
				s.TrySend(reply, time.Second)
			}
			w.Sleep(600 * time.Millisecond)
			c.WantReset()
		})
	}
	bridged("inject/both_directions", func(w *wire.World) {
		w.Bridge.SetDelay(10*time.Millisecond, 10*time.Millisecond)
		c, s := pairAfter(w)
		var n sniff
		onRequest(w, &n, func(p *wire.Packet) bool {
			n.toClient = p.Reply()
			n.toClient.Seq, n.toClient.TTL = p.Ack, 63
			w.Bridge.InjectSegment(false, active(&n, p))
			b := p.Segment
			b.Seq, b.Flags, b.Payload, b.Options, b.TTL, b.ID, b.Win = p.End(), wire.RST|wire.ACK, nil, nil, 60, 0x1c2d, 0
			go w.Bridge.InjectFromClient(b)
			return true
		})
		c.Send(request)
		w.Sleep(300 * time.Millisecond)
		c.WantReset()
		s.WantReset()
	})
	bridged("inject/to_server", func(w *wire.World) {
		// Reset in the client's name; the client goes on and is answered by R.
		w.Bridge.SetDelay(10*time.Millisecond, 10*time.Millisecond)
		var n sniff
		w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
		c, _ := pairAfter(w)
		b := n.toServer
		b.Seq, b.Flags, b.Payload, b.Options, b.TTL, b.ID, b.Win = b.End(), wire.RST, nil, nil, 60, 0x1c2d, 0
		b.Ack, b.Flags = n.toClient.End(), wire.RST|wire.ACK
		w.Bridge.InjectFromClient(b)
		w.Pause()
		c.Send(request)
		w.Pause()
	})
	bridged("inject/perfect_forgery", func(w *wire.World) {
		// Everything that one can copy is copied, and the real server is silenced.
		w.Bridge.SetDelay(10*time.Millisecond, 10*time.Millisecond)
		var n sniff
		w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
		c, _ := pairAfter(w)
		r := n.toClient
		r.Seq, r.Ack, r.Flags, r.Payload, r.ID = r.End(), n.toServer.End(), wire.RST|wire.ACK, nil, r.ID+1
		w.Bridge.Hook(func(p *wire.Packet) bool { return false })
		w.Bridge.InjectSegment(false, r)
		w.Pause()
		c.WantReset()
	})
	bridged("inject/perfect_forgery_betrayed", func(w *wire.World) {
		// The same, but the real server's FIN comes through later.
		w.Bridge.SetDelay(10*time.Millisecond, 10*time.Millisecond)
		var n sniff
		w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
		c, s := pairAfter(w)
		r := n.toClient
		r.Seq, r.Ack, r.Flags, r.Payload, r.ID = r.End(), n.toServer.End(), wire.RST|wire.ACK, nil, r.ID+1
		w.Bridge.InjectSegment(false, r)
		w.Pause()
		c.WantReset()
		s.Close()
		w.Pause()
	})
	bridged("inject/at_handshake", func(w *wire.World) {
		// Reset in the server's name right after the client's first data.
		w.Bridge.SetDelay(10*time.Millisecond, 10*time.Millisecond)
		c, s := w.Pair("main", 80)
		w.Pause()
		var n sniff
		onRequest(w, &n, func(p *wire.Packet) bool {
			n.toClient = p.Reply()
			n.toClient.Seq, n.toClient.TTL = p.Ack, 63
			w.Bridge.InjectSegment(false, active(&n, p))
			return true
		})
		c.Send(request)
		s.Recv(len(request))
		s.TrySend(reply, time.Second)
		w.Sleep(300 * time.Millisecond)
		c.WantReset()
	})

	// Blind resets that a conforming stack survives (RFC 5961).
	blind := func(name string, change func(r *wire.Segment)) {
		bridged("blind/"+name, func(w *wire.World) {
			var n sniff
			w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
			c, s := pairAfter(w)
			r := n.toServer
			r.Seq, r.Flags, r.Payload, r.Options, r.TTL, r.ID = r.End(), wire.RST, nil, nil, 55, 0x1c2d
			r.Ack = 0
			change(&r)
			w.Bridge.InjectFromClient(r)
			w.Pause()
			talk(w, c, s)
			fourSegments(w, c, s)
		})
	}
	blind("rst_in_window", func(r *wire.Segment) { r.Seq += 1000 })
	blind("rst_out_of_window", func(r *wire.Segment) { r.Seq += 1 << 28 })
	blind("rst_below_window", func(r *wire.Segment) { r.Seq -= 5000 })
	bridged("blind/syn_in_window", func(w *wire.World) {
		// By the contract a SYN with another ISN begins a new connection, so
		// what the live connection does afterwards is counted there.
		var n sniff
		w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
		c, s := w.Pair("before", 80)
		talk(w, c, s)
		w.Announce("", "main", c.Port, 80)
		r := n.toServer
		r.Seq, r.Ack, r.Flags, r.Payload, r.Options, r.TTL, r.ID = r.End()+500, 0, wire.SYN, nil, linuxSYN, 55, 0x1c2d
		w.Bridge.InjectFromClient(r)
		w.Pause()
		talk(w, c, s)
		fourSegments(w, c, s)
	})
	bridged("icmp/quoting_live_connection", func(w *wire.World) {
		var n sniff
		w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
		c, s := pairAfter(w)
		kind, code := byte(3), byte(3)
		if w.V6 {
			kind, code = 1, 4
		}
		w.Bridge.Inject(false, wire.ICMPError(n.toServer.Dst, n.toServer.Src, kind, code, n.toServer.Bytes()))
		w.Pause()
		talk(w, c, s)
		fourSegments(w, c, s)
	})
	bridged("desync/ack_storm", func(w *wire.World) {
		w.Sysctl(w.C, "net/ipv4/tcp_invalid_ratelimit", "0")
		w.Sysctl(w.S, "net/ipv4/tcp_invalid_ratelimit", "0")
		w.Bridge.SetDelay(5*time.Millisecond, 5*time.Millisecond)
		var n sniff
		acks := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			n.see(p)
			acks++
			return acks < 160
		})
		_, s := pairAfter(w)
		acks = 0
		d := n.toServer
		d.Seq, d.Ack, d.Flags, d.Payload, d.ID = d.End(), n.toClient.End(), wire.PSH|wire.ACK, []byte("injected data\n"), 0x1c2d
		if len(d.Options) == 12 {
			d.Options = append([]byte(nil), d.Options...)
		}
		w.Bridge.InjectFromClient(d)
		s.Recv(14)
		s.Send(reply)
		w.Sleep(1200 * time.Millisecond)
	})

	// Declared reasons (draft-ietf-tcpm-rst-diagnostic-payload, vendor text).
	for _, v := range []struct {
		name    string
		payload []byte
	}{
		{"new_data_after_close", []byte{0x33, 0xaa, 0, 3, 0, 0, 0, 0}}, {"abort_process", []byte{0x33, 0xaa, 0, 4, 0, 0, 0, 0}},
		{"not_authorised", []byte{0x33, 0xaa, 0, 9, 0, 0, 0, 0}}, {"resource_exceeded", []byte{0x33, 0xaa, 0, 10, 0, 0, 0, 0}},
		{"connection_timeout", []byte{0x33, 0xaa, 0, 14, 0, 0, 0, 0}}, {"middlebox", []byte{0x33, 0xaa, 0, 17, 0, 0, 0, 0}},
		{"desynchronised", []byte{0x33, 0xaa, 0, 2, 0, 0, 0, 0}},
		{"vendor_text", []byte("BIG-IP: [0x2dba1e9:3138] Internal error (RST from BIG-IP internal Linux host)")},
	} {
		bridged("explicit/"+v.name, func(w *wire.World) {
			_, s := pairAfter(w)
			w.Bridge.Hook(func(p *wire.Packet) bool {
				if !p.ToServer && p.Has(wire.RST) {
					p.Payload = v.payload
					p.Rewrite()
				}
				return true
			})
			s.Abort()
			w.Pause()
		})
	}
	mptcp := func(w *wire.World) (c, s *wire.Sock) {
		l := w.ListenMPTCP(80)
		c = w.ClientMPTCP("main", 80)
		c.MustConnect()
		s = l.Accept()
		talk(w, c, s)
		return c, s
	}
	routed("mptcp/abort", func(w *wire.World) { c, _ := mptcp(w); c.Abort(); w.Sleep(300 * time.Millisecond) })
	routed("mptcp/unread", func(w *wire.World) {
		c, s := mptcp(w)
		c.Send(request)
		w.Pause()
		s.Close()
		w.Sleep(300 * time.Millisecond)
	})
	routed("mptcp/orderly", func(w *wire.World) {
		c, s := mptcp(w)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		s.Close()
		w.Sleep(300 * time.Millisecond)
	})
	for _, v := range []string{"c0", "s0", "r1"} {
		routed("vantage/abort_at_"+v, func(w *wire.World) { c, _ := pairAfter(w); c.Abort(); w.Pause() })
		All[len(All)-1].Vantage = v
		routed("vantage/unread_at_"+v, func(w *wire.World) {
			c, s := pairAfter(w)
			c.Send(request)
			w.Pause()
			s.Close()
			w.Pause()
		})
		All[len(All)-1].Vantage = v
		routed("vantage/closed_port_at_"+v, func(w *wire.World) { w.Client("main", 81).MustFail(unix.ECONNREFUSED) })
		All[len(All)-1].Vantage = v
	}
	routed("open/idle", func(w *wire.World) { pairAfter(w); w.Sleep(500 * time.Millisecond); tick(w, 1500*time.Millisecond) })
	routed("open/active", func(w *wire.World) { pairAfter(w) })
	routed("open/handshake_only", func(w *wire.World) { w.Pair("main", 80); w.Pause() })
}
