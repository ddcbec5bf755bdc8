package cases

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// Case is one scenario.
type Case struct {
	Name    string
	Run     func(w *wire.World)
	Bridge  bool   // needs the user-space bridge
	Vantage string // where to capture, see wire.Options
	Only    int    // 4 or 6, or 0 for both
	Snap    int    // bytes kept per frame, 0 for all
	Hops    int    // further routers in front of the server

	Offloads bool // leave segmentation to hardware that does not exist: frames of many segments
}

// All cases in the order of definition.
var All []Case

// Unseen are cases of which no rule knew when it was made: other values, other services, other
// orders of events. They judge the rules; nothing is fitted to them.
var Unseen []Case

// afar adds an unseen case with that many further routers; with a delay there is a bridge, too.
func afar(name string, hops int, delay time.Duration, run func(w *wire.World)) {
	Unseen = append(Unseen, Case{Name: name, Hops: hops, Bridge: delay > 0, Run: func(w *wire.World) {
		if delay > 0 {
			w.Bridge.SetDelay(delay, delay)
		}
		run(w)
	}})
}

func routed(name string, run func(w *wire.World)) { All = append(All, Case{Name: name, Run: run}) }
func bridged(name string, run func(w *wire.World)) {
	All = append(All, Case{Name: name, Run: run, Bridge: true})
}

func only(v int) { All[len(All)-1].Only = v }

// request and reply are what clients and servers say unless a case needs more.
var (
	request = []byte("GET /index.html HTTP/1.1\r\nHost: server.example\r\nUser-Agent: lab\r\n\r\n")
	reply   = append([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 180\r\n\r\n"), wire.Text(180)...)
)

// talk exchanges one request and reply and waits until all is acknowledged.
func talk(w *wire.World, c, s *wire.Sock) {
	c.Send(request)
	s.Recv(len(request))
	s.Send(reply)
	c.Recv(len(reply))
	w.Pause()
}

// fourSegments closes in order with ACK and FIN apart.
func fourSegments(w *wire.World, first, second *wire.Sock) {
	first.Shutdown(unix.SHUT_WR)
	second.EOF()
	w.Pause()
	second.Close()
	w.Pause()
	first.Close()
}

// tick makes an orderly connection after a while.
func tick(w *wire.World, after time.Duration, opts ...wire.Opt) {
	w.Sleep(after)
	l := w.Listen(8080, opts...)
	c := w.ClientOn("common/tick", "tick", w.NextPort(), 8080, opts...)
	c.MustConnect()
	s := l.Accept()
	talk(w, c, s)
	fourSegments(w, c, s)
}

// orderly makes a connection that is closed in order, known as name.
func orderly(w *wire.World, name string, port int, l *wire.Sock) {
	if l == nil {
		l = w.Listen(port)
		defer l.Close()
	}
	c := w.ClientOn("common/tick", name, w.NextPort(), port)
	c.MustConnect()
	s := l.Accept()
	talk(w, c, s)
	fourSegments(w, c, s)
}

func drop(w *wire.World, port int) string {
	return fmt.Sprintf("-p tcp --dport %d -j DROP", port)
}

// must ends the scenario on an error.
func must(w *wire.World, err error) {
	if err != nil {
		w.Fail("%w", err)
	}
}

func linkIf(w *wire.World, v6, v4 string) string {
	if w.V6 {
		return v6
	}
	return v4
}
