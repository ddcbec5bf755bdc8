package cases

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// ask sends a question and waits for the answer.
func ask(w *wire.World, c, s *wire.Sock, question, answer string) {
	c.Send([]byte(question))
	s.Recv(len(question))
	s.Send([]byte(answer))
	c.Recv(len(answer))
}

// lowToHigh is a connection whose originator has the lower port.
func lowToHigh(w *wire.World, opts ...wire.Opt) (c, s *wire.Sock) {
	l := w.Listen(61613, opts...)
	c = w.ClientOn("", "main", 1023, 61613, opts...)
	c.MustConnect()
	return c, l.Accept()
}

// unlikeLinux gives both hosts what other systems have: no timestamps, another time to live.
func unlikeLinux(w *wire.World) {
	serverTTL(w, 128)
	w.Sysctl(w.S, "net/ipv4/tcp_timestamps", "0")
	w.Sysctl(w.S, "net/ipv4/tcp_window_scaling", "0")
}

// serve lets the server send n bytes without waiting for anybody.
func serve(s *wire.Sock, n int) (done chan struct{}) {
	done = make(chan struct{})
	go func() { defer close(done); s.TrySend(wire.Text(n), 2*time.Second) }()
	return done
}

// sized puts the length of a message of PostgreSQL in front, which counts itself.
func sized(s string) string { return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)+4))) + s }

const (
	loginMail = "220 mx.example ESMTP ready\r\n"
	getPage   = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"
	page      = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello world\n"
)

func init() {
	// Aborts in the middle of bulk data.
	type setting struct {
		name  string
		hops  int
		delay time.Duration
	}
	for _, v := range []setting{{"near", 1, 5 * time.Millisecond}, {"far", 3, 80 * time.Millisecond}} {
		afar("download/client_aborts_"+v.name, v.hops, v.delay, func(w *wire.World) {
			c, s := w.Pair("main", 8443)
			c.Send(request)
			s.Recv(len(request))
			s.Send(wire.Text(9000))
			c.Recv(9000)
			done := serve(s, 30000) // on its way when the client, which has read all, aborts
			c.Abort()
			<-done
			w.Pause()
		})
		afar("download/client_closes_"+v.name, v.hops, v.delay, func(w *wire.World) {
			c, s := w.Pair("main", 8443)
			c.Send(request)
			s.Recv(len(request))
			done := serve(s, 60000)
			c.Recv(4000)
			w.Sleep(3 * v.delay)
			c.Close()
			<-done
			w.Pause()
		})
		afar("download/server_aborts_"+v.name, v.hops, v.delay, func(w *wire.World) {
			unlikeLinux(w)
			c, s := w.Pair("main", 8443)
			c.Send(request)
			s.Recv(len(request))
			s.TrySend(wire.Text(30000), 30*time.Millisecond)
			c.Recv(5000)
			s.Abort()
			w.Pause()
		})
		afar("upload/server_closes_"+v.name, v.hops, v.delay, func(w *wire.World) {
			c, s := w.Pair("main", 9000)
			c.TrySend(wire.Text(30000), time.Second)
			s.Recv(500)
			w.Sleep(2 * v.delay)
			s.Close()
			c.TrySend(wire.Text(3000), 10*time.Millisecond)
			w.Pause()
		})
	}
	afar("download/killed_writer", 1, 0, func(w *wire.World) {
		c, s := w.Pair("main", 8443)
		c.Send(request)
		s.Recv(len(request))
		s.Send(wire.Text(20000))
		kill := s.Handover()
		kill()
		c.EOF()
		w.Pause()
		c.Close()
		w.Pause()
	})
	afar("download/killed_with_request_waiting", 2, 40*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8443)
		ask(w, c, s, getPage, page)
		ask(w, c, s, getPage, page)
		kill := s.Handover()
		c.Send([]byte(getPage))
		w.Pause()
		kill()
		w.Pause()
	})
	afar("upload/wrapping_killed_reader", 0, 0, func(w *wire.World) {
		c, s := w.Pair("main", 9000, func(s *wire.Sock) { s.InitialSequence(0xfffff000) })
		kill := s.Handover()
		c.TrySend(wire.Text(20000), 300*time.Millisecond)
		w.Pause()
		kill()
		w.Pause()
	})
	afar("upload/wrapping_orderly", 3, 20*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 9000, func(s *wire.Sock) { s.InitialSequence(0xffffe000) })
		go c.TrySend(wire.Text(30000), time.Second)
		s.Recv(30000)
		w.Pause()
		fourSegments(w, c, s)
	})

	// Ordinary abort and close from other ports, distances and systems.
	afar("low_port/abort_by_server", 3, 0, func(w *wire.World) {
		unlikeLinux(w)
		c, s := lowToHigh(w)
		ask(w, c, s, "CONNECT\n", "CONNECTED\n")
		ask(w, c, s, "SUBSCRIBE\n", "OK\n")
		w.Pause()
		s.Abort()
		w.Pause()
	})
	afar("low_port/abort_by_client", 0, 120*time.Millisecond, func(w *wire.World) {
		w.Sysctl(w.C, "net/ipv4/tcp_timestamps", "0")
		c, s := lowToHigh(w, func(s *wire.Sock) { s.SetTTL(255); s.SetTOS(0xb8) })
		ask(w, c, s, "CONNECT\n", "CONNECTED\n")
		w.Pause()
		c.Abort()
		w.Pause()
	})
	afar("low_port/client_leaves_answer_unread", 1, 0, func(w *wire.World) {
		c, s := lowToHigh(w)
		ask(w, c, s, "CONNECT\n", "CONNECTED\n")
		c.Send([]byte("SEND\n"))
		s.Recv(5)
		s.Send([]byte("RECEIPT id:1\n"))
		w.Pause()
		c.Close()
		w.Pause()
	})
	afar("low_port/orderly", 3, 60*time.Millisecond, func(w *wire.World) {
		c, s := lowToHigh(w, func(s *wire.Sock) { s.SetTTL(128) })
		ask(w, c, s, "CONNECT\n", "CONNECTED\n")
		w.Pause()
		threeSegments(w, s, c)
		w.Pause()
	})

	// Servers that end idle persistent connections.
	afar("persistent/late_request", 2, 0, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		for range 3 {
			ask(w, c, s, getPage, page)
			w.Sleep(30 * time.Millisecond)
		}
		w.Sleep(1100 * time.Millisecond)
		s.Close()
		w.Pause()
		c.Send([]byte(getPage))
		w.Pause()
	})
	afar("persistent/request_crosses_close", 1, 80*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		w.Pause()
		s.Close()
		w.Sleep(100 * time.Millisecond) // the FIN has been seen, the client does not read
		c.Send([]byte(getPage))
		w.Pause()
	})
	afar("persistent/client_resets_after_close", 2, 0, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		ask(w, c, s, getPage, page)
		w.Sleep(700 * time.Millisecond)
		s.Close()
		w.Sleep(400 * time.Millisecond)
		c.Abort()
		w.Pause()
	})
	afar("persistent/orderly_close", 2, 15*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		ask(w, c, s, getPage, page)
		w.Pause()
		s.Shutdown(unix.SHUT_WR)
		c.EOF()
		w.Pause()
		c.Close()
		w.Pause()
	})
	afar("persistent/client_leaves_before_answer", 0, 100*time.Millisecond, func(w *wire.World) {
		// The client has closed for good when the answer comes.
		c, s := w.Pair("main", 8080)
		ask(w, c, s, getPage, page)
		c.Send([]byte(getPage))
		c.Close()
		s.Recv(len(getPage))
		w.Sleep(250 * time.Millisecond)
		s.Send([]byte(page))
		w.Pause()
	})

	// Errors that are said before the end.
	for _, v := range []struct {
		name, greeting, question, answer string
		port                             int
		how                              string
	}{
		{"postgres_refused", "", sized("\x00\x03\x00\x00user\x00app\x00database\x00shop\x00\x00"),
			"E" + sized("SFATAL\x00C28P01\x00Mpassword authentication failed for user \"app\"\x00Fauth.c\x00\x00"), 5432, "abort"},
		{"mysql_too_many", "", "", "\x17\x00\x00\x00\xff\x10\x04Too many connections", 3306, "abort"},
		{"ftp_timeout", "220 ready\r\n", "USER a\r\n", "421 Timeout (60 seconds): closing control connection.\r\n", 21, "abort"},
		{"smtp_554", loginMail, "HELO x\r\n", "554 5.7.1 Service unavailable; client host blocked\r\n", 587, "abort"},
		{"http_502", "", getPage, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", 8080, "abort"},
		{"http_429_unread", "", getPage, "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n", 8080, "unread"},
		{"tls_alert_then_fin", "", string(clientHello), "\x15\x03\x03\x00\x02\x02\x46", 8443, "fin"},
		{"encrypted_alert_abort", "", string(clientHello), "\x17\x03\x03\x00\x13ABCDEFGHIJKLMNOPQRS", 8443, "abort"},
		{"error_long_before", "", getPage, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 8080, "later"},
		{"number_in_page", "", getPage, "HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n500 pages, 421 of them red\n", 8080, "abort"},
	} {
		afar("last_words/"+v.name, len(v.name)%4, 0, func(w *wire.World) {
			c, s := w.Pair("main", v.port)
			if v.greeting != "" {
				s.Send([]byte(v.greeting))
				c.Recv(len(v.greeting))
			}
			if v.question != "" {
				c.Send([]byte(v.question))
				if v.how != "unread" {
					s.Recv(len(v.question))
				} else {
					w.Pause()
				}
			}
			s.Send([]byte(v.answer))
			w.Pause()
			switch v.how {
			case "fin":
				fourSegments(w, s, c)
			case "unread":
				s.Close()
			case "later":
				w.Sleep(1300 * time.Millisecond)
				c.Recv(len(v.answer))
				ask(w, c, s, getPage, page)
				w.Pause()
				s.Abort()
			default:
				s.Abort()
			}
			w.Pause()
		})
	}

	// The farewell of TLS: close_notify and FIN, answered while the other end has gone.
	afar("farewell/close_notify_answered", 2, 40*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8443)
		ask(w, c, s, string(clientHello), string(serverHello))
		s.Send([]byte("\x17\x03\x03\x00\x13abcdefghijklmnopqrs"))
		s.Close()
		c.EOF()
		c.Send([]byte("\x17\x03\x03\x00\x13ABCDEFGHIJKLMNOPQRS"))
		c.Shutdown(unix.SHUT_WR)
		w.Pause()
	})
	afar("farewell/close_notify_unread", 3, 0, func(w *wire.World) {
		c, s := w.Pair("main", 8443)
		ask(w, c, s, string(clientHello), string(serverHello))
		s.Send([]byte("\x17\x03\x03\x00\x13abcdefghijklmnopqrs"))
		s.Close()
		w.Pause()
		c.Close()
		w.Pause()
	})
	afar("farewell/server_resets_closed_client", 1, 30*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8443)
		ask(w, c, s, string(clientHello), string(serverHello))
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Sleep(200 * time.Millisecond)
		s.Abort()
		w.Pause()
	})
	afar("farewell/lingering_gives_up", 2, 25*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8443)
		ask(w, c, s, getPage, page)
		s.Set(unix.IPPROTO_TCP, unix.TCP_LINGER2, -1)
		s.Shutdown(unix.SHUT_WR)
		w.Sleep(1500 * time.Millisecond)
		s.Close()
		w.Pause()
		_ = c
	})

	// Many connections at once to the same service; its process dies.
	afar("crowd/killed_at_work", 1, 10*time.Millisecond, func(w *wire.World) {
		l := w.Listen(9090)
		var cs, ss []*wire.Sock
		var kills []func()
		for i := range 8 {
			name := map[bool]string{true: "waiting", false: "served"}[i%2 == 0]
			c := w.ClientOn("", name, w.NextPort(), 9090)
			c.MustConnect()
			s := l.Accept()
			ask(w, c, s, getPage, page)
			cs, ss = append(cs, c), append(ss, s)
		}
		for i := range ss {
			if i%2 == 0 {
				cs[i].Send([]byte(getPage))
			}
		}
		w.Pause()
		for _, s := range ss {
			kills = append(kills, s.Handover())
		}
		l.Close()
		for _, k := range kills {
			k()
		}
		w.Pause()
		for i := range cs {
			if i%2 == 1 {
				cs[i].EOF()
				cs[i].Close()
			}
		}
		w.Pause()
		for range 3 {
			w.Client("refused", 9090).MustFail(unix.ECONNREFUSED)
			w.Sleep(150 * time.Millisecond)
		}
		orderly(w, "after", 9090, nil)
	})
	afar("crowd/one_aborts", 2, 0, func(w *wire.World) {
		l := w.Listen(9090)
		for i := range 6 {
			if i != 3 {
				c := w.ClientOn("common/tick", "open", w.NextPort(), 9090)
				c.MustConnect()
				s := l.Accept()
				talk(w, c, s)
				fourSegments(w, c, s)
				continue
			}
			c := w.Client("main", 9090)
			c.MustConnect()
			s := l.Accept()
			ask(w, c, s, getPage, page)
			ask(w, c, s, getPage, page)
			w.Pause()
			s.Abort()
			w.Pause()
		}
	})
}
