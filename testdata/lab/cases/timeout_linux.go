package cases

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

func keepAlive(s *wire.Sock, idle, interval, count int) {
	s.Set(unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	s.Set(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, idle)
	s.Set(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, interval)
	s.Set(unix.IPPROTO_TCP, unix.TCP_KEEPCNT, count)
}

// deaf makes the client's or the server's host hear nothing more.
func deaf(w *wire.World, n *wire.NS) { w.IPTables(n, "-A INPUT -p tcp -j DROP") }

// small makes a listener with a short receive buffer.
func small(s *wire.Sock) { s.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 2304) }

func init() {
	routed("keepalive/failed_client", func(w *wire.World) {
		c, _ := pairAfter(w)
		keepAlive(c, 1, 1, 3)
		deaf(w, w.S)
		w.Sleep(5500 * time.Millisecond)
	})
	routed("keepalive/failed_server", func(w *wire.World) {
		_, s := pairAfter(w)
		keepAlive(s, 1, 1, 4)
		deaf(w, w.C)
		w.Sleep(6500 * time.Millisecond)
	})
	routed("keepalive/failed_user_timeout", func(w *wire.World) {
		c, _ := pairAfter(w)
		c.Set(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 2500)
		keepAlive(c, 1, 1, 9)
		deaf(w, w.S)
		w.Sleep(5500 * time.Millisecond)
	})
	routed("keepalive/failed_after_answers", func(w *wire.World) {
		c, _ := pairAfter(w)
		keepAlive(c, 1, 1, 2)
		w.Sleep(2500 * time.Millisecond)
		deaf(w, w.S)
		w.Sleep(4500 * time.Millisecond)
	})
	routed("keepalive/one_probe", func(w *wire.World) {
		c, _ := pairAfter(w)
		keepAlive(c, 1, 1, 1)
		deaf(w, w.S)
		w.Sleep(3500 * time.Millisecond)
	})
	routed("keepalive/answered_then_abort", func(w *wire.World) {
		c, _ := pairAfter(w)
		keepAlive(c, 1, 1, 3)
		w.Sleep(2500 * time.Millisecond)
		c.Abort()
		w.Pause()
	})
	routed("keepalive/answered_then_close", func(w *wire.World) {
		c, s := pairAfter(w)
		keepAlive(s, 1, 1, 3)
		w.Sleep(2500 * time.Millisecond)
		fourSegments(w, c, s)
	})
	routed("keepalive/answered_open", func(w *wire.World) {
		c, _ := pairAfter(w)
		keepAlive(c, 1, 1, 3)
		w.Sleep(3500 * time.Millisecond)
	})
	bridged("keepalive/silent", func(w *wire.World) {
		_, s := pairAfter(w)
		w.Bridge.Hook(func(p *wire.Packet) bool { return !p.Has(wire.RST) })
		keepAlive(s, 1, 1, 3)
		deaf(w, w.C)
		w.Sleep(4500 * time.Millisecond)
		w.IPTables(w.C, "-F INPUT")
		tick(w, 2*time.Second)
	})
	fill := func(w *wire.World) (c, s *wire.Sock) {
		w.Listen(80, small)
		c, s = w.Pair("main", 80)
		c.TrySend(wire.Text(6000), 300*time.Millisecond)
		return c, s
	}
	routed("zero_window/abort", func(w *wire.World) {
		c, _ := fill(w)
		w.Sleep(2500 * time.Millisecond)
		c.Abort()
		w.Pause()
	})
	routed("zero_window/abort_by_server", func(w *wire.World) {
		w.Listen(80)
		c, s := w.Pair("main", 80, small)
		c.Send(request)
		s.Recv(len(request))
		s.TrySend(wire.Text(6000), 300*time.Millisecond)
		w.Sleep(2500 * time.Millisecond)
		s.Abort()
		w.Pause()
	})
	routed("zero_window/recovers", func(w *wire.World) {
		c, s := fill(w)
		w.Sleep(1500 * time.Millisecond)
		s.Recv(2000)
		s.TryRecv(1500)
		w.Pause()
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		w.Sleep(300 * time.Millisecond)
		s.Close()
		c.EOF()
		w.Pause()
	})
	routed("zero_window/open", func(w *wire.World) {
		fill(w)
		w.Sleep(2500 * time.Millisecond)
	})
	routed("retransmission/user_timeout", func(w *wire.World) {
		c, _ := pairAfter(w)
		c.Set(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 3000)
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 80 -j DROP")
		c.Send(request)
		w.Sleep(4 * time.Second)
		tick(w, 5*time.Second)
	})
	routed("retransmission/server_retries", func(w *wire.World) {
		_, s := pairAfter(w)
		w.Sysctl(w.S, "net/ipv4/tcp_retries2", "4")
		w.IPTables(w.C, "-A INPUT -p tcp --sport 80 -j DROP")
		s.Send(reply)
		w.Sleep(6 * time.Second)
		tick(w, 8*time.Second)
	})
	routed("retransmission/black_hole", func(w *wire.World) {
		c, s := pairAfter(w)
		w.Sysctl(w.C, "net/ipv4/tcp_retries2", "3")
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 80 -j DROP")
		w.IPTables(w.R, "-I FORWARD -p tcp --sport 80 -j DROP")
		_ = s
		c.Send(request)
		w.Sleep(4 * time.Second)
		tick(w, 3500*time.Millisecond)
	})
	routed("retransmission/still_trying", func(w *wire.World) {
		c, _ := pairAfter(w)
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 80 -j DROP")
		c.Send(request)
		w.Sleep(2200 * time.Millisecond)
	})
	routed("retransmission/late_talk", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Set(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 2000)
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 80 -j DROP")
		c.Send(request)
		w.Sleep(4 * time.Second)
		w.IPTables(w.R, "-D FORWARD -p tcp --dport 80 -j DROP")
		s.Send(reply)
		w.Pause()
	})
	bridged("retransmission/reset_like_bsd", func(w *wire.World) {
		// Linux gives up silently; the reset that BSD, macOS and Windows send
		// then is forged with the numbers that they would use.
		c, _ := pairAfter(w)
		c.Set(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 7000)
		var last wire.Segment
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer {
				last = p.Segment
			}
			return !p.ToServer
		})
		c.Send(request)
		w.Sleep(8 * time.Second)
		r := last
		r.Seq, r.Flags, r.Payload, r.Options, r.ID = last.End(), wire.RST|wire.ACK, nil, nil, last.ID+1
		w.Bridge.InjectFromClient(r)
		w.Pause()
	})
	routed("stall/dark_path_then_abort", func(w *wire.World) {
		c, _ := pairAfter(w)
		w.IPTables(w.R, "-I FORWARD -p tcp --dport 80 -j DROP")
		c.Send(request)
		w.Sleep(2 * time.Second)
		w.IPTables(w.R, "-D FORWARD -p tcp --dport 80 -j DROP")
		c.Abort()
		w.Pause()
	})
	routed("stall/dark_path_server_aborts", func(w *wire.World) {
		_, s := pairAfter(w)
		w.IPTables(w.C, "-A INPUT -p tcp --sport 80 -j DROP")
		s.Send(reply)
		w.Sleep(1600 * time.Millisecond)
		s.Abort()
		w.Pause()
	})
	bridged("stall/loss_then_abort", func(w *wire.World) {
		// 60 % of the client's data is lost, by a fixed pattern; then its
		// patience ends.
		c, s := pairAfter(w)
		n := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer && len(p.Payload) > 0 {
				n++
				return n == 1
			}
			return true
		})
		c.Set(unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		for i := 0; i < 4; i++ {
			c.Send(wire.Text(400))
			w.Sleep(10 * time.Millisecond)
		}
		s.Recv(400)
		w.Sleep(1700 * time.Millisecond)
		w.Bridge.Hook(nil)
		c.Abort()
		w.Pause()
	})
	bridged("stall/loss_recovered", func(w *wire.World) {
		c, s := pairAfter(w)
		n := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer && len(p.Payload) > 0 {
				n++
				return n%3 != 1
			}
			return true
		})
		for i := 0; i < 6; i++ {
			c.Send(wire.Text(900))
			s.Recv(900)
		}
		w.Pause()
		w.Bridge.Hook(nil)
		fourSegments(w, c, s)
	})
	bridged("stall/lost_data_then_abort", func(w *wire.World) {
		c, _ := pairAfter(w)
		w.Bridge.Hook(func(p *wire.Packet) bool { return !p.ToServer || len(p.Payload) == 0 })
		c.Send(request)
		w.Sleep(50 * time.Millisecond)
		w.Bridge.Hook(nil)
		c.Abort()
		w.Pause()
	})
	bridged("half_open/rst_lost", func(w *wire.World) {
		c, s := pairAfter(w)
		w.Bridge.Hook(func(p *wire.Packet) bool { return !p.Has(wire.RST) })
		// The router's side of the bridge lies behind the capture: the abort is
		// not seen.
		s.Abort()
		w.Pause()
		w.Bridge.Hook(nil)
		c.Send(request)
		w.Pause()
	})
	routed("half_open/server_forgot", func(w *wire.World) {
		c, s := pairAfter(w)
		s.Vanish()
		w.Sleep(1200 * time.Millisecond)
		c.Send(request)
		w.Pause()
	})
	routed("half_open/client_forgot", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Vanish()
		w.Sleep(1200 * time.Millisecond)
		s.Send(reply)
		w.Pause()
	})
	routed("half_open/server_rebuilt", func(w *wire.World) {
		c, _ := pairAfter(w)
		w.RebuildServer()
		w.Sleep(1200 * time.Millisecond)
		c.Send(request)
		w.Pause()
		orderly(w, "after", 8080, nil)
	})
	routed("reconnect/same_port_stale", func(w *wire.World) {
		l := w.Listen(80)
		c := w.ClientOn("", "stale", w.NextPort(), 80)
		c.MustConnect()
		s := l.Accept()
		talk(w, c, s)
		c.Vanish()
		w.Announce("", "discovery", c.Port, 80)
		c2 := w.ClientOn("common/tick", "main", c.Port, 80)
		c2.MustConnect()
		s2 := l.Accept()
		talk(w, c2, s2)
		fourSegments(w, c2, s2)
	})
	routed("reconnect/both_forgot", func(w *wire.World) {
		l := w.Listen(80)
		c := w.ClientOn("", "stale", w.NextPort(), 80)
		c.MustConnect()
		s := l.Accept()
		talk(w, c, s)
		c.Vanish()
		s.Vanish()
		c2 := w.ClientOn("common/tick", "main", c.Port, 80)
		c2.MustConnect()
		s2 := l.Accept()
		talk(w, c2, s2)
		fourSegments(w, c2, s2)
	})
	routed("reconnect/after_close", func(w *wire.World) {
		l := w.Listen(80)
		p := w.NextPort()
		for i := 0; i < 4; i++ {
			c := w.ClientOn("common/tick", "main", p, 80)
			c.MustConnect()
			s := l.Accept()
			talk(w, c, s)
			// The server closes last and forgets; the client's TIME-WAIT is
			// taken over because its socket is closed with the port reusable.
			fourSegmentsByServer(w, c, s)
		}
	})
	routed("reconnect/after_reset", func(w *wire.World) {
		l := w.Listen(80)
		p := w.NextPort()
		for i := 0; i < 4; i++ {
			c := w.ClientOn("", "main", p, 80)
			c.MustConnect()
			s := l.Accept()
			talk(w, c, s)
			c.Abort()
			w.Pause()
		}
	})
	routed("wrap/client_isn", func(w *wire.World) {
		c, s := w.Pair("main", 80, func(s *wire.Sock) { s.InitialSequence(0xffffffc0) })
		talk(w, c, s)
		fourSegments(w, c, s)
	})
	routed("wrap/client_isn_last", func(w *wire.World) {
		c, s := w.Pair("main", 80, func(s *wire.Sock) { s.InitialSequence(0xffffffff) })
		talk(w, c, s)
		c.Abort()
		w.Pause()
	})
	routed("wrap/fin_at_wrap", func(w *wire.World) {
		c, s := w.Pair("main", 80, func(s *wire.Sock) { s.InitialSequence(0 - uint32(len(request)) - 2) })
		talk(w, c, s)
		fourSegments(w, c, s)
	})
}

// fourSegmentsByServer closes with the server first, so that the client, which
// wants to use its port again, has no TIME-WAIT.
func fourSegmentsByServer(w *wire.World, c, s *wire.Sock) {
	s.Shutdown(unix.SHUT_WR)
	c.EOF()
	w.Pause()
	c.Close()
	w.Pause()
	s.Close()
	w.Pause()
}
