package cases

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// pairAfter is a connection with one request and reply done.
func pairAfter(w *wire.World, opts ...wire.Opt) (c, s *wire.Sock) {
	c, s = w.Pair("main", 80, opts...)
	talk(w, c, s)
	return c, s
}

func init() {
	routed("abort/client_idle", func(w *wire.World) { c, _ := pairAfter(w); c.Abort(); w.Pause() })
	routed("abort/server_idle", func(w *wire.World) { _, s := pairAfter(w); s.Abort(); w.Pause() })
	routed("abort/client_request_unanswered", func(w *wire.World) {
		c, s := w.Pair("main", 80)
		c.Send(request)
		s.Recv(len(request))
		w.Pause()
		c.Abort()
		w.Pause()
	})
	routed("abort/client_no_data", func(w *wire.World) { c, _ := w.Pair("main", 80); w.Pause(); c.Abort(); w.Pause() })
	routed("abort/server_no_data", func(w *wire.World) { _, s := w.Pair("main", 80); w.Pause(); s.Abort(); w.Pause() })
	routed("abort/server_push", func(w *wire.World) {
		c, s := w.Pair("main", 21)
		s.Send([]byte("220 ready\r\n"))
		c.Recv(11)
		w.Pause()
		s.Abort()
		w.Pause()
	})
	routed("abort/disconnect", func(w *wire.World) { c, _ := pairAfter(w); c.Disconnect(); w.Pause() })
	routed("abort/admin_kill_client", func(w *wire.World) { c, _ := pairAfter(w); c.Kill(); w.Pause() })
	routed("abort/admin_kill_server", func(w *wire.World) { _, s := pairAfter(w); s.Kill(); w.Pause() })
	routed("abort/client_ttl200", func(w *wire.World) {
		c, _ := pairAfter(w, func(s *wire.Sock) { s.SetTTL(200) })
		c.Abort()
		w.Pause()
	})
	routed("abort/client_tos16", func(w *wire.World) {
		c, _ := pairAfter(w, func(s *wire.Sock) { s.SetTOS(16) })
		c.Abort()
		w.Pause()
	})
	for _, o := range []string{"timestamps", "sack", "window_scaling"} {
		routed("abort/no_"+o, func(w *wire.World) {
			w.Sysctl(w.C, "net/ipv4/tcp_"+o, "0")
			_, s := pairAfter(w)
			s.Abort()
			w.Pause()
		})
	}
	bridged("abort/far", func(w *wire.World) {
		w.Bridge.SetDelay(25*time.Millisecond, 15*time.Millisecond)
		_, s := pairAfter(w)
		s.Abort()
		w.Pause()
	})
	bridged("abort/in_flight", func(w *wire.World) {
		// The client's next requests are under way when the server aborts:
		// each draws an echo.
		w.Bridge.SetDelay(20*time.Millisecond, 60*time.Millisecond)
		c, s := pairAfter(w)
		c.Set(unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		s.Abort()
		for i := 0; i < 3; i++ {
			c.Send(request)
			w.Sleep(2 * time.Millisecond)
		}
		w.Pause()
	})
	bridged("abort/crossed", func(w *wire.World) {
		w.Bridge.SetDelay(40*time.Millisecond, 40*time.Millisecond)
		c, s := pairAfter(w)
		c.LingerZero()
		s.LingerZero()
		s.Close()
		c.Close()
		w.Pause()
	})
	routed("abort/unaccepted_child", func(w *wire.World) {
		l := w.Listen(80)
		w.Client("main", 80).MustConnect()
		w.Pause()
		l.Close()
		w.Pause()
	})
	routed("abort/unaccepted_child_data", func(w *wire.World) {
		l := w.Listen(80)
		c := w.Client("main", 80)
		c.MustConnect()
		c.Send(request)
		w.Pause()
		l.Close()
		w.Pause()
	})

	routed("unread/server_close", func(w *wire.World) {
		c, s := w.Pair("main", 80)
		c.Send(request)
		w.Pause()
		s.Close()
		w.Pause()
	})
	routed("unread/server_second_request", func(w *wire.World) {
		c, s := pairAfter(w)
		c.Send(request)
		w.Pause()
		s.Close()
		w.Pause()
	})
	routed("unread/client_close", func(w *wire.World) {
		c, s := w.Pair("main", 80)
		c.Send(request)
		s.Recv(len(request))
		s.Send(reply)
		w.Pause()
		c.Recv(20)
		c.Close()
		w.Pause()
	})
	routed("unread/sigkill", func(w *wire.World) {
		c, s := pairAfter(w)
		kill := s.Handover()
		c.Send(request)
		w.Pause()
		kill()
		w.Pause()
	})
	routed("unread/shutdown_read", func(w *wire.World) {
		c, s := pairAfter(w)
		s.Shutdown(unix.SHUT_RD)
		c.Send(request)
		w.Pause()
		s.Close()
		w.Pause()
	})
	routed("unread/server_ttl128_no_timestamps", func(w *wire.World) {
		serverTTL(w, 128)
		w.Sysctl(w.S, "net/ipv4/tcp_timestamps", "0")
		c, s := pairAfter(w)
		c.Send(request)
		w.Pause()
		s.Close()
		w.Pause()
	})
	routed("unread/sigkill_nothing_unread", func(w *wire.World) {
		c, s := pairAfter(w)
		kill := s.Handover()
		w.Pause()
		kill()
		c.EOF()
		w.Pause()
		c.Close()
		w.Pause()
	})
	for _, v := range []struct {
		name, answer string
	}{{"413", "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}, {"200", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}} {
		bridged("early_reply/upload_"+v.name, func(w *wire.World) {
			w.Bridge.SetDelay(10*time.Millisecond, 10*time.Millisecond)
			c, s := w.Pair("main", 80)
			c.Send([]byte("POST /upload HTTP/1.1\r\nHost: server.example\r\nContent-Length: 40000\r\n\r\n"))
			s.Recv(20)
			c.TrySend(wire.Text(40000), 5*time.Millisecond)
			s.Send([]byte(v.answer))
			w.Sleep(15 * time.Millisecond)
			s.Close()
			c.TrySend(wire.Text(4000), 5*time.Millisecond)
			w.Pause()
		})
	}

	routed("app_error/http_500_abort", func(w *wire.World) {
		c, s := w.Pair("main", 80)
		c.Send(request)
		s.Recv(len(request))
		s.Send([]byte("HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
		w.Pause()
		s.Abort()
		w.Pause()
	})
	routed("app_error/http_503_unread", func(w *wire.World) {
		c, s := w.Pair("main", 80)
		c.Send(request)
		w.Pause()
		s.Send([]byte("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
		w.Pause()
		s.Close()
		w.Pause()
	})
	routed("app_error/smtp_421", func(w *wire.World) {
		c, s := w.Pair("main", 25)
		s.Send([]byte("220 mail.example ESMTP\r\n"))
		c.Recv(24)
		c.Send([]byte("EHLO client.example\r\n"))
		w.Pause()
		s.Send([]byte("421 4.3.2 Service not available\r\n"))
		w.Pause()
		s.Close()
		w.Pause()
	})
	routed("app_error/tls_alert_server", func(w *wire.World) {
		c, s := w.Pair("main", 443)
		c.Send(clientHello)
		s.Recv(len(clientHello))
		s.Send([]byte{0x15, 3, 3, 0, 2, 2, 40})
		w.Pause()
		s.Abort()
		w.Pause()
	})
	routed("app_error/tls_alert_client", func(w *wire.World) {
		// The client rejects the server's certificate: fatal alert, then the
		// server resets.
		c, s := w.Pair("main", 443)
		c.Send(clientHello)
		s.Recv(len(clientHello))
		s.Send(serverHello)
		c.Recv(len(serverHello))
		w.Pause()
		c.Send([]byte{0x15, 3, 3, 0, 2, 2, 48})
		w.Pause()
		s.Close()
		w.Pause()
	})
	routed("app_error/http_404_orderly", func(w *wire.World) {
		c, s := w.Pair("main", 80)
		c.Send(request)
		s.Recv(len(request))
		s.Send([]byte("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
		w.Pause()
		fourSegments(w, s, c)
	})
}

// clientHello and serverHello have the outline of TLS 1.2 records.
var (
	clientHello = append([]byte{0x16, 3, 1, 0, 120, 1, 0, 0, 116, 3, 3}, make([]byte, 114)...)
	serverHello = append([]byte{0x16, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3}, make([]byte, 84)...)
)
