package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/zeek"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// zeekSegment makes z the segment for Zeek's machine. Its fields are written one by one: where a record is made and
// then copied in larger pieces, a processor waits for the parts.
func zeekSegment(z *zeek.Segment, p *packetInfo, s *facts.Segment) {
	z.Time = p.micros()
	z.Seq, z.Ack, z.Length, z.Flags = s.Seq, s.Ack, uint32(s.Length), uint8(s.Flags)
	z.ZeroWindow, z.Cut = s.Window == 0, p.cut && s.Length > 0
}

// micros returns the time of the packet, in microseconds since 1970; 0 where it has none.
func (p *packetInfo) micros() int64 {
	if !p.hasNs {
		return 0
	}
	return floorMicros(p.ns)
}

// zeekFlips reports whether Zeek takes the sender of the first packet for the responder.
func (e *embryo) zeekFlips(from, to uint16) bool {
	target := table.Addr{Hi: e.key.bHi, Lo: e.key.bLo, Version: e.key.version}
	if e.reversed {
		target.Hi, target.Lo = e.key.aHi, e.key.aLo
	}
	if target.Version == 4 && uint32(target.Lo) == 0xffffffff {
		return false // broadcast
	}
	switch e.key.proto {
	case protoTCP:
		return zeek.FlippedTCP(uint8(e.flags), from, to)
	case protoUDP:
		return zeek.FlippedUDP(from, to)
	}
	return false
}

// startZeek begins the machine of a connection with its first packet. Where the cutter is ours
// the roles are fixed.
func (c *conn) startZeek(cutter bool, side int, a *arena) {
	var s zeek.Segment
	zeekSegment(&s, &a.packet, &a.segment)
	z := &c.tcp.zeek
	z.Start(s.Time, side == 1, !cutter, cutter || a.details)
	z.Packet(&s, side)
	z.Ports(c.ports())
}

// ports returns the ports of originator and responder.
func (c *conn) ports() (orig, resp uint16) {
	if c.account.is(bitSwapped) {
		return c.key.bPort, c.key.aPort
	}
	return c.key.aPort, c.key.bPort
}

// maxExact bounds the numbers of the tables. Numbers of damaged packets can make Zeek's sizes
// wrap around.
const maxExact = 1 << 53

// writeZeek writes Zeek's columns.
func writeZeek(out *table.Connections, i int, c *conn) {
	a := &c.account
	switch {
	case c.tcp != nil:
		orig, resp := c.tcp.zeek.Bytes()
		if uint64(orig) < maxExact && uint64(resp) < maxExact {
			out.OrigStreamBytes.Set(i, orig)
			out.RespStreamBytes.Set(i, resp)
		}
		out.ZeekConnState.Codes[i] = uint16(c.tcp.zeek.ConnState())
		var buffer [32]byte
		if h := c.tcp.zeek.History(buffer[:0]); len(h) > 0 {
			out.ZeekHistory.Codes[i] = out.ZeekHistory.CodeBytes(h)
		}
	case c.key.proto == protoUDP:
		out.OrigStreamBytes.Set(i, a.payload(0))
		out.RespStreamBytes.Set(i, a.payload(1))
		state, history := a.zeekUDP()
		out.ZeekConnState.Codes[i] = uint16(state)
		out.ZeekHistory.Set(i, history)
	default:
		out.ZeekConnState.Codes[i] = uint16(schemas.ZeekConnStateOTH)
	}
}

// zeekUDP returns conn_state and history of UDP.
func (a *account) zeekUDP() (schemas.ZeekConnState, string) {
	switch {
	case a.packets(0) == 0:
		return schemas.ZeekConnStateSHR, "^d"
	case a.is(bitFlipped):
		return schemas.ZeekConnStateSF, "^dD"
	case a.packets(1) > 0:
		if a.is(bitAnswered) {
			return schemas.ZeekConnStateSF, "D^d"
		}
		return schemas.ZeekConnStateSF, "Dd"
	case a.is(bitAnswered):
		return schemas.ZeekConnStateS0, "D^"
	}
	return schemas.ZeekConnStateS0, "D"
}

// zeekDetails returns what conn.log says beside the columns.
func (c *conn) zeekDetails() ZeekDetails {
	a := &c.account
	d := ZeekDetails{}
	if a.is(bitFirst) && a.is(bitLast) {
		d.Duration = floorMicros(a.lastNs) - floorMicros(a.firstNs)
	}
	switch {
	case c.tcp != nil:
		if a.is(bitFirst) {
			d.Duration = c.tcp.zeek.LastTime() - floorMicros(a.firstNs)
		}
		d.Missed = c.tcp.zeek.Missed()
		d.Bytes[0], d.Bytes[1] = c.tcp.zeek.Bytes()
	case c.key.proto == protoUDP:
		d.Bytes = [2]int64{a.payload(0), a.payload(1)}
	case c.key.proto == protoICMP, c.key.proto == protoICMPv6:
		// Behind the IP header, without options, and eight bytes of ICMP.
		header := int64(28)
		if c.key.version == 6 {
			header = 48
		}
		for side := range d.Bytes {
			d.Bytes[side] = max(a.ipBytes(side)-a.packets(side)*header, 0)
		}
	}
	return d
}
