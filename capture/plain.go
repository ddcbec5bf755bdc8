package capture

import (
	"encoding/binary"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// Most frames of most captures are plain: Ethernet, IPv4 without options and fragments, TCP, headers captured as a
// whole and without faults. They are written into the columns right away. What is the
// same in all of them, such as which columns are not null, is written for many rows at a time.

// plainHeaders is the length of the headers of Ethernet, IPv4 and TCP without options.
const plainHeaders = 14 + 20 + 20

// timestamps is the length of the options NOP, NOP, TS.
const timestamps = 12

var timestampsText = optionText([]byte{optNOP, optNOP, optTimestamp})

// plain decodes a frame into row i, if it is plain; else it returns false and has written nothing.
func (d *decoder) plain(i int, r *record) bool {
	b := r.data
	if len(b) < plainHeaders || r.problem != problemNone || r.link.linkType != linkEthernet || r.link.fcs > 0 {
		return false
	}
	h := (*[plainHeaders]byte)(b)
	ip, tcp := h[14:34], h[34:]
	fragment := binary.BigEndian.Uint16(ip[6:])
	if binary.BigEndian.Uint16(h[12:]) != typeIPv4 || ip[0] != 0x45 || ip[9] != protoTCP || fragment&0x3fff != 0 {
		return false
	}
	total := int(binary.BigEndian.Uint16(ip[2:]))
	bits := binary.BigEndian.Uint16(tcp[12:])
	headerLen := int(bits>>12) * 4
	wire := min(max(int(r.wire), len(b))-14, total) - 20 // of the segment
	segment := b[34:min(len(b), 34+max(wire, 0))]
	if headerLen < 20 || headerLen > wire || headerLen > len(segment) {
		return false
	}
	flags := bits & 0xfff
	out := d.out
	options := segment[20:headerLen]
	usual := headerLen == 20+timestamps && binary.BigEndian.Uint32(options) == timestampsOnly
	x := &out.Digests[i]
	x.TsVal, x.TsEcr, x.Mss, x.Scale, x.Bits = 0, 0, 0, -1, table.DigestSet
	switch {
	case usual:
		x.TsVal, x.TsEcr = binary.BigEndian.Uint32(options[4:]), binary.BigEndian.Uint32(options[8:])
		x.Bits = table.DigestSet | table.DigestTimestamps | table.DigestOptions
		if !d.digestsOnly {
			put64(&out.TcpTsval, i, int64(x.TsVal))
			put64(&out.TcpTsecr, i, int64(x.TsEcr))
		}
		if !d.noDecoded || flags&flagRST != 0 {
			out.TcpOptionsRaw.Set(i, options)
		}
	case headerLen > 20:
		d.set, d.problem = 0, problemNone
		if d.tcpOptions(options, false); d.problem != problemNone {
			return false
		}
		d.digestOptions(x)
		if !d.digestsOnly {
			d.optionsRow(i, int32(flags))
		} else if flags&flagRST != 0 {
			out.TcpOptionsRaw.Set(i, options)
		}
	}

	if !r.noTime {
		x.Bits |= table.DigestTime
	}
	if len(b) != int(r.wire) && len(b) < 14+total {
		x.Bits |= table.DigestCut
	}
	x.Frame, x.TsNs = out.Frame.Values[i], r.ts
	x.Src, x.Dst = binary.BigEndian.Uint32(ip[12:]), binary.BigEndian.Uint32(ip[16:])
	x.SrcPort, x.DstPort = binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
	x.Seq, x.Ack = binary.BigEndian.Uint32(tcp[4:]), binary.BigEndian.Uint32(tcp[8:])
	x.Flags, x.Window = flags, binary.BigEndian.Uint16(tcp[14:])
	x.IpLen, x.IpId, x.PayloadLen = uint16(total), binary.BigEndian.Uint16(ip[4:]), uint16(wire-headerLen)
	x.Ttl, x.Tos = ip[8], ip[1]
	payload := segment[headerLen:]
	if d.heads.Has(payload) {
		x.Bits |= table.DigestHead
	}
	rst := flags&flagRST != 0
	if len(payload) > 0 && (!d.digestsOnly || rst || x.Bits&table.DigestHead != 0) {
		head := payloadHead
		if rst {
			head = payloadHeadRST
		}
		out.PayloadHead.Set(i, payload[:min(len(payload), head)])
	}

	if d.digestsOnly {
		return true
	}
	out.IpDscp.Values[i], out.IpEcn.Values[i] = int32(x.Tos>>2), int32(x.Tos&3)
	out.IpLen.Values[i], out.IpId.Values[i] = int64(x.IpLen), int64(x.IpId)
	out.IpTtl.Values[i] = int32(x.Ttl)
	src, dst := table.Addr{Lo: uint64(x.Src), Version: 4}, table.Addr{Lo: uint64(x.Dst), Version: 4}
	out.SrcIp.Values[i], out.DstIp.Values[i] = src, dst
	out.SrcPort.Values[i], out.DstPort.Values[i] = int32(x.SrcPort), int32(x.DstPort)
	out.TcpSeq.Values[i], out.TcpAck.Values[i] = int64(x.Seq), int64(x.Ack)
	out.TcpHeaderLen.Values[i], out.TcpFlags.Values[i] = int32(headerLen), int32(flags)
	out.TcpWindow.Values[i], out.PayloadLen.Values[i] = int32(x.Window), int64(x.PayloadLen)
	if d.noPackets {
		return true
	}

	out.EthDst.Values[i], out.EthSrc.Values[i] = mac48(h[:6]), mac48(h[6:12])
	out.IpDf.Values[i] = uint8(fragment>>14) & 1
	out.TcpFlagsText.Codes[i] = flags + 1
	if usual {
		if d.codes.timestamps == 0 {
			d.codes.timestamps = out.TcpOptions.Code(timestampsText)
		}
		out.TcpOptions.Codes[i] = d.codes.timestamps
	}
	if flags&looked != 0 && !d.noDecoded {
		d.src, d.dst, d.rerouted = src, dst, false
		out.ChecksumStatus.Codes[i] = uint16(d.tcpChecksum(segment, wire))
	}
	return true
}

// plainRows writes what the plain rows lo to hi of one interface have in common.
func (d *decoder) plainRows(lo, hi int, l *linkLayer) {
	if lo == hi {
		return
	}
	b := d.out
	fill(b.Interface.Codes[lo:hi], d.interfaceCode(l))
	for _, c := range [...]struct {
		column *table.Int32
		value  int32
	}{{&b.LinkType, linkEthernet}, {&b.IpVersion, 4}, {&b.IpProto, protoTCP}, {&b.IpFragOffset, 0}} {
		fill(c.column.Values[lo:hi], c.value)
	}
	fill(b.IpMf.Values[lo:hi], 0)
	for _, valid := range [...][]uint8{b.LinkType.Valid, b.IpVersion.Valid, b.IpProto.Valid, b.IpFragOffset.Valid, b.IpMf.Valid,
		b.IpDscp.Valid, b.IpEcn.Valid, b.IpLen.Valid, b.IpId.Valid, b.IpTtl.Valid, b.SrcPort.Valid, b.DstPort.Valid,
		b.TcpSeq.Valid, b.TcpAck.Valid, b.TcpHeaderLen.Valid, b.TcpFlags.Valid, b.TcpWindow.Valid, b.PayloadLen.Valid} {
		fill(valid[lo:hi], 1)
	}
	if !d.noPackets {
		for _, valid := range [...][]uint8{b.EthSrc.Valid, b.EthDst.Valid, b.IpDf.Valid} {
			fill(valid[lo:hi], 1)
		}
	}
}

// fill makes all values v: one by one where there are few, else by copying what is filled.
func fill[T uint8 | int32 | uint32 | int64](values []T, v T) {
	const few = 16
	n := min(len(values), few)
	for i := range values[:n] {
		values[i] = v
	}
	for ; n < len(values); n *= 2 {
		copy(values[n:], values[:n])
	}
}
