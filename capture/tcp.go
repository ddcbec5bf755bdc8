package capture

import (
	"encoding/binary"

	"github.com/pcap-teardown/teardown/schemas"
)

// Flags of the TCP header (RFC 9293 3.1).
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
	flagURG
	flagECE
	flagCWR
	flagAE
)

// How much of the payload a row keeps.
const (
	payloadHead    = 16
	payloadHeadRST = 64 // resets carry reasons in words
)

// Option kinds whose values have columns (IANA tcp-parameters).
const (
	optEOL       = 0
	optNOP       = 1
	optMSS       = 2
	optScale     = 3
	optSACK      = 4
	optTimestamp = 8
)

// tcp decodes a TCP segment (RFC 9293 3.1). wire is its length by the IP header.
func (d *decoder) tcp(b []byte, wire int, first bool) {
	if len(b) < 20 {
		d.tcpCut(b, wire, first)
		return
	}
	ports := binary.BigEndian.Uint32(b)
	d.srcPort, d.dstPort = int32(ports>>16), int32(ports&0xffff)
	d.seq, d.ack = int64(binary.BigEndian.Uint32(b[4:])), int64(binary.BigEndian.Uint32(b[8:]))
	bits := binary.BigEndian.Uint16(b[12:])
	d.headerLen = int32(bits>>12) * 4
	d.set |= hasSrcPort | hasDstPort | hasSeq | hasHeaderLen
	hlen := int(d.headerLen)
	if hlen < 20 {
		d.fail(problemTCPOffset)
		return
	}
	d.set |= hasAck
	d.flags, d.window = int32(bits&0xfff), int32(binary.BigEndian.Uint16(b[14:]))
	d.set |= hasFlags | hasWindow
	if hlen > wire {
		d.fail(problemTCPOffset)
	}
	if hlen > 20 && len(b) > 20 {
		d.tcpOptions(b[20:min(hlen, len(b))], len(b) < hlen)
	}
	if hlen > len(b) {
		d.fail(problemTCPOptionsCut)
	}
	if d.flags&looked != 0 && !d.noDecoded {
		if d.checksum = schemas.ChecksumStatusUnverified; !first && d.ipLen != 0 {
			d.checksum = d.tcpChecksum(b, wire)
		}
	}
	if first || hlen > wire {
		return
	}
	d.payloadLen = int64(wire - hlen)
	d.set |= hasPayloadLen
	if len(b) > hlen {
		n := payloadHead
		if d.flags&flagRST != 0 {
			n = payloadHeadRST
		}
		d.payload = b[hlen:min(len(b), hlen+n)]
	}
}

// tcpCut takes what there is of a header that is not whole.
func (d *decoder) tcpCut(b []byte, wire int, first bool) {
	d.fail(problemTCPCut)
	d.ports(b)
	if len(b) >= 8 {
		d.seq = int64(binary.BigEndian.Uint32(b[4:]))
		d.set |= hasSeq
	}
	if len(b) >= 12 {
		d.ack = int64(binary.BigEndian.Uint32(b[8:]))
		d.set |= hasAck
	}
	// tshark reads 16 bytes at once before it counts the segment for a stream: a row with
	// tcp_header_len is one that counts.
	if len(b) < 16 {
		return
	}
	bits := binary.BigEndian.Uint16(b[12:])
	d.headerLen = int32(bits>>12) * 4
	d.set |= hasHeaderLen
	if d.headerLen < 20 {
		return
	}
	d.flags, d.window = int32(bits&0xfff), int32(binary.BigEndian.Uint16(b[14:]))
	d.set |= hasFlags | hasWindow
	if hlen := int(d.headerLen); !first && hlen <= wire {
		d.payloadLen = int64(wire - hlen)
		d.set |= hasPayloadLen
	}
}

// ports takes the two ports that most transport headers begin with.
func (d *decoder) ports(b []byte) {
	if len(b) >= 2 {
		d.srcPort = int32(binary.BigEndian.Uint16(b))
		d.set |= hasSrcPort
	}
	if len(b) >= 4 {
		d.dstPort = int32(binary.BigEndian.Uint16(b[2:]))
		d.set |= hasDstPort
	}
}

// timestampsOnly is how most segments of a connection in progress begin: NOP, NOP, TS.
const timestampsOnly = 0x0101080a

// tcpOptions walks the options (RFC 9293 3.2). cut says that not all of them are in b.
func (d *decoder) tcpOptions(b []byte, cut bool) {
	d.options = b
	d.kinds = d.kinds[:0]
	d.set |= hasOptions
	if len(b) == 12 && binary.BigEndian.Uint32(b) == timestampsOnly {
		d.kinds = append(d.kinds, optNOP, optNOP, optTimestamp)
		d.tsval, d.tsecr = int64(binary.BigEndian.Uint32(b[4:])), int64(binary.BigEndian.Uint32(b[8:]))
		d.set |= hasTSVal | hasTSEcr
		return
	}
	for len(b) > 0 {
		kind := b[0]
		if kind == optEOL || kind == optNOP {
			d.kinds = append(d.kinds, kind)
			b = b[1:]
			if kind == optEOL && len(b) > 0 && b[0] != optEOL {
				return // RFC 9293 ends the list here; EOLs used as padding are told
			}
			continue
		}
		if len(b) < 2 || len(b) < int(b[1]) || b[1] < 2 {
			if !cut || len(b) >= 2 && b[1] < 2 {
				d.fail(problemTCPOption)
				return
			}
			d.kinds = append(d.kinds, kind)
			if kind == optTimestamp && len(b) >= 6 && b[1] == 10 && d.set&hasTSVal == 0 {
				d.tsval = int64(binary.BigEndian.Uint32(b[2:]))
				d.set |= hasTSVal
			}
			d.fail(problemTCPOptionsCut)
			return
		}
		n := int(b[1])
		d.kinds = append(d.kinds, kind)
		switch {
		case kind == optMSS && n == 4:
			d.mss = int32(binary.BigEndian.Uint16(b[2:]))
			d.set |= hasMSS
		case kind == optScale && n == 3:
			d.scale = b[2]
			d.set |= hasScale
		case kind == optSACK && n == 2:
			d.set |= hasSACK
		case kind == optTimestamp && n == 10:
			d.tsval, d.tsecr = int64(binary.BigEndian.Uint32(b[2:])), int64(binary.BigEndian.Uint32(b[6:]))
			d.set |= hasTSVal | hasTSEcr
		}
		b = b[n:]
	}
	if cut {
		d.fail(problemTCPOptionsCut)
	}
}
