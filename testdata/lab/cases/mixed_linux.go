package cases

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// endings are what the mixed captures are made of. The label of each
// connection is that of the case in the first column.
var endings = []struct {
	as   string
	port int
	run  func(w *wire.World, c, s *wire.Sock)
}{
	{"fin/four_by_client", 80, func(w *wire.World, c, s *wire.Sock) { talk(w, c, s); fourSegments(w, c, s) }},
	{"fin/four_by_server", 80, func(w *wire.World, c, s *wire.Sock) { talk(w, c, s); fourSegments(w, s, c) }},
	{"fin/half_close_by_client", 80, func(w *wire.World, c, s *wire.Sock) {
		talk(w, c, s)
		c.Shutdown(unix.SHUT_WR)
		s.EOF()
		w.Pause()
		s.Send(wire.Text(600))
		s.Send(wire.Text(600))
		w.Pause()
		s.Close()
		w.Pause()
	}},
	{"abort/client_idle", 80, func(w *wire.World, c, s *wire.Sock) { talk(w, c, s); c.Abort(); w.Pause() }},
	{"abort/server_idle", 443, func(w *wire.World, c, s *wire.Sock) { talk(w, c, s); s.Abort(); w.Pause() }},
	{"unread/server_second_request", 80, func(w *wire.World, c, s *wire.Sock) {
		talk(w, c, s)
		c.Send(request)
		w.Pause()
		s.Close()
		w.Pause()
	}},
	{"data_after_close/timewait", 80, func(w *wire.World, c, s *wire.Sock) {
		talk(w, c, s)
		s.Close()
		w.Pause()
		c.Send(request)
		w.Pause()
	}},
	{"peer_fin/linger_zero", 443, func(w *wire.World, c, s *wire.Sock) {
		talk(w, c, s)
		s.Close()
		c.EOF()
		w.Pause()
		c.Abort()
		w.Pause()
	}},
	{"linger/linger2", 80, func(w *wire.World, c, s *wire.Sock) {
		talk(w, c, s)
		c.Set(unix.IPPROTO_TCP, unix.TCP_LINGER2, -1)
		c.Shutdown(unix.SHUT_WR)
		w.Pause()
		c.Close()
		w.Pause()
	}},
	{"abort/server_no_data", 443, func(w *wire.World, c, s *wire.Sock) { w.Pause(); s.Abort(); w.Pause() }},
	{"mixed/port_closed", 8081, nil},
	{"mixed/open", 80, func(w *wire.World, c, s *wire.Sock) { talk(w, c, s) }},
}

// Mixed makes n connections with up to width at a time and bulk bytes of extra
// data each.
func Mixed(w *wire.World, n, width, bulk int) {
	acceptors := map[int]*acceptor{80: newAcceptor(w, 80), 443: newAcceptor(w, 443)}
	var wg sync.WaitGroup
	slots := make(chan struct{}, width)
	var failed sync.Once
	var failure any
	for i := 0; i < n; i++ {
		slots <- struct{}{}
		e := endings[i%len(endings)]
		// Ports stand for the connection, whatever the order in time.
		cport := 10000 + i%50000
		port := e.port
		c := w.ClientOn(e.as, "main", cport, port)
		wg.Add(1)
		go func() {
			defer func() {
				if x := recover(); x != nil {
					failed.Do(func() { failure = x })
				}
				<-slots
				wg.Done()
			}()
			if e.run == nil {
				c.MustFail(unix.ECONNREFUSED)
				return
			}
			c.MustConnect()
			s := acceptors[port].take(w, cport)
			if bulk > 0 && e.as != "abort/server_no_data" {
				done := make(chan struct{})
				go func() { defer close(done); c.TryRecv(bulk) }()
				s.TrySend(wire.Text(bulk), wire.Patience)
				<-done
			}
			e.run(w, c, s)
			if n > 5000 && e.as != "mixed/open" {
				c.Close()
				s.Close()
			}
		}()
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	if failure != nil {
		panic(failure)
	}
	w.Pause()
}

// acceptor hands accepted connections out by the client's port.
type acceptor struct {
	mu sync.Mutex
	by map[int]*wire.Sock
}

func newAcceptor(w *wire.World, port int) *acceptor {
	a := &acceptor{by: map[int]*wire.Sock{}}
	l := w.Listen(port)
	go func() {
		for {
			s := l.TryAccept()
			if s == nil {
				return
			}
			a.mu.Lock()
			a.by[s.PeerPort()] = s
			a.mu.Unlock()
		}
	}()
	return a
}

func (a *acceptor) take(w *wire.World, cport int) *wire.Sock {
	for i := 0; i < 2000; i++ {
		a.mu.Lock()
		s := a.by[cport]
		delete(a.by, cport)
		a.mu.Unlock()
		if s != nil {
			return s
		}
		time.Sleep(2 * time.Millisecond)
	}
	panic(wire.Failure{Err: fmt.Errorf("connection of port %d was not accepted", cport)})
}

func init() {
	for _, v := range []struct {
		name     string
		n, width int
		only     int
	}{{"hundred", 120, 12, 0}, {"three_hundred", 300, 24, 6}, {"five_hundred", 500, 40, 4}} {
		routed("mixed/"+v.name, func(w *wire.World) { Mixed(w, v.n, v.width, 0) })
		All[len(All)-1].Snap = 96
		only(v.only)
	}
}
