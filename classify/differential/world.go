package differential

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
)

// latest is the end of the world's clock; the rules stay exact up to here.
const latest = 1 << 50

// A World makes random connections: two ends that behave like TCP most of the time, a path
// that loses, reorders and duplicates, and a capture that misses packets.
type World struct {
	r     *random
	time  int64
	frame int64
	ends  [2]end
	past  []Command // the last packets of the connection
	held  []Command // packets that arrive later
	queue []Command // what comes next
	left  int64     // actions until the ends forget each other
	chaos int64     // percent of packets with something wrong
	loss  int64     // percent of packets that are not captured
	last  int64     // time of the last packet that was given out
	wait  int64     // pause of the last train of repetitions or probes
	port  int64     // of the responder
}

// An end is what one side of a connection would know.
type end struct {
	isn, next, received uint32
	window              int64
	scale, mss          int64
	ttl, tos, id, flow  int64
	ts                  bool
	tsVal               uint32
	server              bool
}

// NewWorld returns a world that depends on the seed and the bytes alone.
func NewWorld(seed uint64, bytes []byte) *World {
	w := &World{r: newRandom(seed, bytes)}
	w.time = w.r.pick(0, 0, 1, 1000, 1<<40, latest-1<<41)
	w.frame = w.r.pick(0, 1, 1<<32-3, 1<<40)
	return w
}

// Next returns the next command.
func (w *World) Next() Command {
	for len(w.queue) == 0 {
		if w.left == 0 {
			w.begin()
		}
		w.left--
		w.act()
		if len(w.held) > 0 && w.r.percent(30) {
			w.emit(w.held[0])
			w.held = w.held[1:]
		}
	}
	c := w.queue[0]
	w.queue = w.queue[1:]
	if c.Op == opPacket || c.Op == opIcmp {
		w.frame++
		c.Segment.Frame = w.frame
		c.Port = w.port
		if w.r.percent(20) {
			c.Reason = 1 + w.r.n(int64(len(schemas.FinishWords.Text)-1))
			c.At = min(max(c.Segment.Time, w.last)+w.later(), latest)
		}
		w.last = max(w.last, c.Segment.Time)
	}
	return c
}

// begin prepares two ends. Often the connection before is not finished: the ports are used again.
func (w *World) begin() {
	r := w.r
	if w.time > latest-1<<40 && r.percent(50) {
		w.time = r.pick(0, 1000, 1<<30)
		w.last = 0
		w.queue = append(w.queue, Command{Op: opReset})
	} else if r.percent(40) {
		w.queue = append(w.queue, Command{Op: opFinish, Reason: 1 + r.n(int64(len(schemas.FinishWords.Text)-1)), At: min(w.time+w.later(), latest)})
	} else if r.percent(20) {
		w.queue = append(w.queue, Command{Op: opForget})
	}
	if r.percent(25) {
		w.queue = append(w.queue, Command{Op: opForgetHosts})
	}
	if r.percent(20) {
		w.observe()
	}
	w.port = 1 + r.n(20)
	w.past, w.held = w.past[:0], nil
	w.left = 3 + r.n(60)
	w.chaos = r.pick(0, 0, 2, 5, 20)
	w.loss = r.pick(0, 0, 0, 3, 15)
	again := r.percent(15) // the same initial numbers
	for i := range w.ends {
		e := &w.ends[i]
		isn, ttl, flow := e.isn, e.ttl, e.flow
		*e = end{
			isn:    uint32(r.pick(0, 1<<32-1, 1<<32-2, 1<<32-1-r.n(3000), 1<<31, 1<<31-r.n(3000), 5000, r.n(1<<32), r.n(1<<32))),
			window: r.pick(0, 1, 512, 64240, 65535), scale: r.pick(-1, 0, 7, 14, 127, 255), mss: r.pick(0, 536, 1460, 65535),
			ttl: r.pick(64, 128, 255, 1, 0), tos: r.pick(0, 0, 8, 255), id: r.pick(0, 1, 65535, r.n(65536)), flow: r.pick(0, 1048575, r.n(1<<20)),
			ts: r.percent(50), tsVal: uint32(r.n(1 << 32)), server: r.percent(30),
		}
		if again {
			e.isn = isn
		}
		if r.percent(70) { // the same hosts
			e.ttl, e.flow = ttl, flow
		}
		e.next = e.isn
		e.received = 0
	}
	if r.percent(20) { // captured from the middle
		for i := range w.ends {
			w.ends[i].next += uint32(1 + r.n(100000))
			w.ends[1-i].received = w.ends[i].next
		}
		return
	}
	w.handshake()
}

// gap is a time between packets: mostly around the limits of the rules.
func (w *World) gap() int64 {
	r := w.r
	switch r.n(12) {
	case 0:
		return 0
	case 1:
		return r.pick(999, 1000, 1001, 3000, 3001)
	case 2:
		return r.n(200000)
	case 3:
		return r.pick(999999, 1000000, 1000001, 3000000, 3000001)
	case 4:
		return r.pick(60000000, 60000001, 130000000, 130000001, 240000000, 240000001, 1000000*r.n(300))
	case 5:
		if r.percent(20) {
			return r.pick(7440000000, 7440000001, 1<<40, 1<<45)
		}
	}
	return r.n(3000)
}

// later is the time from a packet to a question: also around the limit of trains.
func (w *World) later() int64 {
	if w.r.percent(40) {
		return w.wait*2 + w.r.pick(0, w.wait/2, w.wait/2, w.wait/2+1, w.wait, w.wait*3)
	}
	return w.gap()
}

// packet makes a packet of an end as its TCP would.
func (w *World) packet(from int64, flags, length int64) Command {
	e := &w.ends[from]
	s := facts.Segment{
		Seq: e.next, Length: length, Flags: flags, Window: e.window, Ttl: e.ttl, Tos: e.tos, IpId: e.id, FlowLabel: e.flow,
		HasTs: e.ts, TsVal: e.tsVal, TsEcr: w.ends[1-from].tsVal, Scale: -1, HasOptions: e.ts,
		FromServerPort: e.server, ToServerPort: w.ends[1-from].server,
	}
	if flags%32 >= ack {
		s.Ack = e.received
	}
	if flags%4 >= syn {
		s.Scale, s.Mss, s.HasOptions = e.scale, e.mss, true
	}
	if flags%8 >= rst {
		if w.r.percent(20) {
			s.ReasonKind, s.Reason = w.r.n(7), w.r.pick(0, 1, 2, 65535, w.r.n(18))
		}
	} else if length > 0 && w.r.percent(10) {
		s.App = w.r.n(10)
	}
	if e.id != 0 {
		e.id = (e.id + 1) % 65536
	}
	e.tsVal += uint32(w.r.n(50))
	return Command{Op: opPacket, End: from, Segment: s}
}

// send makes the end send new numbers, which the other end receives.
func (w *World) send(from, flags, length int64) {
	c := w.packet(from, flags, length)
	n := uint32(length)
	if flags%4 >= syn {
		n++
	}
	if flags%2 >= fin {
		n++
	}
	w.ends[from].next += n
	if w.ends[1-from].received == c.Segment.Seq || flags%4 >= syn {
		w.ends[1-from].received = w.ends[from].next
	}
	w.capture(c)
}

// capture lets the capture see a packet: at once, later, twice or never.
func (w *World) capture(c Command) {
	r := w.r
	if r.percent(w.loss) {
		return
	}
	if r.percent(w.chaos) {
		w.damage(&c)
	}
	if w.loss > 0 && r.percent(10) && len(w.held) < 4 {
		w.held = append(w.held, c)
		return
	}
	w.emit(c)
	if r.percent(2) {
		c.Segment.Ttl = max(0, c.Segment.Ttl-r.n(3))
		w.time += r.pick(0, 500, 1000, 1001)
		w.emit(c)
	}
}

// emit puts a packet on the wire now.
func (w *World) emit(c Command) {
	w.time = min(w.time+w.r.pick(0, 1, w.r.n(2000)), latest)
	c.Segment.Time = w.time
	w.queue = append(w.queue, c)
	if len(w.past) == 12 {
		copy(w.past, w.past[1:])
		w.past = w.past[:11]
	}
	w.past = append(w.past, c)
}

// damage changes something of a packet that matters.
func (w *World) damage(c *Command) {
	r := w.r
	s := &c.Segment
	near := func(n uint32) uint32 {
		return n + uint32(r.pick(1, -1, 2, 1000, -1000, 1<<31, 1<<31-1, 1<<31+1, 1<<30, -1<<30, r.n(1<<32)))
	}
	switch r.n(13) {
	case 0:
		s.Seq = near(s.Seq)
	case 1:
		s.Ack = near(s.Ack)
	case 2:
		s.Seq = near(w.ends[r.n(2)].isn)
	case 3:
		s.Ack = near(w.ends[r.n(2)].next)
	case 4:
		s.Flags = r.n(4096)
	case 5:
		s.Flags = r.pick(0, fin, fin+psh+32, syn+fin, syn+rst, rst, rst+ack, fin+rst, syn+ack, ack)
	case 6:
		s.Window = r.pick(0, 0, 1, 65535, r.n(65536))
	case 7:
		s.Length = r.pick(0, 1, 2, 65535, r.n(65536))
	case 8:
		s.Ttl, s.IpId = r.pick(0, 63, 255), r.pick(0, r.n(65536))
	case 9:
		s.Ack = 0
	case 10:
		s.Seq = 0
	case 11:
		c.End = 1 - c.End
	case 12:
		s.HasTs, s.Tos, s.FlowLabel = !s.HasTs, 0, 0
	}
}
