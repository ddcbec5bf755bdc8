package cases

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// noQuickAck lets the kernel put the acknowledgment of a FIN on its own FIN.
func noQuickAck(s *wire.Sock) { s.Set(unix.IPPROTO_TCP, unix.TCP_QUICKACK, 0) }

// threeSegments closes with the second FIN acknowledging the first.
func threeSegments(w *wire.World, first, second *wire.Sock) {
	noQuickAck(second)
	first.Shutdown(unix.SHUT_WR)
	second.EOF()
	second.Close()
	w.Pause()
	first.Close()
}

func init() {
	routed("fin/four_by_client", func(w *wire.World) { c, s := pairAfter(w); fourSegments(w, c, s) })
	routed("fin/four_by_server", func(w *wire.World) { c, s := pairAfter(w); fourSegments(w, s, c) })
	routed("fin/four_no_data", func(w *wire.World) { c, s := w.Pair("main", 80); w.Pause(); fourSegments(w, c, s) })
	routed("fin/three_by_client", func(w *wire.World) { c, s := pairAfter(w); threeSegments(w, c, s) })
	routed("fin/three_by_server", func(w *wire.World) { c, s := pairAfter(w); threeSegments(w, s, c) })
	routed("fin/data_with_fin", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Set(unix.IPPROTO_TCP, unix.TCP_CORK, 1)
		c.Send(request)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		s.Close()
		w.Pause()
	})
	routed("fin/half_close_by_client", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		for i := 0; i < 4; i++ {
			s.Send(wire.Text(700))
			w.Sleep(20 * time.Millisecond)
		}
		s.Close()
		c.EOF()
		w.Pause()
	})
	routed("fin/half_close_by_server", func(w *wire.World) {
		c, s := pairAfter(w)
		s.Shutdown(unix.SHUT_WR)
		c.EOF()
		w.Pause()
		c.Send(request)
		w.Pause()
		c.Close()
		s.EOF()
		w.Pause()
	})
	bridged("fin/simultaneous", func(w *wire.World) {
		w.Bridge.SetDelay(20*time.Millisecond, 20*time.Millisecond)
		c, s := pairAfter(w)
		s.Shutdown(unix.SHUT_WR)
		c.Shutdown(unix.SHUT_WR)
		w.Pause()
	})
	bridged("fin/data_crossing", func(w *wire.World) {
		// Data of the server is under way when the client closes: no half-close.
		w.Bridge.SetDelay(20*time.Millisecond, 20*time.Millisecond)
		c, s := pairAfter(w)
		s.Send(reply)
		c.Shutdown(unix.SHUT_WR)
		w.Pause()
		s.Close()
		c.EOF()
		w.Pause()
	})
	bridged("fin/fin_lost_once", func(w *wire.World) {
		c, s := pairAfter(w)
		lost := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer && p.Has(wire.FIN) && lost == 0 {
				lost++
				return false
			}
			return true
		})
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		s.Close()
		w.Pause()
	})
	bridged("fin/simultaneous_one_lost", func(w *wire.World) {
		w.Bridge.SetDelay(10*time.Millisecond, 10*time.Millisecond)
		c, s := pairAfter(w)
		lost := 0
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer && p.Has(wire.FIN) && lost == 0 {
				lost++
				return false
			}
			return true
		})
		s.Shutdown(unix.SHUT_WR)
		c.Shutdown(unix.SHUT_WR)
		w.Sleep(700 * time.Millisecond)
	})
	routed("fin/last_ack_missing", func(w *wire.World) {
		// The server's FIN and everything after it reaches nobody.
		c, s := pairAfter(w)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		w.IPTables(w.C, "-A INPUT -p tcp --sport 80 -j DROP")
		s.Close()
		w.Sleep(900 * time.Millisecond)
	})
	routed("fin/half_closed_open", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
	})
	routed("fin/half_closed_open_by_server", func(w *wire.World) {
		c, s := pairAfter(w)
		s.Shutdown(unix.SHUT_WR)
		c.EOF()
		w.Pause()
	})
	routed("fin/half_closed_stalled", func(w *wire.World) {
		// The effect stretches the silence before the tick to 90 s.
		c, s := pairAfter(w)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		tick(w, 1500*time.Millisecond)
	})
	routed("fin/half_closed_streaming", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		for i := 0; i < 3; i++ {
			s.Send(wire.Text(500))
			w.Sleep(20 * time.Millisecond)
		}
		w.Pause()
	})
	routed("fin/unacked", func(w *wire.World) {
		c, _ := pairAfter(w)
		w.IPTables(w.R, "-A FORWARD -p tcp --dport 80 -j DROP")
		c.Shutdown(unix.SHUT_WR)
		w.Sleep(1500 * time.Millisecond)
	})
	bridged("fin/after_complete_reset", func(w *wire.World) {
		c, s := pairAfter(w)
		var last wire.Segment
		w.Bridge.Hook(func(p *wire.Packet) bool {
			if p.ToServer {
				last = p.Segment
			}
			return true
		})
		fourSegments(w, c, s)
		w.Pause()
		// What some clients do when their TIME-WAIT is over: a reset as a farewell.
		r := last
		r.Flags, r.Payload, r.Options, r.ID = wire.RST|wire.ACK, nil, nil, last.ID+1
		w.Bridge.InjectFromClient(r)
		w.Pause()
	})

	routed("data_after_close/timewait", func(w *wire.World) {
		c, s := pairAfter(w)
		s.Close()
		w.Pause()
		c.Send(request)
		w.Pause()
	})
	routed("data_after_close/ttl128", func(w *wire.World) {
		w.Listen(80, func(s *wire.Sock) { s.SetTTL(128) })
		c, s := pairAfter(w)
		s.Close()
		w.Pause()
		c.Send(request)
		w.Pause()
	})
	routed("data_after_close/fin_timeout", func(w *wire.World) {
		w.Sysctl(w.S, "net/ipv4/tcp_fin_timeout", "2")
		c, s := pairAfter(w)
		s.Close()
		w.Sleep(3500 * time.Millisecond)
		c.Send(request)
		w.Pause()
	})
	for _, v := range []struct{ name, vantage string }{{"crossing", "s0"}, {"crossing_far", ""}} {
		bridged("data_after_close/"+v.name, func(w *wire.World) {
			w.Bridge.SetDelay(20*time.Millisecond, 20*time.Millisecond)
			c, s := pairAfter(w)
			s.Close()
			c.Send(request)
			w.Pause()
		})
		All[len(All)-1].Vantage = v.vantage
	}
	bridged("data_after_close/then_fin", func(w *wire.World) {
		// Like a TLS client that answers the server's FIN with close_notify and FIN.
		w.Bridge.SetDelay(20*time.Millisecond, 20*time.Millisecond)
		c, s := pairAfter(w)
		s.Close()
		c.EOF()
		w.Sleep(5 * time.Millisecond)
		c.Send([]byte{0x15, 3, 3, 0, 2, 1, 0})
		c.Shutdown(unix.SHUT_WR)
		w.Pause()
	})
	routed("data_after_close/by_client", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Close()
		w.Pause()
		s.Send(reply)
		w.Pause()
	})
	routed("data_after_close/no_reply_before", func(w *wire.World) {
		// The server's only packets before the reset have IP identification 0.
		c, s := w.Pair("main", 80)
		s.Close()
		w.Pause()
		c.Send(request)
		w.Pause()
	})
	routed("linger/shutdown_linger_zero", func(w *wire.World) {
		c, _ := pairAfter(w)
		c.Shutdown(unix.SHUT_WR)
		w.Pause()
		c.Abort()
		w.Pause()
	})
	routed("linger/shutdown_linger_zero_at_once", func(w *wire.World) {
		_, s := pairAfter(w)
		s.LingerZero()
		s.Shutdown(unix.SHUT_WR)
		w.Sleep(4 * time.Millisecond)
		s.Close()
		w.Pause()
	})
	for _, v := range []struct {
		name           string
		server, atOnce bool
	}{{"linger2", false, false}, {"linger2_server", true, false}, {"linger2_at_once", false, true}, {"linger2_at_once_server", true, true}} {
		routed("linger/"+v.name, func(w *wire.World) {
			c, s := pairAfter(w)
			if v.server {
				c = s
			}
			c.Set(unix.IPPROTO_TCP, unix.TCP_LINGER2, -1)
			if !v.atOnce {
				c.Shutdown(unix.SHUT_WR)
				w.Pause()
			}
			c.Close()
			w.Pause()
		})
	}
	routed("peer_fin/linger_zero", func(w *wire.World) {
		c, s := pairAfter(w)
		s.Close()
		c.EOF()
		w.Pause()
		c.Abort()
		w.Pause()
	})
	routed("peer_fin/unread", func(w *wire.World) {
		c, s := w.Pair("main", 80)
		c.Send(request)
		s.Recv(len(request))
		s.Send(reply)
		s.Close()
		w.Pause()
		c.Recv(10)
		c.Close()
		w.Pause()
	})
	routed("peer_fin/server_linger_zero", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		s.Abort()
		w.Pause()
	})
	routed("peer_fin/after_close_notify", func(w *wire.World) {
		c, s := pairAfter(w)
		s.Send([]byte{0x15, 3, 3, 0, 2, 1, 0})
		s.Close()
		w.Pause()
		c.Close() // the alert was never read
		w.Pause()
	})
}
