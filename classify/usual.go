package classify

import (
	"math"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/zeek"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// Most plain segments are usual: new data or its acknowledgment, in order, while nothing about the connection is rare. Nothing
// is read out of such a row but its digest, and nothing of what the other ways look for is there.

// takeUsual classifies the segment of a row with a digest where it is a usual one of the connection near; else it returns
// false and has changed nothing. It leaves behind what takePlain would (TestUsual).
func (s *shard) takeUsual(j *job, i int, x *table.Digest, near likely) bool {
	c, tcp := &near.tcp.conn, &near.tcp.part
	now := j.clock[i]
	if x.Flags&(flagFIN|flagSYN|flagRST|flagACK) != flagACK || !tcp.account.is(bitCalm) || now > s.due || s.zeekCut ||
		x.Bits&table.DigestHead != 0 { // the payload may say something
		return false
	}
	a, b, reversed := digestEnds(x)
	if !c.key.isDigest(a, b) {
		return false
	}
	side := c.side(reversed)
	seg, v := &s.arena.row.segment, &s.arena.verdict
	readUsual(x, now, side, seg)
	if !s.arena.lender.Usual(&tcp.Connection, seg) {
		return false
	}
	cut := x.Bits&table.DigestCut != 0 && x.PayloadLen > 0
	rests := tcp.rests(cut, seg, side)
	if !rests {
		tcp.wake()
		p := &s.arena.row.packet
		p.ns, p.hasNs, p.cut = x.TsNs, x.Bits&table.DigestTime != 0, cut
		var z zeek.Segment
		zeekSegment(&z, p, seg)
		tcp.zeek.Packet(&z, side)
	}
	last := tcp.LastTime
	s.arena.lender.StepUsual(&tcp.Connection, seg, v)
	if !rests {
		tcp.account.rests = tcp.zeek.Rests(tcp.numbers())
	}
	c.account.addUsual(x, side)
	tcp.account.addUsual(x, side)
	own := &tcp.account.sides[side]
	switch {
	case v.Kind != schemas.SegmentKindData && v.Kind != schemas.SegmentKindPureAck || v.Missing != 0:
		p := &s.arena.row.packet
		readDigest(j.batch, i, x, now, p, seg)
		seg.From = int64(side)
		c.addTCP(p, side, v, true)
	case own.tamper&tamperOver == 0:
		tcp.account.addTamper(side, x.Flags, int64(x.PayloadLen), x.Ack, false)
	}
	if s.columns {
		j.stream[i], j.streamShard[i] = tcp.account.stream, s.number
		s.writeFlow(j.batch, i, near.ref, c.account.connID, side)
		writeVerdict(j.batch, i, seg, &tcp.Connection, v)
	}
	if c.account.list != listEstablished || !s.sameSpan(listEstablished, last, now) {
		s.touch(near.ref, &c.links, &c.account.list, listEstablished, last, now)
	}
	return true
}

// readUsual writes what facts.Usual, facts.StepUsual, zeekSegment and writeVerdict read of a usual segment.
func readUsual(x *table.Digest, now int64, side int, s *facts.Segment) {
	s.From, s.Time, s.Frame = int64(side), now, x.Frame
	s.Seq, s.Ack, s.Length = x.Seq, x.Ack, int64(x.PayloadLen)
	s.Flags, s.Syn, s.HasAck = int64(x.Flags), false, true
	s.Window, s.Ttl, s.Tos, s.IpId, s.FlowLabel = int64(x.Window), int64(x.Ttl), int64(x.Tos), int64(x.IpId), 0
	s.HasTs, s.TsVal, s.App = x.Bits&table.DigestTimestamps != 0, x.TsVal, 0
}

// addUsual counts a usual segment, as conn.add does.
func (a *account) addUsual(x *table.Digest, from int) {
	if x.Bits&table.DigestTime != 0 {
		a.lastNs = x.TsNs
		a.bits |= bitLast
	}
	s := &a.sides[from]
	a.step(&s.packets, from, widePackets)
	a.grow(&s.ipBytes, from, wideIPBytes, int64(x.IpLen))
	a.grow(&s.payload, from, widePayload, int64(x.PayloadLen))
	// Nearly always one more of the first value; addTTL takes a place that is empty (0) and a count that is full.
	if s.ttl[0] == x.Ttl && s.ttlCount[0] != 0 && s.ttlCount[0] != math.MaxUint16 {
		s.ttlCount[0]++
	} else {
		a.addTTL(from, x.Ttl)
	}
}

func (t *tcpAccount) addUsual(x *table.Digest, from int) {
	t.sides[from].flags |= x.Flags
	if x.PayloadLen > 0 {
		t.complete |= completeDATA
	} else {
		t.complete |= completeACK
	}
}
