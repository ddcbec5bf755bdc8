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
