package capture

import (
	"encoding/binary"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// icmpHead is what both ICMP versions have before a quoted packet, bytes.
const icmpHead = 8

func (d *decoder) icmpTypeCode(b []byte) bool {
	if len(b) >= 1 {
		d.icmpType = b[0]
		d.set |= hasICMPType
	}
	if len(b) >= 2 {
		d.icmpCode = b[1]
		d.set |= hasICMPCode
	}
	if len(b) < 4 {
		d.fail(problemICMPCut)
		return false
	}
	return true
}

// icmp decodes ICMP (RFC 792) and what its errors quote.
func (d *decoder) icmp(b []byte) {
	if !d.icmpTypeCode(b) || len(b) <= icmpHead {
		return
	}
	switch b[0] {
	case 3, 4, 5, 11, 12: // unreachable, source quench, redirect, time exceeded, parameter problem
		d.quote(b[icmpHead:])
	}
}

// icmp6 decodes ICMPv6 (RFC 4443) and what its errors quote.
func (d *decoder) icmp6(b []byte) {
	if d.icmpTypeCode(b) && b[0] >= 1 && b[0] <= 4 && len(b) > icmpHead {
		d.quote(b[icmpHead:])
	}
}

// quote takes the headers out of the start of a packet that an error quotes.
func (d *decoder) quote(b []byte) {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		hlen := int(b[0]&15) * 4
		d.qsrc, d.qdst = table.AddrFrom4(b[12:]), table.AddrFrom4(b[16:])
		d.qproto = b[9]
		d.set |= hasQuotedProto
		if hlen >= 20 && len(b) >= hlen && binary.BigEndian.Uint16(b[6:])&0x1fff == 0 {
			d.quoteTransport(b[hlen:])
		}
	case len(b) >= 40 && b[0]>>4 == 6:
		d.qsrc, d.qdst = table.AddrFrom16(b[8:]), table.AddrFrom16(b[24:])
		d.qproto = b[6]
		d.set |= hasQuotedProto
		b = b[40:]
		for range maxExtensions {
			size := 8
			switch d.qproto {
			case protoHopByHop, protoRouting, protoDestination, protoMobility, protoHIP, protoShim6:
				if len(b) >= 2 {
					size += 8 * int(b[1])
				}
			case protoAH:
				if len(b) >= 2 {
					size += 4 * int(b[1])
				}
			case protoFragment:
				if len(b) >= 4 && binary.BigEndian.Uint16(b[2:])&0xfff8 != 0 {
					d.qproto = b[0]
					return
				}
			default:
				d.quoteTransport(b)
				return
			}
			if len(b) < size {
				return
			}
			d.qproto = b[0]
			b = b[size:]
		}
	}
}

func (d *decoder) quoteTransport(b []byte) {
	switch d.qproto {
	case protoTCP, protoUDP, protoSCTP, protoDCCP, protoUDPLite:
	default:
		return
	}
	if len(b) >= 2 {
		d.qsrcPort = int32(binary.BigEndian.Uint16(b))
		d.set |= hasQuotedSrcPort
	}
	if len(b) >= 4 {
		d.qdstPort = int32(binary.BigEndian.Uint16(b[2:]))
		d.set |= hasQuotedDstPort
	}
	if d.qproto != protoTCP {
		return
	}
	if len(b) >= 8 {
		d.qseq = int64(binary.BigEndian.Uint32(b[4:]))
		d.set |= hasQuotedSeq
	}
	if len(b) >= 20 {
		d.qack = int64(binary.BigEndian.Uint32(b[8:]))
		d.qflags = int32(binary.BigEndian.Uint16(b[12:]) & 0xfff)
		d.set |= hasQuotedTCP
	}
}
