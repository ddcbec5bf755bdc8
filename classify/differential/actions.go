package differential

import "github.com/pcap-teardown/teardown/schemas"

// handshake opens the connection in one of the ways there are.
func (w *World) handshake() {
	r := w.r
	switch r.n(12) {
	case 0: // simultaneous open
		w.send(0, syn, 0)
		w.send(1, syn, 0)
		w.ends[1].next = w.ends[1].isn
		w.send(1, syn+ack, 0)
		return
	case 1: // SYN with data, seldom acknowledged
		w.send(0, syn, r.pick(1, 100))
	case 2: // the SYN again and again
		w.send(0, syn, 0)
		for range r.n(5) {
			w.time += r.pick(1000000, 500000, 2000000)
			w.again()
		}
		if r.percent(50) {
			return
		}
	case 3: // the capture has only one side
		w.send(0, syn, 0)
		w.send(0, ack, 0)
		return
	default:
		w.send(0, syn, 0)
	}
	switch r.n(12) {
	case 0: // refused
		w.reply(1)
		return
	case 1: // an older connection answers
		w.ends[1].received -= uint32(r.n(100000))
		w.capture(w.packet(1, ack, 0))
		w.reply(0)
		if r.percent(50) {
			return
		}
		w.ends[1].received = w.ends[0].next
	case 2: // unreachable
		w.queue = append(w.queue, Command{Op: opIcmp, FromPeer: r.percent(50), IcmpKind: r.n(3)})
	case 3: // given up
		w.abort(0)
		return
	}
	if r.percent(5) { // a SYN proxy
		w.ends[1].window, w.ends[1].ts = 0, r.percent(20)
		w.send(1, syn+ack, 0)
		w.capture(w.packet(0, ack, 0))
		w.ends[1].window = r.pick(0, 0, 0, 1)
		w.abort(1)
		return
	}
	w.send(1, syn+ack, 0)
	switch r.n(12) {
	case 0:
		w.reply(0)
		return
	case 1:
		w.abort(1)
		return
	case 2:
		w.abort(0)
		return
	case 3: // never acknowledged
		for range r.n(5) {
			w.time += 1000000
			w.again()
		}
		return
	case 4: // the SYN-ACK again behind the ACK
		synAck := w.past
		w.capture(w.packet(0, ack, 0))
		for range r.n(4) {
			w.time += r.pick(500, 1000000)
			if len(synAck) > 0 {
				w.emit(synAck[len(synAck)-1])
			}
		}
		return
	}
	w.capture(w.packet(0, ack, 0))
}

// act lets one of the ends do something.
func (w *World) act() {
	r := w.r
	if r.percent(40) {
		w.time = min(w.time+w.gap(), latest)
	}
	from := r.n(2)
	e, other := &w.ends[from], &w.ends[1-from]
	switch r.n(40) {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		w.send(from, psh+ack, r.pick(1, 2, 100, 1460, 1460, 65535))
	case 8, 9, 10, 11, 12:
		w.capture(w.packet(from, ack, 0))
	case 13, 14:
		w.again()
	case 15: // the same numbers again and again, with growing pauses
		w.train(from)
	case 16: // bytes that were captured in another order
		c := w.packet(from, ack, 100)
		e.next += 100
		w.send(from, psh+ack, 100)
		w.time += r.pick(0, 2000, 4000)
		other.received = e.next
		w.capture(c)
	case 17: // the other end asks for what it misses
		e.next += 1000
		w.send(from, ack, 1000)
		for range 1 + r.n(3) {
			w.capture(w.packet(1-from, ack, 0))
		}
	case 18, 19:
		w.probes(from)
	case 20: // the window closes and opens
		window := e.window
		e.window = 0
		w.capture(w.packet(from, ack, 0))
		w.probes(1 - from)
		if r.percent(70) {
			e.window = window
			w.capture(w.packet(from, ack, 0))
		}
	case 21:
		e.window = r.pick(0, 1, 512, 65535)
		w.capture(w.packet(from, ack, 0))
	case 22, 23, 24:
		w.send(from, fin+ack, r.pick(0, 0, 0, 100))
	case 25: // both close
		w.send(from, fin+ack, 0)
		if r.percent(50) {
			w.capture(w.packet(1-from, ack, 0))
		}
		w.send(1-from, fin+ack, 0)
		if r.percent(80) {
			w.capture(w.packet(from, ack, 0))
		}
	case 26: // the FINs cross
		c := w.packet(1-from, fin+ack, 0)
		w.send(from, fin+ack, 0)
		w.capture(c)
		other.next++
		e.received = other.next
		w.capture(w.packet(from, ack, 0))
		w.capture(w.packet(1-from, ack, 0))
	case 27, 28:
		w.abort(from)
		if r.percent(30) { // the other end aborts too, or answers late
			if r.percent(50) {
				w.time += r.pick(0, 999, 1000, 1001)
				w.abort(1 - from)
			} else {
				w.capture(w.packet(1-from, psh+ack, 10))
				w.reply(from)
			}
		}
	case 29, 30:
		w.reply(from)
	case 31: // an RST that is a little wrong, a challenge ACK, the right RST
		c := w.packet(from, rst+ack, 0)
		c.Segment.Seq += uint32(r.n(100))
		w.capture(c)
		w.capture(w.packet(1-from, ack, 0))
		if r.percent(50) {
			w.time += r.pick(0, 1000, 500000, 999000, 1000000, 1000001)
			w.reply(from)
		}
	case 32: // an RST that nobody minds
		w.abort(from)
		w.send(1-from, psh+ack, 50)
		w.send(from, psh+ack, 50)
		w.capture(w.packet(1-from, ack, 0))
	case 33: // a SYN in the middle
		c := w.packet(from, syn, 0)
		c.Segment.Seq = e.isn + uint32(r.pick(0, 0, 1, r.n(1<<32)))
		w.capture(c)
		if r.percent(60) {
			w.capture(w.packet(1-from, ack, 0))
		}
	case 34:
		c := w.packet(from, syn+ack, 0)
		c.Segment.Seq = e.isn + uint32(r.pick(0, 0, 0, 1))
		w.capture(c)
	case 35: // probes of scanners
		w.capture(w.packet(from, r.pick(0, fin, fin+psh+32, ack, syn+fin), 0))
	case 36:
		w.queue = append(w.queue, Command{Op: opIcmp, FromPeer: r.percent(50), IcmpKind: r.n(3)})
	case 37: // acknowledges what was never captured
		other.next += uint32(r.pick(1, 1000, 1<<30-1, 1<<30, 1<<30+1))
		e.received = other.next
		w.capture(w.packet(from, ack, 0))
	case 38:
		w.left = 0
	case 39:
		c := w.packet(from, r.n(64), r.pick(0, 0, 1, 100))
		w.damage(&c)
		w.capture(c)
	}
}

// again sends an earlier packet once more.
func (w *World) again() {
	if len(w.past) == 0 {
		return
	}
	c := w.past[len(w.past)-1-int(w.r.n(int64(min(len(w.past), 4))))]
	if w.r.percent(60) {
		c.Segment.IpId = (c.Segment.IpId + 1) % 65536
		c.Segment.Ack = max(c.Segment.Ack, w.ends[c.End].received)
	}
	w.capture(c)
}

// train repeats a segment that nobody acknowledges.
func (w *World) train(from int64) {
	r := w.r
	c := w.packet(from, psh+ack+r.pick(0, 0, fin), 100)
	w.emit(c)
	w.ends[from].next += uint32(100 + c.Segment.Flags%2)
	wait := r.pick(1000, 200000, 1000000, 3000000)
	for range r.n(6) {
		w.wait = wait
		w.time = min(w.time+wait, latest)
		c.Segment.IpId = (c.Segment.IpId + 1) % 65536
		c.Segment.Time = w.time
		w.queue = append(w.queue, c)
		w.ask()
		wait *= r.pick(1, 2)
	}
	switch r.n(4) {
	case 0: // it arrives after all
		w.ends[1-from].received = w.ends[from].next
		w.capture(w.packet(1-from, ack, 0))
	case 1: // nothing more
		w.left = 0
	}
}

// probes asks whether the other end is alive, and lets it answer or not.
func (w *World) probes(from int64) {
	r := w.r
	answered := r.percent(50)
	wait := r.pick(1000, 1000000, 75000000)
	w.wait = wait
	for range 1 + r.n(4) {
		c := w.packet(from, ack, r.pick(0, 0, 1))
		c.Segment.Seq--
		w.time = min(w.time+wait, latest)
		if answered {
			w.capture(c)
			w.capture(w.packet(1-from, ack, 0))
			continue
		}
		c.Segment.Time = w.time
		w.queue = append(w.queue, c)
		w.ask()
	}
}

// ask asks how the connection would end if nothing followed the last packet: around the time
// at which the next of a train is overdue.
func (w *World) ask() {
	if !w.r.percent(50) {
		return
	}
	c := &w.queue[len(w.queue)-1]
	c.Reason = 1 + w.r.n(int64(len(schemas.FinishWords.Text)-1))
	c.At = min(c.Segment.Time+w.wait*2+w.r.pick(0, w.wait/2, w.wait/2+1, w.wait), latest)
}

// abort resets as somebody who owns the connection.
func (w *World) abort(from int64) {
	c := w.packet(from, rst+ack, 0)
	if w.r.percent(20) {
		c.Segment.Seq -= uint32(w.r.pick(1, 100, 1460))
	}
	w.capture(c)
}

// reply resets as somebody who has no such connection: it answers one of the last packets.
func (w *World) reply(from int64) {
	c := w.packet(from, rst, w.r.pick(0, 0, 0, 8))
	c.Segment.Window, c.Segment.HasOptions, c.Segment.HasTs = w.r.pick(0, 0, 0, 5), false, false
	for i := len(w.past) - 1; i >= 0; i-- {
		p := &w.past[i]
		if p.End == from || w.r.percent(30) {
			continue
		}
		if p.Segment.Flags%32 >= ack {
			c.Segment.Seq, c.Segment.Ack = p.Segment.Ack, 0
		} else {
			n := p.Segment.Length + p.Segment.Flags%2 + p.Segment.Flags/2%2
			c.Segment.Flags, c.Segment.Seq, c.Segment.Ack = rst+ack, 0, p.Segment.Seq+uint32(n)
		}
		break
	}
	w.capture(c)
}
