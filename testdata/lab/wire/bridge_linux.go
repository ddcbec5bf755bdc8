package wire

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Packet is a TCP segment that passes the bridge. A hook may change Segment
// and call Rewrite, or inject others, or drop it.
type Packet struct {
	Segment
	ToServer bool
	Raw      []byte
	b        *Bridge
}

// Hook looks at each TCP segment before it is passed on; false drops it.
type Hook func(p *Packet) bool

// Bridge joins two links in user space, where one can delay, drop, change and
// inject. It is what netem and a hostile middlebox would be elsewhere.
type Bridge struct {
	side  [2]*bridgeSide // [0] faces the client, [1] faces the server
	hook  atomic.Pointer[Hook]
	delay [2]atomic.Int64 // of frames that leave by that side
	quit  atomic.Bool
	wg    sync.WaitGroup
	cfd   int // the client's end of its link
}

type bridgeSide struct {
	fd    int
	queue chan delayed
}

type delayed struct {
	due time.Time
	raw []byte
}

func newBridge(n, client *NS) (*Bridge, error) {
	b := &Bridge{}
	var err error
	if b.cfd, _, err = packetSocket(client, "c0", true); err != nil {
		return nil, err
	}
	for i, dev := range []string{"b0", "b1"} {
		fd, _, err := packetSocket(n, dev, true)
		if err != nil {
			return nil, err
		}
		b.side[i] = &bridgeSide{fd: fd, queue: make(chan delayed, 65536)}
	}
	for i := range b.side {
		b.wg.Add(2)
		go b.read(i)
		go b.write(i)
	}
	return b, nil
}

func (b *Bridge) read(i int) {
	defer b.wg.Done()
	buf := make([]byte, 65536)
	for {
		n, _, err := unix.Recvfrom(b.side[i].fd, buf, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			if b.quit.Load() {
				close(b.side[1-i].queue)
				return
			}
			continue
		}
		raw := append([]byte(nil), buf[:n]...)
		if h := b.hook.Load(); h != nil {
			if seg, ok := Parse(raw); ok {
				p := &Packet{Segment: seg, ToServer: i == 0, Raw: raw, b: b}
				if !(*h)(p) {
					continue
				}
				raw = p.Raw
			}
		}
		b.pass(1-i, raw, time.Duration(b.delay[1-i].Load()))
	}
}

func (b *Bridge) pass(out int, raw []byte, d time.Duration) {
	if b.quit.Load() {
		return
	}
	b.side[out].queue <- delayed{time.Now().Add(d), raw}
}

func (b *Bridge) write(i int) {
	defer b.wg.Done()
	for d := range b.side[i].queue {
		if w := time.Until(d.due); w > 0 {
			time.Sleep(w)
		}
		unix.Write(b.side[i].fd, d.raw)
	}
}

func (b *Bridge) close() {
	b.quit.Store(true)
	b.wg.Wait()
	for _, s := range b.side {
		unix.Close(s.fd)
	}
	unix.Close(b.cfd)
}

// SetDelay sets the one-way delays.
func (b *Bridge) SetDelay(toServer, toClient time.Duration) {
	b.delay[1].Store(int64(toServer))
	b.delay[0].Store(int64(toClient))
}

// RoundTrip is the delay that the bridge adds.
func (b *Bridge) RoundTrip() time.Duration {
	return time.Duration(b.delay[0].Load() + b.delay[1].Load())
}

// Hook installs h; nil passes everything.
func (b *Bridge) Hook(h Hook) {
	if h == nil {
		b.hook.Store(nil)
		return
	}
	var mu sync.Mutex // both directions call it
	one := Hook(func(p *Packet) bool {
		mu.Lock()
		defer mu.Unlock()
		return h(p)
	})
	b.hook.Store(&one)
}

// Inject puts an IP packet on a link, without delay. What goes to the server
// leaves behind the capture, which therefore does not see it.
func (b *Bridge) Inject(toServer bool, ip []byte) {
	// Fixed addresses, not those of the last frame: that may have been a multicast.
	out, h := 0, [14]byte{2, 0, 0, 0, 0, 0x0c, 2, 0, 0, 0, 0, 0xa0}
	if toServer {
		out, h = 1, [14]byte{2, 0, 0, 0, 0, 0xa0, 2, 0, 0, 0, 0, 0x0c}
	}
	h[12], h[13] = 0x08, 0x00
	if ip[0]>>4 == 6 {
		h[12], h[13] = 0x86, 0xdd
	}
	unix.Write(b.side[out].fd, append(h[:], ip...))
}

// InjectSegment puts a forged segment on the link.
func (b *Bridge) InjectSegment(toServer bool, s Segment) { b.Inject(toServer, s.Bytes()) }

// InjectFromClient puts a forged segment on the client's link, coming from the
// client's side: the capture sees it, the hook too, and it goes on to the server.
func (b *Bridge) InjectFromClient(s Segment) {
	raw := append([]byte{2, 0, 0, 0, 0, 0xa0, 2, 0, 0, 0, 0, 0x0c, 0x08, 0x00}, s.Bytes()...)
	if s.Src.Is6() {
		raw[12], raw[13] = 0x86, 0xdd
	}
	unix.Write(b.cfd, raw)
}

// Later passes the packet on after a while, out of its order.
func (p *Packet) Later(d time.Duration) {
	out, raw := 0, p.Raw
	if p.ToServer {
		out = 1
	}
	time.AfterFunc(d, func() {
		if !p.b.quit.Load() {
			unix.Write(p.b.side[out].fd, raw)
		}
	})
}

// Rewrite replaces the frame's packet by the (changed) Segment.
func (p *Packet) Rewrite() { p.Raw = append(append([]byte(nil), p.Raw[:14]...), p.Segment.Bytes()...) }
