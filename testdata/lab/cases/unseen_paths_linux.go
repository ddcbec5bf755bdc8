package cases

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

func init() {
	// A path that is slow once, while it wakes: the round trip of the handshake says nothing about the next.
	waking := func(name string, run func(w *wire.World, awake func())) {
		afar("waking_path/"+name, 1, 120*time.Millisecond, func(w *wire.World) {
			run(w, func() {
				w.Sleep(20 * time.Millisecond)
				w.Bridge.SetDelay(2*time.Millisecond, 2*time.Millisecond)
			})
		})
	}
	waking("abort_after_first_request", func(w *wire.World, awake func()) {
		c, s := w.Pair("main", 8443)
		w.Pause()
		awake()
		c.Send([]byte(clientHello))
		s.Recv(len(clientHello))
		s.Abort()
		w.Pause()
	})
	waking("unread_first_request", func(w *wire.World, awake func()) {
		c, s := w.Pair("main", 8443)
		w.Pause()
		awake()
		c.Send([]byte(clientHello))
		w.Sleep(4 * time.Millisecond)
		s.Close()
		w.Pause()
	})
	waking("refused_quickly", func(w *wire.World, awake func()) {
		l := w.Listen(8080)
		c := w.ClientOn("common/open", "slow", w.NextPort(), 8080)
		c.MustConnect()
		s := l.Accept()
		w.Pause()
		ask(w, c, s, getPage, page)
		w.Pause()
		awake()
		w.Client("main", 8081).MustFail(unix.ECONNREFUSED)
		w.Pause()
	})
	waking("late_request", func(w *wire.World, awake func()) {
		c, s := w.Pair("main", 8080)
		w.Pause()
		ask(w, c, s, getPage, page)
		w.Pause()
		s.Close()
		w.Pause()
		awake()
		c.Send([]byte(getPage))
		w.Pause()
	})
	waking("lost_state", func(w *wire.World, awake func()) {
		c, s := w.Pair("main", 8080)
		w.Pause()
		ask(w, c, s, getPage, page)
		w.Pause()
		s.Vanish()
		w.Sleep(1500 * time.Millisecond)
		awake()
		c.Send([]byte(getPage))
		w.Pause()
	})

	// A router that lets so many connections a second pass.
	for _, v := range []struct{ name, then string }{{"rejects", withReset}, {"drops", "DROP"}} {
		afar("rate_limit/"+v.name, 2, 0, func(w *wire.World) {
			l := w.Listen(8080)
			w.IPTables(w.X[0], "-A FORWARD -p tcp --dport 8080 --syn -m hashlimit --hashlimit-above 1/min --hashlimit-burst 3 --hashlimit-name x -j "+v.then)
			w.Sysctl(w.C, "net/ipv4/tcp_syn_retries", "1")
			for range 3 {
				orderly(w, "before", 8080, l)
			}
			w.Client("main", 8080).MustFail(unix.ECONNREFUSED, unix.ETIMEDOUT)
			w.IPTables(w.X[0], "-F FORWARD")
			if v.then == "DROP" {
				w.Sleep(3 * time.Second)
			}
			orderly(w, "after", 8080, l)
		})
	}
	afar("vanished/client_in_mid_download", 2, 25*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		c.Send([]byte(getPage))
		s.Recv(len(getPage))
		s.Send(wire.Text(3000))
		c.Recv(3000)
		w.Pause()
		s.Send(wire.Text(3000))
		c.Vanish()
		w.Pause()
	})
	// Large packets get lost, small ones pass.
	narrow := func(w *wire.World) {
		w.IPTables(w.X[0], "-I FORWARD -p tcp --sport 8080 -m length --length 1000:1500 -j DROP")
	}
	afar("narrow_path/client_gives_up", 2, 15*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		narrow(w)
		c.Send([]byte(getPage))
		s.Recv(len(getPage))
		s.Send(wire.Text(5000))
		w.Sleep(2500 * time.Millisecond)
		c.Abort()
		w.Pause()
	})
	afar("narrow_path/server_gives_up", 1, 15*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		narrow(w)
		c.Send([]byte(getPage))
		s.Recv(len(getPage))
		s.Send(wire.Text(1448))
		w.Sleep(3500 * time.Millisecond)
		s.Abort()
		w.Pause()
		_ = c
	})
	Unseen[len(Unseen)-1].Vantage = "s0"
	afar("short_dialogue/bad_request", 2, 10*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 8080)
		c.Send([]byte("POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9000\r\n\r\n"))
		s.Recv(30)
		c.Send(wire.Text(6000))
		w.Sleep(60 * time.Millisecond)
		s.Send([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
		w.Sleep(30 * time.Millisecond)
		s.Close()
		w.Pause()
	})
	afar("short_dialogue/goodbye_then_abort", 1, 0, func(w *wire.World) {
		c, s := w.Pair("main", 21)
		s.Send([]byte("220 ready\r\n"))
		c.Recv(11)
		ask(w, c, s, "QUIT\r\n", "221 Goodbye.\r\n")
		w.Pause()
		s.Abort()
		w.Pause()
	})
	afar("short_dialogue/quit_and_gone", 2, 40*time.Millisecond, func(w *wire.World) {
		c, s := w.Pair("main", 25)
		s.Send([]byte(loginMail))
		c.Recv(len(loginMail))
		ask(w, c, s, "HELO x\r\n", "250 mx.example\r\n")
		w.Pause()
		c.Send([]byte("QUIT\r\n"))
		w.Sleep(5 * time.Millisecond)
		c.Abort()
		s.TryRecv(6)
		w.Pause()
	})
}
