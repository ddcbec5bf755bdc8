package cases

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

func init() {
	// Refused at once, from other distances and to other ports.
	afar("refusal/high_port_far", 3, 80*time.Millisecond, func(w *wire.World) {
		w.ClientOn("", "main", 1024, 60123).MustFail(unix.ECONNREFUSED)
	})
	afar("refusal/known_host_far", 3, 5*time.Millisecond, func(w *wire.World) {
		orderly(w, "before", 8080, w.Listen(8080))
		w.Client("main", 6379).MustFail(unix.ECONNREFUSED)
	})
	afar("refusal/known_host_ttl255", 1, 0, func(w *wire.World) {
		serverTTL(w, 255)
		w.Sysctl(w.S, "net/ipv4/tcp_timestamps", "0")
		orderly(w, "before", 8080, nil)
		w.Client("main", 6379, func(s *wire.Sock) { s.SetTOS(0x28) }).MustFail(unix.ECONNREFUSED)
	})
	afar("refusal/service_raises_ttl", 2, 0, func(w *wire.World) {
		// The service sends with another time to live than its host's resets have.
		l := w.Listen(8080, func(s *wire.Sock) { s.SetTTL(255) })
		c := w.ClientOn("common/tick", "before", w.NextPort(), 8080)
		c.MustConnect()
		s := l.Accept()
		talk(w, c, s)
		fourSegments(w, c, s)
		w.Client("main", 6379).MustFail(unix.ECONNREFUSED)
	})
	afar("refusal/filter_one_hop_before", 1, 0, func(w *wire.World) {
		w.IPTables(w.X[0], "-A FORWARD -p tcp --dport 6379 -j REJECT --reject-with tcp-reset")
		orderly(w, "before", 8080, nil)
		w.Client("main", 6379).MustFail(unix.ECONNREFUSED)
	})
	afar("refusal/filter_four_hops_before", 3, 0, func(w *wire.World) {
		w.IPTables(w.R, "-A FORWARD -p tcp --dport 6379 -j REJECT --reject-with tcp-reset")
		orderly(w, "before", 8080, nil)
		w.Client("main", 6379).MustFail(unix.ECONNREFUSED)
		w.Client("main", 6379).MustFail(unix.ECONNREFUSED)
	})
	afar("refusal/filter_says_prohibited", 2, 30*time.Millisecond, func(w *wire.World) {
		w.IPTables(w.X[1], "-A FORWARD -p tcp --dport 6379 -j REJECT --reject-with "+linkIf(w, "icmp6-adm-prohibited", "icmp-admin-prohibited"))
		w.IP(w.X[1], fmt.Sprintf("addr add %s dev lo", linkIf(w, "fd00:7e::99/128", "192.0.2.99/32")))
		w.Client("main", 6379).MustFail(unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EACCES)
	})
	afar("refusal/silent_filter", 2, 0, func(w *wire.World) {
		w.IPTables(w.X[0], "-A FORWARD -p tcp --dport 6379 -j DROP")
		w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "2")
		orderly(w, "before", 8080, nil)
		w.Client("main", 6379).MustFail(unix.ETIMEDOUT)
		tick(w, 4*time.Second)
	})

	// A service that is started again.
	afar("restart/retry_until_back", 2, 15*time.Millisecond, func(w *wire.World) {
		orderly(w, "before", 9200, nil)
		orderly(w, "before", 9200, nil)
		w.Sleep(400 * time.Millisecond)
		for range 4 {
			w.Client("main", 9200).MustFail(unix.ECONNREFUSED)
			w.Sleep(300 * time.Millisecond)
		}
		orderly(w, "after", 9200, nil)
	})
	afar("restart/other_service_stays", 0, 0, func(w *wire.World) {
		stays := w.Listen(9100)
		orderly(w, "before", 9200, nil)
		orderly(w, "before", 9100, stays)
		w.Client("main", 9200).MustFail(unix.ECONNREFUSED)
		orderly(w, "after", 9100, stays)
		w.Client("main", 9200).MustFail(unix.ECONNREFUSED)
	})

	// Health checks of load balancers.
	afar("health_check/connect_and_close", 1, 0, func(w *wire.World) {
		l := w.Listen(8000)
		for range 4 {
			c := w.ClientOn("", "main", w.NextPort(), 8000)
			c.MustConnect()
			s := l.Accept()
			c.Shutdown(unix.SHUT_WR)
			s.EOF()
			w.Pause()
			s.Close()
			w.Sleep(300 * time.Millisecond)
		}
	})
	afar("health_check/connect_and_reset", 1, 5*time.Millisecond, func(w *wire.World) {
		w.Listen(8000)
		for range 5 {
			c := w.ClientOn("", "main", w.NextPort(), 8000)
			c.MustConnect()
			w.Sleep(15 * time.Millisecond)
			c.Abort()
			w.Sleep(300 * time.Millisecond)
		}
	})
	afar("health_check/reset_instead_of_ack", 2, 5*time.Millisecond, func(w *wire.World) {
		// What HAProxy does: the ACK of the handshake is held back, the abort takes its place.
		w.Listen(8000)
		for range 4 {
			c := w.ClientOn("", "main", w.NextPort(), 8000)
			noQuickAck(c)
			c.MustConnect()
			c.Abort()
			w.Sleep(250 * time.Millisecond)
		}
	})
	afar("health_check/down", 2, 0, func(w *wire.World) {
		for range 4 {
			w.Client("main", 8000).MustFail(unix.ECONNREFUSED)
			w.Sleep(250 * time.Millisecond)
		}
		orderly(w, "after", 8000, nil)
	})

	// Scans and knocks by ordinary connect().
	afar("connect_scan/closes", 1, 0, func(w *wire.World) {
		listeners := map[int]*wire.Sock{7010: w.Listen(7010), 7004: w.Listen(7004)}
		for p := 7000; p < 7020; p++ {
			if l := listeners[p]; l != nil {
				c := w.ClientOn("", "open", w.NextPort(), p)
				c.MustConnect()
				s := l.Accept()
				fourSegments(w, c, s)
				continue
			}
			w.ClientOn("", "closed", w.NextPort(), p).MustFail(unix.ECONNREFUSED)
			w.Sleep(10 * time.Millisecond)
		}
	})
	afar("connect_scan/resets", 2, 20*time.Millisecond, func(w *wire.World) {
		w.Listen(7010)
		for p := 7000; p < 7016; p++ {
			if p == 7010 {
				c := w.ClientOn("", "open", w.NextPort(), p)
				c.MustConnect()
				c.Abort()
				w.Pause()
				continue
			}
			w.ClientOn("", "closed", w.NextPort(), p).MustFail(unix.ECONNREFUSED)
			w.Sleep(10 * time.Millisecond)
		}
	})
	afar("knock/refused", 0, 0, func(w *wire.World) {
		for _, p := range []int{7001, 8002, 9003} {
			w.Client("knock", p).MustFail(unix.ECONNREFUSED)
			w.Sleep(120 * time.Millisecond)
		}
		orderly(w, "after", 22, nil)
	})
	afar("knock/silent", 1, 0, func(w *wire.World) {
		w.IPTables(w.X[0], "-A FORWARD -p tcp --dport 7000:9999 -j DROP")
		for _, p := range []int{7001, 8002, 9003} {
			c := w.Client("knock", p)
			c.Start()
			w.Sleep(120 * time.Millisecond)
			c.Close()
		}
		orderly(w, "after", 22, nil)
		w.IPTables(w.X[0], "-F FORWARD")
		tick(w, 3500*time.Millisecond)
	})

	// Attempts that their originator takes back.
	afar("given_up/loser_of_two", 0, 60*time.Millisecond, func(w *wire.World) {
		w.AddHost()
		l := w.Listen(8080)
		w.Listen(8080, wire.Alt)
		a := w.Client("loser", 8080, wire.Alt)
		b := w.ClientOn("common/tick", "main", w.NextPort(), 8080)
		b.Start()
		w.Sleep(30 * time.Millisecond)
		a.Start()
		must(w, b.Wait(wire.Patience))
		a.Close()
		s := l.Accept()
		talk(w, b, s)
		fourSegments(w, b, s)
	})
	afar("given_up/impatient", 3, 250*time.Millisecond, func(w *wire.World) {
		w.Listen(8080)
		c := w.Client("main", 8080)
		c.Start()
		w.Sleep(200 * time.Millisecond)
		c.Close()
		w.Pause()
	})
	afar("slow_start/syn_answered_late", 1, 0, func(w *wire.World) {
		w.IPTables(w.X[0], "-I FORWARD -p tcp --dport 8080 -j DROP")
		l := w.Listen(8080)
		c := w.Client("main", 8080)
		c.Start()
		w.Sleep(1500 * time.Millisecond)
		w.IPTables(w.X[0], "-F FORWARD")
		must(w, c.Wait(wire.Patience))
		s := l.Accept()
		talk(w, c, s)
		fourSegments(w, c, s)
	})
	afar("slow_start/far_orderly", 3, 250*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080, func(s *wire.Sock) { s.SetTOS(0x88) })
		ask(w, c, s, getPage, page)
		w.Pause()
		fourSegments(w, s, c)
	})

	// Full queues and limits while others are served.
	afar("full/queue_resets", 1, 10*time.Millisecond, func(w *wire.World) {
		w.Sysctl(w.S, "net/ipv4/tcp_abort_on_overflow", "1")
		l := w.ListenBacklog(9090, 1)
		for range 2 {
			c := w.ClientOn("common/tick", "before", w.NextPort(), 9090)
			c.MustConnect()
			s := l.Accept()
			talk(w, c, s)
			fourSegments(w, c, s)
		}
		last := w.QuietClient(w.NextPort(), 9090)
		release := holdFirst(w, func(p *wire.Packet) bool { return p.ToServer && p.SPort == uint16(last.Port) && !p.Has(wire.SYN) })
		w.Announce("", "main", last.Port, 9090)
		last.MustConnect()
		for range 2 {
			w.ClientOn("common/open", "fills_queue", w.NextPort(), 9090).MustConnect()
		}
		w.Pause()
		release()
		w.Pause()
	})
	afar("full/queue_silent", 2, 0, func(w *wire.World) {
		w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "1")
		l := w.ListenBacklog(9090, 1)
		c := w.ClientOn("common/tick", "before", w.NextPort(), 9090)
		c.MustConnect()
		s := l.Accept()
		talk(w, c, s)
		fourSegments(w, c, s)
		for range 2 {
			w.ClientOn("common/open", "fills_queue", w.NextPort(), 9090).MustConnect()
		}
		w.Pause()
		w.Client("main", 9090).MustFail(unix.ETIMEDOUT)
		tick(w, 3*time.Second)
	})
	afar("full/connection_limit", 2, 0, func(w *wire.World) {
		w.IPTables(w.S, "-A INPUT -p tcp --dport 9090 --syn -m connlimit --connlimit-above 3 --connlimit-mask 0 -j REJECT --reject-with tcp-reset")
		l := w.Listen(9090)
		var pairs [3][2]*wire.Sock
		for i := range pairs {
			c := w.ClientOn("common/tick", "open", w.NextPort(), 9090)
			c.MustConnect()
			pairs[i] = [2]*wire.Sock{c, l.Accept()}
		}
		w.Client("main", 9090).MustFail(unix.ECONNREFUSED)
		for _, p := range pairs {
			fourSegments(w, p[0], p[1])
		}
		orderly(w, "after", 9090, l)
	})

	// Seen at the server, whose clients are far away.
	seen := func() { Unseen[len(Unseen)-1].Vantage = "s0" }
	afar("at_server/refuses", 3, 40*time.Millisecond, func(w *wire.World) {
		w.ClientOn("", "main", 2222, 55555).MustFail(unix.ECONNREFUSED)
		orderly(w, "after", 8080, w.Listen(8080))
	})
	seen()
	afar("at_server/closes_unread", 3, 40*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		c.Send([]byte(getPage))
		w.Pause()
		s.Close()
		w.Pause()
	})
	seen()
	afar("at_server/client_aborts", 3, 40*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.Pause()
		c.Abort()
		w.Pause()
	})
	seen()
	afar("at_server/client_has_left", 3, 40*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		c.Send([]byte(getPage))
		c.Close()
		s.Recv(len(getPage))
		w.Sleep(120 * time.Millisecond)
		s.Send([]byte(page))
		w.Pause()
	})
	seen()
	afar("at_server/forged_in_clients_name", 1, 30*time.Millisecond, func(w *wire.World) {
		// The device is next to the server; what it forges leaves behind the bridge's capture.
		var n sniff
		w.Bridge.Hook(func(p *wire.Packet) bool { n.see(p); return true })
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.Pause()
		r := n.toServer
		r.Seq, r.Ack, r.Flags, r.Payload, r.Options, r.TTL, r.ID, r.Win = r.End(), n.toClient.End(), wire.RST|wire.ACK, nil, nil, 240, 0x3131, 0
		w.Bridge.InjectSegment(true, r)
		w.Pause()
		c.Send([]byte(getPage))
		w.Pause()
		s.WantReset()
	})
	seen()

	// Captured with offloads on: one frame of many segments.
	for _, v := range []struct {
		name string
		end  func(w *wire.World, c, s *wire.Sock)
	}{
		{"client_closes", func(w *wire.World, c, s *wire.Sock) { c.Recv(8000); w.Pause(); c.Close(); w.Pause() }},
		{"server_aborts", func(w *wire.World, c, s *wire.Sock) { c.Recv(30000); w.Pause(); s.Abort(); w.Pause() }},
		{"orderly", func(w *wire.World, c, s *wire.Sock) { c.Recv(30000); w.Pause(); fourSegments(w, s, c) }},
	} {
		afar("offload/"+v.name, 1, 0, func(w *wire.World) {
			c, s := w.Pair("main", 8080)
			c.Send([]byte(getPage))
			s.Recv(len(getPage))
			s.Send(wire.Text(30000))
			v.end(w, c, s)
		})
		Unseen[len(Unseen)-1].Offloads = true
	}
}
