package capture

import (
	"encoding/binary"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// Most frames of most captures are plain: Ethernet, IPv4 without options and fragments, TCP, headers captured as a
// whole and without faults. Each is written into its digest, with what the digest does not say into its columns. The other
// columns are written for many rows at a time (plainRows).

// plainHeaders is the length of the headers of Ethernet, IPv4 and TCP without options.
const plainHeaders = 14 + 20 + 20

// timestamps is the length of the options NOP, NOP, TS.
const timestamps = 12

var timestampsText = optionText([]byte{optNOP, optNOP, optTimestamp})

// plain decodes a frame into row i, if it is plain; else it returns false and has written nothing.
func (d *decoder) plain(i int, frame int64, r *record) bool {
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
	have := min(len(b)-34, wire)
	if headerLen < 20 || headerLen > have {
		return false
	}
	segment := b[34 : 34+have]
	flags := bits & 0xfff
	out := d.out
	options, payload := segment[20:headerLen], segment[headerLen:]
	usual := len(options) == timestamps && binary.BigEndian.Uint32(options) == timestampsOnly
	x := &out.Digests[i]
	x.TsVal, x.TsEcr, x.Mss, x.Scale, x.Bits = 0, 0, 0, -1, table.DigestSet
	switch {
	case usual:
		o := (*[timestamps]byte)(options)
		x.TsVal, x.TsEcr = binary.BigEndian.Uint32(o[4:]), binary.BigEndian.Uint32(o[8:])
		x.Bits = table.DigestSet | table.DigestTimestamps | table.DigestOptions
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
	x.Bits |= uint8(fragment >> 14 << 7) // DigestDF
	x.Frame, x.TsNs = frame, r.ts
	x.Src, x.Dst = binary.BigEndian.Uint32(ip[12:]), binary.BigEndian.Uint32(ip[16:])
	x.SrcPort, x.DstPort = binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:])
	x.Seq, x.Ack = binary.BigEndian.Uint32(tcp[4:]), binary.BigEndian.Uint32(tcp[8:])
	x.Flags, x.Window = flags, binary.BigEndian.Uint16(tcp[14:])
	x.IpLen, x.IpId, x.PayloadLen = uint16(total), binary.BigEndian.Uint16(ip[4:]), uint16(wire-headerLen)
	x.Ttl, x.Tos, x.HeaderLen = ip[8], ip[1], uint8(headerLen)
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

	if d.noPackets {
		return true
	}
	out.EthDst.Values[i], out.EthSrc.Values[i] = binary.BigEndian.Uint64(h[:8])>>16, binary.BigEndian.Uint64(h[6:14])>>16
	if usual {
		if d.codes.timestamps == 0 {
			d.codes.timestamps = out.TcpOptions.Code(timestampsText)
		}
		out.TcpOptions.Codes[i] = d.codes.timestamps
	}
	if flags&looked != 0 && !d.noDecoded {
		d.src, d.dst, d.rerouted = table.Addr{Lo: uint64(x.Src), Version: 4}, table.Addr{Lo: uint64(x.Dst), Version: 4}, false
		out.ChecksumStatus.Codes[i] = uint16(d.tcpChecksum(segment, wire))
	}
	return true
}
