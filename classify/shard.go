package classify

import (
	"math"
	"sort"
	"sync"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/zeek"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A shard owns the connections whose flow keys hash to it. One worker at a time uses it, and
// takes its rows in order.
type shard struct {
	// What the way of every packet looks at stands together: packets of different shards take turns, and there
	// are many shards.
	index   index
	conns   pool[tcpConn]
	due     int64 // no limit is over before: the earliest deadline, or earlier
	arena   *arena
	number  uint8
	zeekCut bool // connections are Zeek's
	columns bool // somebody reads the classification columns of packets
	exact   bool // all lists are in order
	limits  limits

	lists   [listCount]links // prev: the last, next: the first
	settled [listCount]int64 // the connections at the beginning of the list that were touched earlier are in order
	others  pool[otherConn]
	embryos pool[embryo]
	timers  zeekTimers // of live connections, with zeekCut
	live    int
	streams streams
	counted int32 // streams so far
	tunnels symbols

	mu       sync.Mutex
	returned []finished // rows written, records free again
}

// newShard returns a shard, which uses an arena with others of the same worker.
func newShard(number int, l limits, a *arena) *shard {
	return &shard{number: uint8(number), limits: l, arena: a, index: newIndex(), streams: newStreams(l.streams), tunnels: newSymbols()}
}

// reclaim takes back the records of connections whose rows are written.
func (s *shard) reclaim() {
	s.mu.Lock()
	back := s.returned
	s.returned = s.returned[len(s.returned):]
	s.mu.Unlock()
	for i := range back {
		s.release(&back[i])
	}
}

// lookup returns the live connection of the key, 0 for none.
func (s *shard) lookup(hash uint64, k *key) ref {
	x := &s.index
	for i := x.first(hash); x.slots[i] != 0; i = (i + 1) & x.mask {
		if slot := x.slots[i]; slot>>32 == hash>>32 {
			r := ref(slot)
			if r&embryoBit != 0 {
				if s.embryos.at(r &^ embryoBit).key.equal(k) {
					return r
				}
			} else if s.conn(r).key.equal(k) {
				return r
			}
		}
	}
	return 0
}

// take classifies one row. near is the connection that it nearly always belongs to, if that is known.
func (s *shard) take(j *job, w int, t *task, near likely) {
	b, i := j.batch, int(t.row)
	now := j.clock[i]
	if now > s.due || s.zeekCut {
		s.expire(j, w, i)
	}
	if t.quoted {
		s.quote(j, t, b, i)
		return
	}
	if t.stray {
		number, begins, _ := s.streams.next(t.hash, &t.key, t.reversed, header{}, &s.counted)
		j.setStream(i, s.number, number, begins)
		return
	}
	p, seg := &s.arena.row.packet, &s.arena.row.segment
	if t.digest {
		readDigest(b, i, &b.Digests[i], now, p, seg)
	} else if readPacket(b, i, now, p); p.isTCP {
		readSegment(b, i, p, seg)
	}
	if s.zeekCut && !s.prepareZeek(j, t, p, seg) {
		return
	}
	if x := near.tcp; x != nil && x.part.account.is(bitCalm) && !s.zeekCut && x.conn.key.equal(&t.key) && facts.IsPlain(seg) {
		s.takePlain(j, w, t, near.ref, x)
		return
	}
	r := s.lookup(t.hash, &t.key)
	if r != 0 && r&(embryoBit|otherBit) == 0 && !s.zeekCut {
		if x := s.conns.at(r); x.part.account.is(bitCalm) && facts.IsPlain(seg) {
			s.takePlain(j, w, t, r, x)
			return
		}
	}
	var c *conn
	if r != 0 {
		if r&embryoBit != 0 {
			r, c = s.promote(t.hash, r)
		} else {
			c = s.conn(r)
		}
	}
	var stream int32
	var before uint8 // Wireshark's completeness of the stream before the packet
	settled, starts := false, false
	if p.isTCP {
		if c != nil {
			before = c.tcp.account.complete
		}
		if c != nil && c.tcp.account.is(bitStreamReady) && p.flags&(flagSYN|flagACK) != flagSYN {
			stream, settled = c.tcp.account.stream, true
		} else {
			analysed := t.digest || b.PayloadLen.Valid[i] != 0
			stream, starts, settled = s.streams.next(t.hash, &t.key, t.reversed, header{seg.Seq, seg.Ack, p.flags, analysed}, &s.counted)
			if st := s.streams.current; st != nil {
				if c == nil {
					before = st.complete
				}
				st.complete = complete(before, starts, p.flags, p.payload)
			}
			// A connection never spans two streams; the rules cut there anyway, save in corners.
			if starts && c != nil && !s.zeekCut {
				s.finish(j, w, r, schemas.FinishSuperseded, now, i)
				c = nil
			}
		}
		if t.whole == 0 { // else the pieces have counted already
			j.setStream(i, s.number, stream, starts)
		}
		before = complete(before, starts, p.flags, p.payload)
	}
	if c != nil && c.tcp != nil {
		seg.From = int64(c.side(t.reversed))
		if s.startsNew(c, p, seg) {
			s.finish(j, w, r, schemas.FinishSuperseded, now, i)
			c = nil
		}
	}
	if c == nil {
		s.begin(j, w, t, b, i, p, seg, stream, before)
		return
	}
	side := c.side(t.reversed)
	counted := side
	last := c.lastTime()
	if c.tcp != nil {
		side, counted = s.followZeek(c, p, seg, side)
		seg.From = int64(side)
		c.tcp.account.set(bitStreamReady, settled)
		c.tcp.account.complete = before
	}
	c.add(p, counted)
	if s.columns {
		s.writeFlow(b, i, r, c.account.connID, side)
	}
	if s.zeekCut {
		s.schedule(j, i, r, c, p)
	}
	if c.tcp == nil {
		s.touch(r, &c.links, &c.account.list, listOther, last, now)
		return
	}
	a := s.arena
	was := c.tcp.Established
	a.lender.Step(&c.tcp.Connection, seg, &a.derived, &a.verdict)
	c.addTCP(p, counted, &a.verdict, was)
	c.tcp.beCalm()
	c.keepText(a.verdict.RstRole, b, i)
	if a.verdict.Observes != 0 {
		s.observe(j, w, i, c, seg)
	}
	if t.whole != 0 { // the row is that of a fragment
		return
	}
	if s.columns {
		writeVerdict(b, i, seg, &c.tcp.Connection, &a.verdict)
	}
	s.touch(r, &c.links, &c.account.list, listOf(&c.tcp.Connection), last, now)
}

// startsNew reports whether a packet begins a new connection instead of belonging to c.
func (s *shard) startsNew(c *conn, p *packetInfo, seg *facts.Segment) bool {
	if s.zeekCut {
		var z zeek.Segment
		zeekSegment(&z, p, seg)
		return c.tcp.zeek.Reuse(&z)
	}
	return facts.StartsNew(&c.tcp.Connection, seg)
}

// quote handles the TCP packet that an ICMP error quotes: evidence for its connection, and for
// tshark a packet of its stream.
func (s *shard) quote(j *job, t *task, b *table.Packets, i int) {
	if b.QuotedTcpFlags.Valid[i] != 0 {
		h := header{uint32(b.QuotedSeq.Values[i]), uint32(b.QuotedAck.Values[i]), uint16(b.QuotedTcpFlags.Values[i]), true}
		number, begins, _ := s.streams.next(t.hash, &t.key, t.reversed, h, &s.counted)
		j.setStream(i, s.number, number, begins)
		if st := s.streams.current; st != nil {
			st.complete = completeQuoted(st.complete, begins, h.flags)
		}
	}
	r := s.lookup(t.hash, &t.key)
	if r == 0 {
		return
	}
	var c *conn
	if r&embryoBit != 0 {
		_, c = s.promote(t.hash, r)
	} else {
		c = s.conn(r)
	}
	if b.QuotedTcpFlags.Valid[i] != 0 {
		c.tcp.account.complete = completeQuoted(c.tcp.account.complete, false, uint16(b.QuotedTcpFlags.Values[i]))
	}
	if c.side(t.reversed) == 0 {
		fromPeer := b.SrcIp.Values[i] == b.QuotedDstIp.Values[i]
		kind := facts.IcmpKind(int(b.IpProto.Values[i]) == protoICMPv6, int64(b.IcmpType.Values[i]), int64(b.IcmpCode.Values[i]))
		facts.Icmp(&c.tcp.Connection, b.Frame.Values[i], fromPeer, kind)
	}
}

// listOf returns the list in which a TCP connection waits.
func listOf(c *facts.Connection) uint8 {
	if c.Ended {
		return listEnded
	}
	switch facts.IdleLimit(c, listEstablished, listTransitory, listEnded) {
	case listTransitory:
		return listTransitory
	}
	return listEstablished
}

// writeFlow says which connection and side a packet belongs to.
func (s *shard) writeFlow(b *table.Packets, i int, r ref, connID int64, side int) {
	b.ConnId.Set(i, connID)
	b.Flows[i] = s.flow(r, side)
	b.Direction.Codes[i] = uint16(side) + uint16(schemas.DirectionOrig)
}

// writeVerdict fills the classification columns of a TCP row.
func writeVerdict(b *table.Packets, i int, s *facts.Segment, c *facts.Connection, v *facts.Verdict) {
	b.ConnPhase.Codes[i] = uint16(v.Phase)
	b.SegmentKind.Codes[i] = uint16(v.Kind)
	b.Rule.Codes[i] = uint16(v.Rule)
	b.RstForm.Codes[i] = uint16(v.RstForm)
	b.RstRole.Codes[i] = uint16(v.RstRole)
	if v.Offender != 0 {
		b.RstOffenderFrame.Set(i, v.Offender)
	}
	d, other := &c.Dir[s.From], &c.Dir[1-s.From]
	b.TcpSeqRel.Set(i, int64(s.Seq-d.First))
	if s.HasAck && (other.Seen || other.RstSeen) {
		b.TcpAckRel.Set(i, int64(s.Ack-other.First))
	}
	switch {
	case s.Syn:
		b.TcpWindowScaled.Set(i, s.Window) // never scaled in a SYN (RFC 7323 2.2)
	case d.SynSeen && other.SynSeen:
		w := s.Window
		if d.Scale >= 0 && other.Scale >= 0 {
			w <<= min(d.Scale, 14) // RFC 7323 2.3
		}
		b.TcpWindowScaled.Set(i, w)
	}
}

// expire finishes the connections whose time is over at the clock of a row.
func (s *shard) expire(j *job, w, row int) {
	if s.zeekCut {
		s.expireZeek(j, w, row)
		return
	}
	now := j.clock[row]
	if now <= s.due {
		return
	}
	s.due = math.MaxInt64
	for list := uint8(0); list < listCount; list++ {
		for {
			r := s.lists[list].next
			if r == 0 {
				break
			}
			since := s.since(r)
			if list != listEnded && !s.exact && since >= s.settled[list] {
				shift := s.limits.shift[list]
				if least := since>>shift<<shift + s.limits.idle[list]; least >= now {
					s.due = min(s.due, least)
					break
				}
				s.settle(list)
				continue
			}
			deadline := since + s.limits.idle[list]
			if deadline >= now {
				s.due = min(s.due, deadline)
				break
			}
			reason := schemas.FinishIdle
			if list == listEnded {
				reason = schemas.FinishLookahead
			}
			// The packet that let the time run out is the first one later than it, of any shard.
			trigger := sort.Search(j.batch.N, func(i int) bool { return j.clock[i] > deadline })
			s.finish(j, w, r, reason, deadline, trigger)
		}
	}
}

// since returns the time from which the limit of a connection runs.
func (s *shard) since(r ref) int64 {
	if r&embryoBit != 0 {
		return s.embryos.at(r &^ embryoBit).time
	}
	c := s.conn(r)
	if c.tcp != nil && c.tcp.Ended {
		return c.tcp.EndTime
	}
	return c.lastTime()
}

// evict finishes one connection at the limit: the one that ended first, else the one that has
// been silent for longest.
func (s *shard) evict(j *job, w, row int) {
	r := s.lists[listEnded].next
	if r == 0 {
		oldest := int64(1<<63 - 1)
		for list := range s.lists {
			if head := s.lists[list].next; head != 0 && s.since(head) < oldest {
				oldest, r = s.since(head), head
			}
		}
	}
	if r != 0 {
		s.finish(j, w, r, schemas.FinishEvicted, j.clock[row], row)
	}
}

// finish takes a connection out and hands it to collect.
func (s *shard) finish(j *job, w int, r ref, reason schemas.Finish, time int64, row int) {
	f := s.handOver(r)
	f.trigger, f.finish = int32(row), facts.Finish{Reason: reason, Time: time}
	var k *key
	if f.embryo != nil {
		k = &f.embryo.key
		s.unlink(&f.embryo.links, f.embryo.list)
	} else {
		k = &f.conn.key
		s.unlink(&f.conn.links, f.conn.account.list)
		if f.conn.tcp != nil {
			facts.Finished(&f.conn.tcp.Connection, &f.finish, &f.ending)
			s.streams.remember(k, f.conn.tcp.account.stream, f.conn.tcp.account.complete)
			f.conn.tcp.account.set(bitCalm, false) // a row that warm has looked ahead to must not find it
		}
		f.conn.setTimer(0)
	}
	s.index.remove(k.hash(), r)
	s.live--
	if s.exact && s.live*4 < s.limits.connections {
		s.beLazy()
	}
	j.finished[w] = append(j.finished[w], f)
}
