package cases

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// forgetful makes a router's connection tracking forget flows after some seconds; then is what
// becomes of packets that it does not know.
func forgetful(w *wire.World, n *wire.NS, seconds, then string) {
	w.Sysctl(n, "net/netfilter/nf_conntrack_tcp_loose", "0")
	w.Sysctl(n, "net/netfilter/nf_conntrack_tcp_timeout_established", seconds)
	w.IPTables(n, "-A FORWARD -m conntrack --ctstate INVALID -p tcp -j "+then)
}

const withReset = "REJECT --reject-with tcp-reset"

func init() {
	// Filters that forget, at other distances and with other gaps.
	afar("idle_filter/near_client_far_server", 3, 0, func(w *wire.World) {
		forgetful(w, w.R, "2", withReset)
		c, s := w.Pair("main", 5672)
		ask(w, c, s, "AMQP\x00\x00\x09\x01", "\x01\x00\x00\x00\x00\x00\x04open\xce")
		w.Sleep(5 * time.Second)
		c.Send(request)
		w.Pause()
		c.WantReset()
	})
	afar("idle_filter/next_to_server", 2, 30*time.Millisecond, func(w *wire.World) {
		forgetful(w, w.X[1], "2", withReset)
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		w.Sleep(4 * time.Second)
		c.Send(request)
		w.Pause()
		c.WantReset()
	})
	afar("idle_filter/says_nothing", 1, 0, func(w *wire.World) {
		forgetful(w, w.X[0], "2", "DROP")
		w.Sysctl(w.C, "net/ipv4/tcp_retries2", "3")
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		w.Sleep(4 * time.Second)
		c.Send(request)
		w.Sleep(3 * time.Second)
		tick(w, 5*time.Second)
	})
	afar("idle_filter/after_122s", 1, 0, func(w *wire.World) {
		forgetful(w, w.X[0], "120", withReset)
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		w.Sleep(122 * time.Second)
		c.Send(request)
		w.Pause()
	})

	// Filters that look at contents or begin to refuse.
	afar("content_filter/rejects_word", 2, 20*time.Millisecond, func(w *wire.World) {
		w.IPTables(w.X[0], "-A FORWARD -p tcp --dport 8080 -m string --string forbidden --algo bm -j "+withReset)
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		c.Send([]byte("GET /forbidden HTTP/1.1\r\nHost: a.example\r\n\r\n"))
		w.Pause()
		c.WantReset()
	})
	afar("content_filter/rejects_first_word", 2, 0, func(w *wire.World) {
		w.IPTables(w.R, "-A FORWARD -p tcp --dport 8080 -m string --string forbidden --algo bm -j "+withReset)
		orderly(w, "before", 80, nil)
		c, _ := w.Pair("main", 8080)
		c.Send([]byte("GET /forbidden HTTP/1.1\r\nHost: a.example\r\n\r\n"))
		w.Pause()
		c.WantReset()
	})
	afar("content_filter/drops_word", 2, 20*time.Millisecond, func(w *wire.World) {
		w.IPTables(w.X[1], "-A FORWARD -p tcp --dport 8088 -m string --string forbidden --algo bm -j DROP")
		w.Sysctl(w.C, "net/ipv4/tcp_retries2", "3")
		c, s := w.Pair("main", 8088)
		ask(w, c, s, getPage, page)
		c.Send([]byte("GET /forbidden HTTP/1.1\r\nHost: a.example\r\n\r\n"))
		w.Sleep(3 * time.Second)
		tick(w, 4*time.Second)
	})
	afar("content_filter/cuts_answers", 3, 0, func(w *wire.World) {
		// The reset goes to the server, which is silenced; the client hears nothing more.
		w.IPTables(w.X[0], "-A FORWARD -p tcp --sport 8080 -m string --string secret --algo bm -j "+withReset)
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		c.Send([]byte(getPage))
		s.Recv(len(getPage))
		s.Send([]byte("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsecret\n"))
		w.Sleep(800 * time.Millisecond)
	})
	Unseen[len(Unseen)-1].Vantage = "s0"
	afar("content_filter/after_bytes", 3, 0, func(w *wire.World) {
		w.IPTables(w.R, "-A FORWARD -p tcp --dport 8080 -m connbytes --connbytes 4000 --connbytes-dir both --connbytes-mode bytes -j "+withReset)
		c, s := w.Pair("main", 8080)
		for range 3 {
			if _, err := c.TrySend([]byte(getPage), time.Second); err != nil {
				break
			}
			s.Recv(len(getPage))
			s.Send(wire.Text(1800))
			if n, _ := c.TryRecv(1800); n < 1800 {
				break
			}
			w.Sleep(50 * time.Millisecond)
		}
		w.Pause()
		c.TrySend([]byte(getPage), 50*time.Millisecond)
		w.Pause()
	})

	// Forged resets with other marks.
	type forgery struct {
		name         string
		hops         int
		delay        time.Duration
		ttl, ids     int
		win          uint16
		strides      []uint32
		flags        uint8
		pass         bool
		toServerToo  bool
		serverSpeaks bool
	}
	for _, f := range []forgery{
		{"one_far_ttl", 2, 30 * time.Millisecond, 118, 0x4242, 8192, []uint32{0}, wire.RST | wire.ACK, true, false, true},
		{"bare_pair", 2, 80 * time.Millisecond, 49, 0, 0, []uint32{0, 1448}, wire.RST, true, false, true},
		{"strides_512", 1, 40 * time.Millisecond, 61, 0x777, 512, []uint32{0, 512, 1024}, wire.RST | wire.ACK, true, false, true},
		{"equal_ttl_too_soon", 1, 80 * time.Millisecond, 0, -1, 501, []uint32{0}, wire.RST | wire.ACK, true, false, true},
		{"in_path_equal_ttl", 1, 80 * time.Millisecond, 0, -1, 501, []uint32{0}, wire.RST | wire.ACK, false, false, false},
		{"both_ways", 2, 25 * time.Millisecond, 200, 0x99, 0, []uint32{0}, wire.RST | wire.ACK, true, true, false},
	} {
		afar("forged/"+f.name, f.hops, f.delay, func(w *wire.World) {
			var n sniff
			w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
			c, s := w.Pair("main", 8080)
			ask(w, c, s, getPage, page)
			w.Pause()
			seen := false
			w.Bridge.Hook(func(p *wire.Packet) bool {
				if !p.ToServer || len(p.Payload) == 0 || seen {
					n.see(p)
					return true
				}
				seen = true
				for i, d := range f.strides {
					r := n.toClient
					r.Seq, r.Ack, r.Flags, r.Payload, r.Options, r.Win = r.End()+d, p.End(), f.flags, nil, nil, f.win
					if f.flags&wire.ACK == 0 {
						r.Seq, r.Ack = p.Ack+d, 0
					}
					r.ID++
					if f.ids >= 0 {
						r.ID = uint16(f.ids + i)
					}
					if f.ttl > 0 {
						r.TTL = uint8(f.ttl)
					}
					w.Bridge.InjectSegment(false, r)
				}
				if f.toServerToo {
					b := p.Segment
					b.Seq, b.Flags, b.Payload, b.Options, b.Win, b.TTL, b.ID = p.End(), wire.RST|wire.ACK, nil, nil, f.win, uint8(f.ttl), uint16(f.ids)
					go w.Bridge.InjectFromClient(b)
				}
				return f.pass
			})
			c.Send([]byte(getPage))
			if f.serverSpeaks {
				s.Recv(len(getPage))
				s.TrySend([]byte(page), time.Second)
			}
			w.Sleep(700 * time.Millisecond)
			c.WantReset()
		})
	}
	afar("forged/silenced_copy", 2, 30*time.Millisecond, func(w *wire.World) {
		// A copy of everything in the client's name, and the client is silenced.
		var n sniff
		w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.Pause()
		w.IPTables(w.C, "-A OUTPUT -p tcp --sport 40001 -j DROP")
		r := n.toServer
		r.Seq, r.Ack, r.Flags, r.Payload, r.ID = r.End(), n.toClient.End(), wire.RST|wire.ACK, nil, r.ID+1
		w.Bridge.InjectFromClient(r)
		w.Pause()
		s.WantReset()
	})

	// Loss, patience and what comes of them.
	afar("bad_path/short_dark_then_abort", 2, 0, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.IPTables(w.X[0], "-I FORWARD -p tcp --dport 8080 -j DROP")
		c.Send([]byte(getPage))
		w.Sleep(3800 * time.Millisecond)
		w.IPTables(w.X[0], "-F FORWARD")
		c.Abort()
		w.Pause()
	})
	afar("bad_path/server_gives_up", 1, 40*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.IPTables(w.C, "-A INPUT -p tcp --sport 8080 -j DROP")
		s.Send(wire.Text(900))
		w.Sleep(2600 * time.Millisecond)
		s.Abort()
		w.Pause()
	})
	afar("bad_path/loses_every_fifth", 2, 15*time.Millisecond, func(w *wire.World) {
		n := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if !p.ToServer && len(p.Payload) > 0 {
				n++
				return n%5 != 2
			}
			return true
		})
		c, s := w.Pair("main", 8080)
		c.Send([]byte(getPage))
		s.Recv(len(getPage))
		go s.TrySend(wire.Text(25000), 5*time.Second)
		c.Recv(25000)
		w.Pause()
		w.Bridge.Hook(nil)
		fourSegments(w, c, s)
	})
	afar("bad_path/recovered_then_abort", 2, 15*time.Millisecond, func(w *wire.World) {
		n := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer && len(p.Payload) > 0 {
				n++
				return n%3 != 2
			}
			return true
		})
		c, s := w.Pair("main", 8080)
		for range 4 {
			ask(w, c, s, getPage, page)
		}
		w.Bridge.Hook(nil)
		w.Sleep(1500 * time.Millisecond)
		ask(w, c, s, getPage, page)
		w.Pause()
		c.Abort()
		w.Pause()
	})
	afar("bad_path/black_hole", 2, 0, func(w *wire.World) {
		w.Sysctl(w.S, "net/ipv4/tcp_retries2", "4")
		c, s := w.Pair("main", 8088)
		ask(w, c, s, getPage, page)
		w.IPTables(w.X[0], "-I FORWARD -p tcp --sport 8088 -j DROP")
		w.IPTables(w.X[0], "-I FORWARD -p tcp --dport 8088 -j DROP")
		s.Send([]byte(page))
		w.Sleep(7 * time.Second)
		w.IPTables(w.X[0], "-F FORWARD")
		tick(w, 7*time.Second)
	})
	Unseen[len(Unseen)-1].Vantage = "s0"

	// Probes of idle peers with other timers.
	afar("probes/two_seconds_apart", 2, 0, func(w *wire.World) {
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		keepAlive(c, 2, 2, 2)
		deaf(w, w.S)
		w.Sleep(7 * time.Second)
	})
	afar("probes/one_answer_then_silence", 1, 20*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		keepAlive(s, 2, 1, 3)
		w.Sleep(2500 * time.Millisecond)
		deaf(w, w.C)
		w.Sleep(6 * time.Second)
	})
	afar("probes/answered_then_peer_aborts", 3, 0, func(w *wire.World) {
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		keepAlive(c, 2, 2, 2)
		w.Sleep(4500 * time.Millisecond)
		s.Abort()
		w.Pause()
	})
	afar("probes/answered_then_work_then_unread", 1, 0, func(w *wire.World) {
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		keepAlive(c, 1, 1, 3)
		w.Sleep(2300 * time.Millisecond)
		ask(w, c, s, getPage, page)
		c.Send([]byte(getPage))
		w.Pause()
		s.Close()
		w.Pause()
	})
	afar("probes/answered_by_reset", 1, 0, func(w *wire.World) {
		// The peer has lost the connection: its host resets at the probe.
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		keepAlive(c, 2, 2, 3)
		s.Vanish()
		w.Sleep(2600 * time.Millisecond)
	})

	// Windows that close.
	afar("slow_reader/reader_closes", 2, 0, func(w *wire.World) {
		w.Listen(9000, small)
		c, s := w.Pair("main", 9000)
		c.TrySend(wire.Text(6000), 300*time.Millisecond)
		w.Sleep(1500 * time.Millisecond)
		s.Close()
		w.Pause()
	})
	afar("slow_reader/writer_gives_up", 2, 40*time.Millisecond, func(w *wire.World) {
		w.Listen(9000, small)
		c, _ := w.Pair("main", 9000)
		c.TrySend(wire.Text(9000), 300*time.Millisecond)
		w.Sleep(4 * time.Second)
		c.Abort()
		w.Pause()
	})
	afar("slow_reader/opens_then_abort", 1, 0, func(w *wire.World) {
		w.Listen(9000, small)
		c, s := w.Pair("main", 9000)
		c.TrySend(wire.Text(4000), 300*time.Millisecond)
		w.Sleep(1200 * time.Millisecond)
		s.TryRecv(2000)
		s.TryRecv(2000)
		w.Sleep(400 * time.Millisecond)
		s.Send([]byte("done\n"))
		c.Recv(5)
		w.Pause()
		c.Abort()
		w.Pause()
	})

	// Hosts that forget.
	afar("forgotten/by_server_far", 3, 40*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		w.Pause()
		s.Vanish()
		w.Sleep(3 * time.Second)
		c.Send([]byte(getPage))
		w.Pause()
	})
	afar("forgotten/server_speaks_to_new_client", 2, 0, func(w *wire.World) {
		c, s := w.Pair("main", 5672, func(s *wire.Sock) { s.SetTTL(255) })
		ask(w, c, s, getPage, page)
		c.Vanish()
		w.Sleep(2 * time.Second)
		s.Send([]byte(page))
		w.Pause()
	})
	afar("forgotten/rebooted_then_works", 0, 10*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		w.RebuildServer()
		w.Sleep(2500 * time.Millisecond)
		c.Send([]byte(getPage))
		w.Pause()
		orderly(w, "after", 5672, nil)
		orderly(w, "after", 5672, nil)
	})
	afar("forgotten/client_rebooted_same_port", 2, 20*time.Millisecond, func(w *wire.World) {
		l := w.Listen(5672)
		c := w.ClientOn("", "stale", 1022, 5672)
		c.MustConnect()
		s := l.Accept()
		ask(w, c, s, getPage, page)
		w.Sleep(500 * time.Millisecond)
		c.Vanish()
		w.Announce("", "discovery", 1022, 5672)
		c2 := w.ClientOn("common/tick", "main", 1022, 5672)
		c2.MustConnect()
		s2 := l.Accept()
		talk(w, c2, s2)
		fourSegments(w, c2, s2)
	})
	afar("still_open/probed_and_silent", 3, 30*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 5672)
		ask(w, c, s, getPage, page)
		keepAlive(c, 1, 1, 5)
		w.Sleep(2400 * time.Millisecond)
	})
	afar("still_open/half_closed_download", 2, 20*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 5672)
		c.Send([]byte(getPage))
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		for range 5 {
			s.Send(wire.Text(1000))
			w.Sleep(60 * time.Millisecond)
		}
		w.Sleep(20 * time.Millisecond)
	})
}
