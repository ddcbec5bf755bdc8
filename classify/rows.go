package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A rowWriter writes the rows of finished connections.
type rowWriter struct {
	file   string
	seed   uint16 // of community_id
	text   []byte
	arena  arena // an embryo grows there
	row    *conn // that of the last row, copies aside
	ending facts.Ending
	copies copies

	breaks    facts.Breaks
	knowledge *knowledge
	known     facts.Known
	why       facts.Why
}

// write adds the row of a finished connection to out. stream is its tcp_stream, or -1.
func (w *rowWriter) write(out *table.Connections, f *finished, stream int64) {
	c, ending := f.conn, &f.ending
	if c == nil {
		c = w.arena.record(f.embryo.key.proto)
		f.embryo.grow(c, true, &w.arena)
		if c.tcp != nil {
			facts.Finished(&c.tcp.Connection, &f.finish, &w.ending)
			ending = &w.ending
		}
	}
	w.row = c
	w.finish(out)
	i := out.N
	out.N++
	w.common(out, i, c, f.tunnel)
	out.IpfixFlowEndReason.Set(i, flowEndReason(c.state(), f.finish.Reason))
	writeZeek(out, i, c)
	if f.conn != nil && c.tcp != nil && f.finish.Reason == schemas.FinishCaptureEnd {
		facts.Finished(&c.tcp.Connection, &f.finish, ending)
	}
	if c.tcp == nil {
		out.DirectionBasis.Codes[i] = uint16(c.account.wide.basis)
		return
	}
	if stream >= 0 {
		out.TcpStream.Set(i, stream)
		out.WiresharkCompleteness.Set(i, int32(c.tcp.account.complete))
	}
	writeCounters(out, i, c)
	writeEnding(out, i, &c.tcp.Connection, ending, c.account.text())
	writeTamper(out, i, c, f.finish.Time)
	w.known = facts.Known{}
	if facts.NeedsKnown(&c.tcp.Connection, ending) {
		w.knowledge.consult(c, ending, &w.known)
	}
	f.finish.Break = facts.BreakAfter(&w.breaks, c.tcp.LastTime, f.finish.Time)
	facts.Explain(&c.tcp.Connection, &f.finish, ending, &w.known, &w.why)
	writeWhy(out, i, &w.why)
}

// common writes the columns that all protocols have.
func (w *rowWriter) common(out *table.Connections, i int, c *conn, tunnel string) {
	a, k := &c.account, &c.key
	out.ConnId.Set(i, a.connID)
	out.File.Set(i, w.file)
	out.Proto.Codes[i] = uint16(protoWord(k.proto))
	out.IpProto.Set(i, int32(k.proto))
	out.IpVersion.Set(i, int32(k.version))
	orig, resp, origPort, respPort := k.roles(a.is(bitSwapped))
	out.OrigIp.Values[i], out.RespIp.Values[i] = orig, resp
	switch k.proto {
	case protoICMP, protoICMPv6:
		// Of a message without counterpart the key has type and code, whoever sent it.
		out.OrigPort.Set(i, int32(origPort))
		out.RespPort.Set(i, int32(respPort))
	case protoTCP, protoUDP, protoDCCP, protoSCTP, protoUDPL:
		out.OrigPort.Set(i, int32(origPort))
		out.RespPort.Set(i, int32(respPort))
	}
	w.text = appendCommunityID(w.text[:0], k, w.seed)
	out.CommunityId.Set(i, w.text)
	if a.vlan >= 0 {
		out.VlanId.Set(i, int32(a.vlan))
	}
	if tunnel != "" {
		out.Tunnel.Set(i, tunnel)
	}
	out.FirstFrame.Set(i, a.connID&frameMask)
	if c.tcp != nil {
		out.LastFrame.Set(i, c.tcp.LastFrame)
	} else {
		out.LastFrame.Set(i, a.wide.lastFrame)
	}
	if a.is(bitFirst) {
		out.TsStartNs.Set(i, a.firstNs)
		out.TsStart.Set(i, floorMicros(a.firstNs))
	}
	if a.is(bitLast) {
		out.TsEnd.Set(i, floorMicros(a.lastNs))
		if a.is(bitFirst) {
			out.DurationNs.Set(i, a.lastNs-a.firstNs)
		}
	}
	out.OrigPackets.Set(i, a.packets(0))
	out.RespPackets.Set(i, a.packets(1))
	out.OrigIpBytes.Set(i, a.ipBytes(0))
	out.RespIpBytes.Set(i, a.ipBytes(1))
	out.OrigPayloadBytes.Set(i, a.payload(0))
	out.RespPayloadBytes.Set(i, a.payload(1))
	if v, ok := a.mostTTL(0); ok {
		out.OrigTtl.Set(i, int32(v))
	}
	if v, ok := a.mostTTL(1); ok {
		out.RespTtl.Set(i, int32(v))
	}
}

// floorMicros turns nanoseconds into microseconds, rounding down.
func floorMicros(ns int64) int64 {
	us := ns / 1000
	if ns%1000 < 0 {
		us--
	}
	return us
}

func protoWord(proto uint8) schemas.Proto {
	switch proto {
	case protoTCP:
		return schemas.ProtoTcp
	case protoUDP:
		return schemas.ProtoUdp
	case protoICMP, protoICMPv6:
		return schemas.ProtoIcmp
	case protoSCTP:
		return schemas.ProtoSctp
	case protoDCCP:
		return schemas.ProtoDccp
	case protoUDPL:
		return schemas.ProtoUdplite
	case 2:
		return schemas.ProtoIgmp
	case 47:
		return schemas.ProtoGre
	case 50:
		return schemas.ProtoEsp
	case 51:
		return schemas.ProtoAh
	case 89:
		return schemas.ProtoOspf
	case 103:
		return schemas.ProtoPim
	case 112:
		return schemas.ProtoVrrp
	}
	return schemas.ProtoOther
}

// writeCounters writes what was counted of a TCP connection.
func writeCounters(out *table.Connections, i int, c *conn) {
	t := &c.tcp.account
	flags := func(s *tcpSide, all, first *table.Int32) {
		if s.firstFlags&sideSeen != 0 {
			all.Set(i, int32(s.flags))
			first.Set(i, int32(s.firstFlags&flagBits))
		}
	}
	flags(&t.sides[0], &out.OrigFlags, &out.OrigFirstFlags)
	flags(&t.sides[1], &out.RespFlags, &out.RespFirstFlags)
	set := func(orig, resp *table.Int64, kind int) {
		orig.Set(i, c.events(0, kind))
		resp.Set(i, c.events(1, kind))
	}
	set(&out.OrigSynCount, &out.RespSynCount, countSyn)
	set(&out.OrigFinCount, &out.RespFinCount, countFin)
	set(&out.OrigRstCount, &out.RespRstCount, countRst)
	set(&out.OrigRetransmissions, &out.RespRetransmissions, countRetransmissions)
	set(&out.OrigOutOfOrder, &out.RespOutOfOrder, countOutOfOrder)
	set(&out.OrigDupAcks, &out.RespDupAcks, countDupAcks)
	set(&out.OrigZeroWindows, &out.RespZeroWindows, countZeroWindows)
	set(&out.OrigKeepAlives, &out.RespKeepAlives, countKeepAlives)
	out.OrigMissingBytes.Set(i, max(c.missing(0), 0))
	out.RespMissingBytes.Set(i, max(c.missing(1), 0))
	rtt := func(column *table.Int64, from, to int, once bool) {
		start, hasStart := c.time(from)
		end, hasEnd := c.time(to)
		if once && hasStart && hasEnd && end >= start {
			column.Set(i, end-start)
		}
	}
	rtt(&out.HandshakeRttNs, timeSyn, timeHandshake, true)
	rtt(&out.OrigRttNs, timeSynAck, timeHandshake, t.is(bitSynAckOnce))
	rtt(&out.RespRttNs, timeSyn, timeSynAck, t.is(bitSynOnce))
	syn := func(from int, mss, scale *table.Int32, sack *table.Bool) {
		s := &t.sides[from]
		if s.firstFlags&sideSyn == 0 {
			return
		}
		if s.mss > 0 {
			mss.Set(i, int32(s.mss))
		}
		if n := c.account.sides[from].scale; n >= 0 {
			scale.Set(i, int32(n))
		}
		sack.Set(i, s.firstFlags&sideSack != 0)
	}
	syn(0, &out.OrigMss, &out.OrigWindowScale, &out.OrigSack)
	syn(1, &out.RespMss, &out.RespWindowScale, &out.RespSack)
}

// writeEnding writes what the rules said of a TCP connection.
func writeEnding(out *table.Connections, i int, c *facts.Connection, e *facts.Ending, text *string) {
	out.Pickup.Codes[i] = uint16(c.Pickup)
	out.DirectionBasis.Codes[i] = uint16(c.Basis)
	out.LatePackets.Set(i, int64(c.Late))
	out.Teardown.Codes[i] = uint16(e.Teardown)
	out.TeardownClass.Codes[i] = schemas.TeardownWords.Class[e.Teardown]
	out.TeardownSide.Codes[i] = uint16(e.Side)
	out.FinVariant.Codes[i] = uint16(e.FinVariant)
	if e.Frame != 0 {
		out.TeardownFrame.Set(i, e.Frame)
	}
	out.TeardownRule.Codes[i] = uint16(e.Rule)
	out.FirstRstEffect.Codes[i] = uint16(e.Effect)
	if r := &c.Rst; r.Seen {
		out.FirstRstFrame.Set(i, facts.FrameOf(r.Frame, c.LastFrame))
		out.FirstRstForm.Codes[i] = uint16(r.Form)
		out.FirstRstRole.Codes[i] = uint16(schemas.RstRoleFirst)
		if r.Offender != 0 {
			out.FirstRstOffenderFrame.Set(i, facts.FrameOf(r.Offender, c.LastFrame))
		}
		out.FirstRstWindow.Set(i, int32(r.Window))
		if text != nil {
			out.FirstRstPayloadText.Set(i, []byte(*text))
		}
	}
	out.RstIgnored.Set(i, c.Rst.Ignored && !c.Rst.Seen)
	out.DupCapture.Set(i, c.DupCapture)
	out.CaptureLoss.Set(i, c.CaptureLoss && (out.OrigMissingBytes.Values[i] > 0 || out.RespMissingBytes.Values[i] > 0))
	out.Stalled.Set(i, e.Stalled)
	out.KeepaliveRace.Set(i, c.KeepAliveRace)
}
