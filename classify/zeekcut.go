package classify

import (
	"container/heap"
	"sort"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/zeek"
	"github.com/pcap-teardown/teardown/schemas"
)

// A zeekTimer says when to look at a connection, in microseconds since 1970. It is stale where
// the connection has another time or the record another connection.
type zeekTimer struct {
	at     int64
	after  int64 // number of the first row that lets it run: where a capture goes back in time, it may be due when it is set
	connID int64
	ref    ref
}

// zeekTimers are a heap of timers, the next one first.
type zeekTimers []zeekTimer

func (x zeekTimers) Len() int { return len(x) }
func (x zeekTimers) Less(i, k int) bool {
	return x[i].at < x[k].at || x[i].at == x[k].at && x[i].connID < x[k].connID
}
func (x zeekTimers) Swap(i, k int) { x[i], x[k] = x[k], x[i] }
func (x *zeekTimers) Push(v any)   { *x = append(*x, v.(zeekTimer)) }
func (x *zeekTimers) Pop() any {
	last := (*x)[len(*x)-1]
	*x = (*x)[:len(*x)-1]
	return last
}

// Zeek's analyzer of DNS looks at a connection every dnsTimeout and removes it when it has been
// silent for a second less (dns_session_timeout).
const (
	dnsTimeout = 10_000_000
	dnsSilence = dnsTimeout - 1_000_000
)

// isDNS reports whether Zeek takes the connection for DNS, because of the responder's port.
func (c *conn) isDNS() bool {
	if c.key.proto != protoUDP {
		return false
	}
	switch _, resp := c.ports(); resp {
	case 53, 137, 5353, 5355:
		return true
	}
	return false
}

// timer returns when Zeek looks at the connection next, in microseconds since 1970; 0 for never.
func (c *conn) timer() int64 {
	if c.tcp != nil {
		return c.tcp.zeek.Scheduled()
	}
	return c.account.wide.timer
}

func (c *conn) setTimer(at int64) {
	if c.tcp != nil {
		c.tcp.zeek.Schedule(at)
	} else {
		c.account.wide.timer = at
	}
}

// schedule sees to it that a connection is looked at when its next timer is due, at a later row than this one.
func (s *shard) schedule(j *job, row int, r ref, c *conn, p *packetInfo) {
	timer := c.timer()
	if c.tcp == nil && timer != 0 {
		return // looked at in time, and then scheduled anew
	}
	var due int64
	switch {
	case c.tcp != nil:
		due = c.tcp.zeek.Due()
	case c.account.is(bitDNS):
		due = floorMicros(j.batch.OrderNs.Values[row]) + dnsTimeout
	default:
		due = p.micros() + zeek.IdleOther
	}
	if timer != 0 && timer <= due {
		return
	}
	c.setTimer(due)
	heap.Push(&s.timers, zeekTimer{at: due, after: j.first + int64(row) + 1, connID: c.account.connID, ref: r})
}

// expireZeek runs the timers that are due at the time of a row. As in Zeek, their time is that
// of the first packet of the world after them that is as late as they are.
func (s *shard) expireZeek(j *job, w, row int) {
	order := j.batch.OrderNs.Values
	now := floorMicros(order[row])
	var later []zeekTimer // set by the last row of the batch
	for len(s.timers) > 0 && s.timers[0].at <= now {
		t := heap.Pop(&s.timers).(zeekTimer)
		c := s.conn(t.ref)
		if c.timer() != t.at || c.account.connID != t.connID {
			continue
		}
		trigger := max(sort.Search(row, func(i int) bool { return floorMicros(order[i]) >= t.at }), int(t.after-j.first))
		if trigger > row {
			later = append(later, t)
			continue
		}
		at := floorMicros(order[trigger])
		removed, due := false, int64(0)
		switch {
		case c.tcp != nil:
			removed, due = c.tcp.zeek.Fire(at), c.tcp.zeek.Due()
		case c.account.is(bitDNS):
			due = at + dnsTimeout
			removed = at-floorMicros(c.account.lastNs) >= dnsSilence
		default:
			due = floorMicros(c.account.lastNs) + zeek.IdleOther
			removed = due <= at
		}
		if !removed {
			c.setTimer(due)
			heap.Push(&s.timers, zeekTimer{at: due, after: j.first + int64(trigger), connID: t.connID, ref: t.ref})
			continue
		}
		reason := schemas.FinishIdle
		if c.tcp != nil && c.tcp.Ended {
			reason = schemas.FinishLookahead
		}
		s.finish(j, w, t.ref, reason, j.clock[trigger]-(at-t.at), trigger)
	}
	for _, t := range later {
		heap.Push(&s.timers, t)
	}
}

// prepareZeek changes a packet to what Zeek sees of it, and reports whether Zeek sees it at all.
func (s *shard) prepareZeek(j *job, t *task, p *packetInfo, seg *facts.Segment) bool {
	b, i := j.batch, int(t.row)
	if t.unseen {
		h := header{seg.Seq, seg.Ack, p.flags, b.PayloadLen.Valid[i] != 0}
		number, begins, _ := s.streams.next(t.hash, &t.key, t.reversed, h, &s.counted)
		j.setStream(i, s.number, number, begins)
		return false
	}
	if t.whole != 0 {
		w := &j.wholes[t.whole-1]
		frame, time, ns, hasNs := p.frame, p.time, p.ns, p.hasNs
		*p, *seg = w.packet, w.segment
		p.frame, p.time, p.ns, p.hasNs = frame, time, ns, hasNs
		seg.Frame, seg.Time = frame, time
	}
	if t.key.proto == protoUDP {
		p.flags = dnsFlags(b.PayloadHead.Value(i))
	}
	return true
}

// What packets of UDP are, if they are DNS.
const (
	flagResponse = 1 << iota
	flagCrowded  // more questions than Zeek puts up with (dns_max_queries)
)

// maxQuestions is dns_max_queries.
const maxQuestions = 25

// dnsFlags takes a payload for DNS (RFC 1035 4.1.1).
func dnsFlags(head []byte) (flags uint16) {
	if len(head) < 12 {
		return 0
	}
	if head[2]&0x80 != 0 {
		flags |= flagResponse
	}
	if int(head[4])<<8+int(head[5]) > maxQuestions {
		flags |= flagCrowded
	}
	return flags
}

// startDNS looks at the first packet of what may be DNS. Too many questions make Zeek's
// analyzer give up. A response to a DNS server exchanges the roles, unless the receiver is a
// group; Zeek counts that packet for the new originator.
func (c *conn) startDNS(flags uint16) {
	if !c.isDNS() {
		return
	}
	dns := flags&flagCrowded == 0
	c.account.set(bitDNS, dns)
	if !dns || flags&flagResponse == 0 || c.account.is(bitFlipped) {
		return
	}
	_, target := c.key.ends()
	if c.account.is(bitSwapped) {
		target, _ = c.key.ends()
	}
	if target.Netip().IsMulticast() {
		return
	}
	c.account.bits ^= bitSwapped
	c.account.bits |= bitAnswered
}

// followZeek gives a packet to Zeek's machine, and with Zeek's cutter exchanges the roles where
// it says so. It returns the role of the sender and that for which the packet counts.
func (s *shard) followZeek(c *conn, p *packetInfo, seg *facts.Segment, side int) (role, counted int) {
	c.tcp.wake()
	var z zeek.Segment
	zeekSegment(&z, p, seg)
	before, within := c.tcp.zeek.Packet(&z, side)
	counted = side
	if before {
		c.flip()
		side, counted = 1-side, 1-side
	}
	if within {
		c.flip()
		side = 1 - side // Zeek has decided already for whom the packet counts
	}
	if s.zeekCut {
		c.tcp.zeek.Ports(c.ports())
	}
	return side, counted
}

// flip exchanges originator and responder in all that is remembered. Only packets of the
// handshake have come so far.
func (c *conn) flip() {
	a := &c.account
	swap(&a.sides)
	swap(&c.tcp.account.sides)
	if a.wide != nil {
		swap(&a.wide.sides)
	}
	a.bits ^= bitFlipped | bitSwapped
	t := c.tcp
	t.Dir[0], t.Dir[1] = t.Dir[1], t.Dir[0]
	t.Flipped = !t.Flipped
	t.FinFirst = 1 - t.FinFirst
	if t.Rst.Seen || t.Rst.Ignored {
		t.Rst.From = 1 - t.Rst.From
		t.Rst.OrigFin, t.Rst.RespFin = t.Rst.RespFin, t.Rst.OrigFin
	}
}

func swap[T any](pair *[2]T) { pair[0], pair[1] = pair[1], pair[0] }
