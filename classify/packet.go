package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/rare"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// readPacket takes from a row what the account needs: nothing that is seldom looked at, since
// every column is a line of memory of its own.
func readPacket(b *table.Packets, i int, now int64, p *packetInfo) {
	*p = packetInfo{}
	p.frame, p.time, p.scale = b.Frame.Values[i], now, -1
	if b.TsNs.Valid[i] != 0 {
		p.ns, p.hasNs = b.TsNs.Values[i], true
	}
	if b.IpLen.Valid[i] != 0 {
		p.ipLen = b.IpLen.Values[i]
	}
	if b.PayloadLen.Valid[i] != 0 {
		p.payload = b.PayloadLen.Values[i]
	}
	if b.IpTtl.Valid[i] != 0 {
		p.ttl, p.hasTTL = uint8(b.IpTtl.Values[i]), true
	}
	if int(b.IpProto.Values[i]) != protoTCP {
		return
	}
	p.isTCP = true
	if p.payload > 0 {
		p.cut = payloadCut(b, i)
	}
	p.flags = uint16(b.TcpFlags.Values[i])
	p.rst = p.flags&flagRST != 0
	if p.flags&flagSYN == 0 {
		return
	}
	if b.TcpMss.Valid[i] != 0 {
		p.mss = uint16(b.TcpMss.Values[i])
	}
	if b.TcpWindowScale.Valid[i] != 0 {
		p.scale = int8(min(b.TcpWindowScale.Values[i], 127))
	}
	p.sack = b.TcpSackPermitted.Valid[i] != 0 && b.TcpSackPermitted.Values[i] != 0
}

// readSegment takes from a row of TCP what the rules see. From is the caller's.
func readSegment(b *table.Packets, i int, p *packetInfo, s *facts.Segment) {
	flags := p.flags
	*s = facts.Segment{}
	s.Time, s.Frame = p.time, p.frame
	s.Seq, s.Length = uint32(b.TcpSeq.Values[i]), p.payload
	s.Flags = int64(flags)
	s.Fin, s.Syn, s.Rst, s.HasAck = flags&flagFIN != 0, flags&flagSYN != 0, p.rst, flags&flagACK != 0
	s.Ttl, s.Mss, s.Scale = int64(p.ttl), int64(p.mss), int64(p.scale)
	if b.TcpAck.Valid[i] != 0 {
		s.Ack = uint32(b.TcpAck.Values[i])
		p.ack = s.Ack
	}
	if b.TcpWindow.Valid[i] != 0 {
		s.Window = int64(b.TcpWindow.Values[i])
	}
	if b.IpDscp.Valid[i] != 0 {
		s.Tos = int64(b.IpDscp.Values[i])*4 + int64(b.IpEcn.Values[i])
	}
	if b.IpVersion.Values[i] == 4 {
		s.IpId = b.IpId.Values[i]
	} else if b.IpFlowLabel.Valid[i] != 0 {
		s.FlowLabel = b.IpFlowLabel.Values[i]
	}
	s.HasOptions = b.TcpHeaderLen.Values[i] > 20
	if b.TcpTsecr.Valid[i] != 0 { // else the option was cut
		s.HasTs, s.TsVal, s.TsEcr = true, uint32(b.TcpTsval.Values[i]), uint32(b.TcpTsecr.Values[i])
	}
	if s.Rst {
		readReason(b, i, s)
	} else if p.payload > 0 && b.PayloadHead.Valid[i] != 0 {
		readApp(b, i, s)
	}
}

// A conn_id has the number of the first frame in its lower bits, the input index in those above.
const (
	frameBits = 36
	frameMask = 1<<frameBits - 1
)

// fill makes e hold the packet of a row.
func (e *embryo) fill(b *table.Packets, i int, t *task, p *packetInfo, s *facts.Segment, connID int64, stream int32, tunnel uint16) {
	*e = embryo{}
	e.key.copyFrom(&t.key)
	e.time, e.tsNs, e.connID, e.stream = p.time, p.ns, connID, stream
	e.length, e.ipLen = uint32(p.payload), uint32(p.ipLen)
	e.flags, e.mss, e.scale, e.ttl, e.tunnel, e.vlan, e.reversed = p.flags, p.mss, p.scale, p.ttl, tunnel, -1, t.reversed
	if !t.digest && b.VlanId.Valid[i] != 0 {
		e.vlan = int16(b.VlanId.Values[i])
	}
	set := func(bit uint8, on bool) {
		if on {
			e.bits |= bit
		}
	}
	set(bitHasTime, p.hasNs)
	set(bitHasTTL, p.hasTTL)
	set(bitSack, p.sack)
	set(bitCut, p.cut)
	if p.isTCP {
		e.seq, e.ack, e.window, e.ipID = s.Seq, s.Ack, uint16(s.Window), uint16(s.IpId)
		e.tsVal, e.tsEcr, e.flowLabel, e.tos = s.TsVal, s.TsEcr, uint32(s.FlowLabel), uint8(s.Tos)
		set(bitHasTs, s.HasTs)
		set(bitHasOptions, s.HasOptions)
		set(bitZmap, s.IpId == facts.ZmapId)
	}
}

// packet returns the packet that fill has put into e.
func (e *embryo) packet(p *packetInfo) {
	*p = packetInfo{}
	p.frame, p.time, p.ns, p.hasNs = e.connID&frameMask, e.time, e.tsNs, e.bits&bitHasTime != 0
	p.ipLen, p.payload, p.cut = int64(e.ipLen), int64(e.length), e.bits&bitCut != 0
	p.ttl, p.hasTTL = e.ttl, e.bits&bitHasTTL != 0
	p.isTCP, p.flags, p.rst, p.ack = e.key.proto == protoTCP, e.flags, e.flags&flagRST != 0, e.ack
	p.mss, p.scale, p.sack = e.mss, e.scale, e.bits&bitSack != 0
}

// segment returns the segment that fill has put into e.
func (e *embryo) segment(s *facts.Segment) {
	*s = facts.Segment{}
	s.Time, s.Frame, s.Seq, s.Ack, s.Length = e.time, e.connID&frameMask, e.seq, e.ack, int64(e.length)
	s.Flags, s.Fin, s.Syn, s.Rst, s.HasAck = int64(e.flags), e.flags&flagFIN != 0, e.flags&flagSYN != 0, e.flags&flagRST != 0, e.flags&flagACK != 0
	s.Window, s.Ttl, s.Tos, s.IpId, s.FlowLabel = int64(e.window), int64(e.ttl), int64(e.tos), int64(e.ipID), int64(e.flowLabel)
	s.HasTs, s.TsVal, s.TsEcr = e.bits&bitHasTs != 0, e.tsVal, e.tsEcr
	s.Mss, s.Scale, s.HasOptions = int64(e.mss), int64(e.scale), e.bits&bitHasOptions != 0
}

// An arena lends the records that rules write to, and one for the first packet of a connection. The shards of a
// worker share one: it stays in the first cache.
type arena struct {
	row struct { // at work
		packet  packetInfo
		segment facts.Segment
	}
	segment facts.Segment
	derived facts.Derived
	verdict facts.Verdict
	packet  packetInfo
	said    said
	tcp     tcpConn
	other   otherConn
	details bool             // somebody asks for ZeekDetails
	lender  rare.Lender      // of what hardly a connection has
	waiting []waiting        // for sort
	syn     firstSyn         // the last one
	nothing facts.Connection // of which nothing is known, for writeVerdict
}

// What the first packet of a connection says in words, for which an embryo has no place.
type said struct{ reasonKind, reason, app int64 }

// record returns an empty record for a connection; it is used again by the next call.
func (a *arena) record(proto uint8) *conn {
	if proto == protoTCP {
		a.lender.Release(&a.tcp.part.Connection)
		return a.tcp.reset(&a.lender)
	}
	return a.other.reset()
}

// grow makes c, an empty record, the connection whose only packet is e; whole tells whether the account
// and Zeek's machine are needed, too.
func (e *embryo) grow(c *conn, whole bool, a *arena) {
	c.key = e.key
	e.packet(&a.packet)
	flipped := false
	from, to := e.key.aPort, e.key.bPort
	if e.reversed {
		from, to = to, from
	}
	server, client := likelyServer(e.key.proto, from), likelyServer(e.key.proto, to)
	if c.tcp != nil {
		e.segment(&a.segment)
		a.segment.ReasonKind, a.segment.Reason, a.segment.App = a.said.reasonKind, a.said.reason, a.said.app
		a.segment.FromServerPort, a.segment.ToServerPort = server, client
		flipped = facts.FirstIsFlipped(&a.segment)
	} else {
		flipped = server && !client
	}
	if e.bits&bitZeek != 0 {
		flipped = e.zeekFlips(from, to)
	}
	if whole {
		c.begin(e, &a.packet)
	}
	c.account.set(bitSwapped, e.reversed != flipped)
	side := c.side(e.reversed)
	c.account.set(bitFlipped, side == 1)
	if whole {
		c.add(&a.packet, side)
	}
	if c.tcp == nil {
		basis := schemas.DirectionBasisFirstPacket
		if server != client {
			basis = schemas.DirectionBasisPort
		}
		c.account.wide.basis = uint8(basis)
		return
	}
	a.segment.From = int64(side)
	facts.Start(&c.tcp.Connection, &a.segment)
	a.lender.Step(&c.tcp.Connection, &a.segment, &a.derived, &a.verdict)
	if whole {
		c.addTCP(&a.packet, side, &a.verdict, false)
		c.startZeek(e.bits&bitZeek != 0, side, a)
	}
}
