package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/zeek"
	"github.com/pcap-teardown/teardown/schemas"
)

// Nearly all packets are data or acknowledgments of connections that are established and that nobody has begun to
// close. For these there is a way of its own through the shard: what such a packet cannot do is not asked. It
// leaves behind what the way of all packets would.

// beCalm remembers whether the next packet of a connection can be a plain one. What it may not change must be
// settled: the connection's place in the rules, and the number of its stream.
func (x *tcpPart) beCalm() {
	x.account.set(bitCalm, x.account.is(bitStreamReady) && facts.Calm(&x.Connection))
}

// takePlain classifies a plain segment of a calm connection; packet and segment of the shard are read.
func (s *shard) takePlain(j *job, w int, t *task, r ref, x *tcpConn) {
	b, i, p, seg, v := j.batch, int(t.row), &s.arena.row.packet, &s.arena.row.segment, &s.arena.verdict
	c, tcp := &x.conn, &x.part
	side := c.side(t.reversed)
	seg.From = int64(side)
	j.stream[i], j.streamShard[i] = tcp.account.stream, s.number
	if p.payload > 0 {
		tcp.account.complete |= completeDATA
	} else {
		tcp.account.complete |= completeACK
	}
	rests := tcp.rests(p.cut, seg, side)
	if !rests {
		tcp.wake()
		var z zeek.Segment
		zeekSegment(&z, p, seg)
		tcp.zeek.Packet(&z, side) // the roles are fixed, and stay
	}
	last := tcp.LastTime
	c.add(p, side)
	s.arena.lender.StepPlain(&tcp.Connection, seg, v)
	if !rests {
		tcp.account.rests = tcp.zeek.Rests(tcp.numbers())
	}
	if a := &tcp.account.sides[side]; v.Kind != schemas.SegmentKindData && v.Kind != schemas.SegmentKindPureAck ||
		v.Skipped|v.Missing != 0 || a.tamper&tamperOver == 0 { // else there is nothing to count
		c.addTCP(p, side, v, true)
	}
	if v.Observes != 0 {
		s.observe(j, w, i, c, seg)
	}
	if s.columns {
		s.writeFlow(b, i, r, c.account.connID, side)
		writeVerdict(b, i, seg, &tcp.Connection, v)
	}
	s.touch(r, &c.links, &c.account.list, listEstablished, last, p.time)
}
