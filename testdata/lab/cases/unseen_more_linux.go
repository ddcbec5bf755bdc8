package cases

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// manner rewrites resets of the server as other systems write them.
func manner(w *wire.World, change func(p *wire.Packet, n *sniff)) {
	var n sniff
	w.Bridge.Hook(func(p *wire.Packet) bool {
		if !p.ToServer && p.Has(wire.RST) {
			change(p, &n)
			p.Rewrite()
		}
		n.see(p)
		return true
	})
}

func init() {
	// Rules of a filter that change while a service is in use.
	change := func(name string, hops int, rule func(w *wire.World) string, late func(w *wire.World, l *wire.Sock)) {
		afar("policy_change/"+name, hops, 0, func(w *wire.World) {
			l := w.Listen(8080)
			orderly(w, "before", 8080, l)
			orderly(w, "before", 8080, l)
			w.IPTables(w.X[0], "-I FORWARD "+rule(w))
			late(w, l)
		})
	}
	refused := func(w *wire.World, l *wire.Sock) {
		for range 2 {
			w.Client("main", 8080).MustFail(unix.ECONNREFUSED, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EACCES)
			w.Sleep(100 * time.Millisecond)
		}
	}
	change("rejects_new", 3, func(w *wire.World) string {
		return "-p tcp --dport 8080 --syn -j " + withReset
	}, refused)
	change("rejects_new_then_lifted", 3, func(w *wire.World) string {
		return "-p tcp --dport 8080 --syn -j " + withReset
	}, func(w *wire.World, l *wire.Sock) {
		refused(w, l)
		w.IPTables(w.X[0], "-F FORWARD")
		w.Sleep(300 * time.Millisecond)
		orderly(w, "after", 8080, l)
	})
	change("says_unreachable", 2, func(w *wire.World) string {
		w.IP(w.X[0], fmt.Sprintf("addr add %s dev lo", linkIf(w, "fd00:7e::99/128", "192.0.2.99/32")))
		return "-p tcp --dport 8080 -j REJECT"
	}, refused)
	change("drops_new", 2, func(w *wire.World) string { return "-p tcp --dport 8080 --syn -j DROP" }, func(w *wire.World, l *wire.Sock) {
		w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "2")
		w.Client("main", 8080).MustFail(unix.ETIMEDOUT)
		w.IPTables(w.X[0], "-F FORWARD")
		w.Sleep(4 * time.Second)
		orderly(w, "after", 8080, l)
	})
	afar("policy_change/cuts_idle", 3, 0, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.Sleep(1500 * time.Millisecond)
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 8080 -j "+withReset)
		c.Send([]byte(getPage))
		w.Pause()
		c.WantReset()
	})
	afar("policy_change/cuts_server_push", 2, 20*time.Millisecond, func(w *wire.World) {
		// The client is reset in the middle of a stream by the server: its ACKs are rejected.
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		for range 3 {
			s.Send(wire.Text(700))
			c.Recv(700)
			w.Sleep(60 * time.Millisecond)
		}
		w.IPTables(w.X[0], "-I FORWARD -p tcp --dport 8080 -j "+withReset)
		s.Send(wire.Text(700))
		w.Sleep(900 * time.Millisecond)
	})

	// Resets as other systems write them, made from those of Linux after captures of such systems.
	afar("other_stacks/data_after_close", 1, 10*time.Millisecond, func(w *wire.World) {
		unlikeLinux(w)
		c, s := w.Pair("main", 3389)
		ask(w, c, s, getPage, page)
		manner(w, func(p *wire.Packet, n *sniff) {
			p.Flags, p.Ack, p.ID, p.TTL = wire.RST|wire.ACK, n.toServer.End(), n.toClient.ID+1, n.toClient.TTL
		})
		s.Close()
		w.Pause()
		c.Send([]byte(getPage))
		w.Pause()
	})
	afar("other_stacks/aborts", 1, 10*time.Millisecond, func(w *wire.World) {
		unlikeLinux(w)
		c, s := w.Pair("main", 3389)
		ask(w, c, s, getPage, page)
		ask(w, c, s, getPage, page)
		manner(w, func(p *wire.Packet, n *sniff) { p.Win = 0 })
		w.Pause()
		s.Abort()
		w.Pause()
	})
	afar("other_stacks/refuses", 2, 10*time.Millisecond, func(w *wire.World) {
		unlikeLinux(w)
		orderly(w, "before", 3389, w.Listen(3389))
		manner(w, func(p *wire.Packet, n *sniff) { p.ID = n.toClient.ID + 1 })
		for range 3 { // the same attempt, repeated by the client's system
			w.ClientOn("", "main", w.NextPort(), 445).MustFail(unix.ECONNREFUSED)
			w.Sleep(500 * time.Millisecond)
		}
	})
	afar("other_stacks/bare_abort_when_idle", 0, 10*time.Millisecond, func(w *wire.World) {
		// Phones reset what an application has left without the flag ACK.
		c, s := w.Pair("main", 5223)
		ask(w, c, s, getPage, page)
		manner(w, func(p *wire.Packet, n *sniff) { p.Flags, p.Ack, p.Win, p.Options, p.ID = wire.RST, 0, 0, nil, 0 })
		w.Sleep(5 * time.Second)
		s.Abort()
		w.Pause()
		_ = c
	})

	// Copies and order on the path.
	afar("late_copies/everything_twice", 1, 10*time.Millisecond, func(w *wire.World) {
		// A link layer that repeats: each frame of the server comes again 4 ms later.
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.Pause()
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if !p.ToServer {
				p.Later(14 * time.Millisecond)
			}
			return true
		})
		ask(w, c, s, getPage, page)
		s.Send([]byte(page))
		w.Sleep(2 * time.Millisecond)
		s.Abort()
		w.Pause()
	})
	afar("late_copies/reset_twice", 2, 15*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.Pause()
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if !p.ToServer && p.Has(wire.RST) {
				p.Later(25 * time.Millisecond)
			}
			return true
		})
		c.Send([]byte(getPage))
		w.Pause()
		s.Close()
		w.Pause()
	})

	// ECN that has nothing to do with it.
	ecn := func(w *wire.World) { w.Sysctl(w.C, "net/ipv4/tcp_ecn", "1"); w.Sysctl(w.S, "net/ipv4/tcp_ecn", "1") }
	afar("ecn_asked/port_closed", 2, 0, func(w *wire.World) {
		ecn(w)
		orderly(w, "before", 8080, nil)
		for range 2 {
			w.Client("main", 8081).MustFail(unix.ECONNREFUSED)
			w.Sleep(50 * time.Millisecond)
		}
	})
	afar("ecn_asked/service_comes_back", 2, 0, func(w *wire.World) {
		ecn(w)
		orderly(w, "before", 8080, nil)
		w.Client("main", 8080).MustFail(unix.ECONNREFUSED)
		w.Sysctl(w.C, "net/ipv4/tcp_ecn", "0")
		w.Sleep(1500 * time.Millisecond)
		orderly(w, "after", 8080, nil)
	})
	afar("ecn_asked/abort", 1, 30*time.Millisecond, func(w *wire.World) {
		ecn(w)
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		ask(w, c, s, getPage, page)
		w.Pause()
		s.Abort()
		w.Pause()
	})

	// Ends that come later than one thinks.
	afar("late_end/forgotten_half_close", 2, 0, func(w *wire.World) {
		w.Sysctl(w.C, "net/ipv4/tcp_fin_timeout", "2")
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		c.Close()
		w.Sleep(3500 * time.Millisecond)
		s.Send([]byte(page))
		w.Pause()
	})
	afar("late_end/answers_after_half_close_then_close", 2, 30*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		c.Send([]byte(getPage))
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Sleep(700 * time.Millisecond)
		s.Send(wire.Text(3000))
		s.Close()
		c.EOF()
		w.Pause()
	})
	afar("late_end/both_close_data_left", 1, 30*time.Millisecond, func(w *wire.World) {
		// Both close at once, the server's last data meets a closed client.
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.Pause()
		s.Send([]byte(page))
		s.Close()
		c.Close()
		w.Pause()
	})
	afar("late_end/tarpit", 2, 0, func(w *wire.World) {
		w.Listen(2525, func(s *wire.Sock) { s.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 2304) })
		c, s := w.Pair("main", 2525)
		s.Send([]byte(loginMail))
		c.Recv(len(loginMail))
		c.TrySend(wire.Text(12000), 200*time.Millisecond)
		w.Sleep(1800 * time.Millisecond)
		c.Abort()
		w.Pause()
	})

	// A relay whose other side fails.
	afar("relay/no_backend", 2, 10*time.Millisecond, func(w *wire.World) {
		l := w.Listen(8443)
		for range 3 {
			c := w.ClientOn("", "main", w.NextPort(), 8443)
			c.MustConnect()
			s := l.Accept()
			c.Send([]byte(clientHello))
			s.Recv(len(clientHello))
			w.Sleep(60 * time.Millisecond)
			s.Abort()
			w.Pause()
		}
	})
	afar("relay/backend_resets_midway", 2, 10*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8443)
		ask(w, c, s, string(clientHello), string(serverHello))
		c.Send([]byte("\x17\x03\x03\x00\x20abcdefghijklmnopqrstuvwxyzABCDEF"))
		s.Recv(37)
		s.Send(wire.Text(2000))
		c.Recv(2000)
		w.Sleep(30 * time.Millisecond)
		s.Abort()
		w.Pause()
	})

	// An hour of a small service, in a few seconds: everything at once, with knowledge of hosts and services.
	afar("busy_hour/all_sorts", 2, 0, func(w *wire.World) {
		web, api := w.Listen(8080), w.Listen(8443)
		connect := func(name string, l *wire.Sock) (c, s *wire.Sock) {
			c = w.ClientOn("", name, w.NextPort(), l.Port)
			c.MustConnect()
			s = l.Accept()
			ask(w, c, s, getPage, page)
			return c, s
		}
		fine := func(l *wire.Sock) {
			c, s := connect("fine", l)
			fourSegments(w, c, s)
		}
		for round := range 3 {
			fine(web)
			fine(api)
			c, _ := connect("client_aborts", web)
			w.Pause()
			c.Abort()
			c, s := connect("server_closes_unread", api)
			c.Send([]byte(getPage))
			w.Pause()
			s.Close()
			w.Pause()
			c, s = connect("late_request", web)
			s.Close()
			w.Pause()
			c.Send([]byte(getPage))
			w.Pause()
			w.ClientOn("", "closed", w.NextPort(), 9999).MustFail(unix.ECONNREFUSED)
			switch round {
			case 0: // a filter for a while
				w.IPTables(w.R, "-I FORWARD -p tcp --dport 8443 --syn -j "+withReset)
				w.ClientOn("", "filtered", w.NextPort(), 8443).MustFail(unix.ECONNREFUSED)
				w.IPTables(w.R, "-F FORWARD")
			case 1: // a restart
				web.Close()
				w.ClientOn("", "restarting", w.NextPort(), 8080).MustFail(unix.ECONNREFUSED)
				w.Sleep(250 * time.Millisecond)
				web = w.Listen(8080)
			case 2: // a filter that cuts
				c, _ := connect("cut", api)
				w.IPTables(w.R, "-I FORWARD -p tcp --dport 8443 -j "+withReset)
				c.Send([]byte(getPage))
				w.Pause()
				w.IPTables(w.R, "-F FORWARD")
			}
		}
		fine(web)
	})
}
