package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// begin makes the packet the first of a new connection.
func (s *shard) begin(j *job, w int, t *task, b *table.Packets, i int, p *packetInfo, seg *facts.Segment, stream int32, complete uint8) {
	if !s.exact && s.live*2 >= s.limits.connections {
		s.beExact()
	}
	if s.live >= s.limits.connections {
		s.evict(j, w, i)
	}
	n, e := s.embryos.get()
	r := n | embryoBit
	tunnel := uint16(0)
	if !t.digest {
		if code := b.Tunnel.Codes[i]; code != 0 {
			tunnel = s.tunnels.code(b.Tunnel.Dict[code])
		}
	}
	connID := b.InputIndex.Values[i]<<frameBits + p.frame
	e.fill(b, i, t, p, seg, connID, stream, tunnel)
	e.complete = complete
	if s.zeekCut {
		e.bits |= bitZeek
	}
	s.index.insert(t.hash, r)
	s.live++
	if s.columns {
		b.ConnId.Set(i, connID)
	}
	lone := e.lone() && seg.App == 0
	if lone && s.arena.syn.known && s.arena.syn.looks == e.looks {
		s.beginAlike(t, b, i, r, e, seg)
		return
	}
	// The first packet is judged as the first packet of a connection; what is remembered of it
	// is the packet itself.
	s.arena.said = said{seg.ReasonKind, seg.Reason, seg.App}
	list := uint8(listOther)
	c := s.arena.record(t.key.proto)
	e.grow(c, false, s.arena)
	if p.isTCP {
		*seg = s.arena.segment
		if s.arena.verdict.Observes != 0 {
			s.observe(j, w, i, c, seg)
		}
		if t.whole == 0 && s.columns {
			writeVerdict(b, i, seg, &c.tcp.Connection, &s.arena.verdict)
		}
		list = listOf(&c.tcp.Connection)
		if lone && s.arena.verdict.Observes == 0 {
			s.arena.syn = firstSyn{true, e.looks, list, c.side(t.reversed), s.arena.verdict}
		}
	}
	if s.columns {
		b.Direction.Codes[i] = uint16(c.side(t.reversed)) + uint16(schemas.DirectionOrig)
	}
	e.list = listCount
	s.touch(r, &e.links, &e.list, list, p.time, p.time)
	words := s.arena.said != said{}
	if (words || p.rst && p.payload > 0) && !s.zeekCut {
		// An embryo has no place for words.
		_, c := s.promote(t.hash, r)
		if p.rst {
			c.keepText(schemas.RstRoleFirst, b, i)
		}
	}
	if s.zeekCut { // its timers need the machine
		r, c := s.promote(t.hash, r)
		if p.rst {
			c.keepText(schemas.RstRoleFirst, b, i)
		}
		c.startDNS(s.arena.packet.flags)
		if s.columns {
			b.Direction.Codes[i] = uint16(c.side(t.reversed)) + uint16(schemas.DirectionOrig)
		}
		s.schedule(j, i, r, c, &s.arena.packet)
	}
	s.arena.said = said{}
}

// A firstSyn is what the rules said of the first packet of a connection, a lone SYN.
type firstSyn struct {
	known   bool
	looks   looks
	list    uint8
	side    int
	verdict facts.Verdict
}

// beginAlike is the rest of begin where the rules have spoken of a SYN that is like this one (TestBeginAlike).
func (s *shard) beginAlike(t *task, b *table.Packets, i int, r ref, e *embryo, seg *facts.Segment) {
	x := &s.arena.syn
	if s.columns {
		if t.whole == 0 {
			c := &s.arena.nothing
			seg.From = int64(x.side)
			c.Dir[x.side].First = seg.Seq
			writeVerdict(b, i, seg, c, &x.verdict)
		}
		b.Direction.Codes[i] = uint16(x.side) + uint16(schemas.DirectionOrig)
	}
	e.list = listCount
	s.touch(r, &e.links, &e.list, x.list, e.time, e.time)
}

// promote makes an embryo a connection of its own.
func (s *shard) promote(hash uint64, old ref) (ref, *conn) {
	e := s.embryos.at(old &^ embryoBit)
	r, c := s.newConn(e.key.proto)
	e.grow(c, true, s.arena)
	s.index.replace(hash, old, r)
	c.account.list = e.list
	s.inherit(r, &c.links, &e.links, e.list)
	s.free(old, e)
	return r, c
}
