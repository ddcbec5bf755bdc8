package capture

import (
	"encoding/binary"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// IP protocol numbers (IANA).
const (
	protoHopByHop    = 0
	protoICMP        = 1
	protoIPv4        = 4
	protoTCP         = 6
	protoUDP         = 17
	protoDCCP        = 33
	protoIPv6        = 41
	protoRouting     = 43
	protoFragment    = 44
	protoGRE         = 47
	protoAH          = 51
	protoICMPv6      = 58
	protoNone        = 59
	protoDestination = 60
	protoIPIP        = 94
	protoEtherIP     = 97
	protoPIM         = 103
	protoSCTP        = 132
	protoMobility    = 135
	protoUDPLite     = 136
	protoMPLS        = 137
	protoHIP         = 139
	protoShim6       = 140
	protoEthernet    = 143
)

// maxLayers bounds how many IP headers are followed into each other.
const maxLayers = 16

// forget makes room for the IP packet inside the one that was decoded so far. It returns
// false where b is not likely to be one, or where there were too many; then the outer
// packet is what the row shows.
func (d *decoder) forget(b []byte, version uint8) bool {
	if d.layers++; d.layers == 1 {
		return true
	}
	if d.layers > maxLayers {
		d.fail(problemTunnelDepth)
		return false
	}
	if len(b) == 0 {
		d.fail(problemTunnelCut)
		return false
	}
	if b[0]>>4 != version || version == 4 && b[0]&15 < 5 {
		d.fail(problemTunnelBad)
		return false
	}
	d.tunnels = d.path
	if d.hasNext {
		d.takeMACs()
	}
	d.set &^= setOfIP
	d.src.Version, d.dst.Version = 0, 0
	d.qsrc.Version, d.qdst.Version = 0, 0
	d.options, d.payload = nil, nil
	d.checksum, d.rerouted = 0, false
	return true
}

// ip4 decodes an IPv4 packet (RFC 791).
func (d *decoder) ip4(b []byte, wire int) {
	if !d.forget(b, 4) {
		return
	}
	if len(b) < 20 {
		d.ip4Cut(b)
		return
	}
	d.version, d.tos = 4, b[1]
	hlen := int(b[0]&15) * 4
	total := int(binary.BigEndian.Uint16(b[2:]))
	if b[0]>>4 != 4 {
		d.fail(problemIPVersion)
		return
	}
	d.set |= hasVersion
	if hlen < 20 {
		d.fail(problemIP4HeaderLen)
		return
	}
	d.ipLen = int64(total)
	d.set |= hasTOS | hasIPLen
	if total < hlen {
		if total != 0 {
			d.fail(problemIP4TotalLen)
			return
		}
		total = wire // segmentation offload: the card would have written the length
	}
	if total < wire {
		wire = total
		b = b[:min(len(b), wire)]
	}
	frag := binary.BigEndian.Uint16(b[6:])
	d.ipID = int64(binary.BigEndian.Uint16(b[4:]))
	d.df, d.mf = frag&0x4000 != 0, frag&0x2000 != 0
	d.fragOffset = int32(frag&0x1fff) * 8
	d.ttl, d.proto = b[8], b[9]
	d.src, d.dst = table.AddrFrom4(b[12:]), table.AddrFrom4(b[16:])
	d.set |= hasIPID | hasDF | hasFrag | hasTTL | hasIPProto
	if len(b) < hlen {
		d.fail(problemIP4Cut)
		return
	}
	if d.fragOffset != 0 {
		return
	}
	d.rerouted = hlen > 20 // perhaps by a source route
	d.transport(int(d.proto), b[hlen:], wire-hlen, d.mf)
}

// ip4Cut takes what there is of a header that is not whole.
func (d *decoder) ip4Cut(b []byte) {
	d.fail(problemIP4Cut)
	n := len(b)
	if n < 1 || b[0]>>4 != 4 {
		return
	}
	d.version = 4
	d.set |= hasVersion
	if b[0]&15 < 5 {
		return
	}
	if n >= 2 {
		d.tos = b[1]
		d.set |= hasTOS
	}
	if n >= 4 {
		d.ipLen = int64(binary.BigEndian.Uint16(b[2:]))
		d.set |= hasIPLen
		if d.ipLen != 0 && d.ipLen < int64(b[0]&15)*4 {
			return
		}
	}
	if n >= 6 {
		d.ipID = int64(binary.BigEndian.Uint16(b[4:]))
		d.set |= hasIPID
	}
	if n >= 8 {
		frag := binary.BigEndian.Uint16(b[6:])
		d.df, d.mf = frag&0x4000 != 0, frag&0x2000 != 0
		d.fragOffset = int32(frag&0x1fff) * 8
		d.set |= hasDF | hasFrag
	}
	if n >= 9 {
		d.ttl = b[8]
		d.set |= hasTTL
	}
	if n >= 10 {
		d.proto = b[9]
		d.set |= hasIPProto
	}
	if n >= 16 {
		d.src = table.AddrFrom4(b[12:])
	}
}

// ip6 decodes an IPv6 packet (RFC 8200).
func (d *decoder) ip6(b []byte, wire int) {
	if !d.forget(b, 6) {
		return
	}
	if len(b) < 40 {
		d.ip6Cut(b)
		return
	}
	if b[0]>>4 != 6 {
		d.fail(problemIPVersion)
		return
	}
	d.ip6Fixed(b)
	d.proto = b[6]
	d.src, d.dst = table.AddrFrom16(b[8:]), table.AddrFrom16(b[24:])
	if n := int(d.ipLen); n > 40 && n < wire {
		wire = n
		b = b[:min(len(b), wire)]
	}
	d.extensions(int(d.proto), b[40:], wire-40)
}

func (d *decoder) ip6Fixed(b []byte) {
	first := binary.BigEndian.Uint32(b)
	d.version, d.tos, d.flow = 6, uint8(first>>20), int64(first&0xfffff)
	d.ipLen = 40 + int64(binary.BigEndian.Uint16(b[4:]))
	d.proto, d.ttl = b[6], b[7]
	d.set |= hasVersion | hasTOS | hasFlow | hasIPLen | hasTTL | hasIPProto
}

// ip6Cut takes what there is of a header that is not whole.
func (d *decoder) ip6Cut(b []byte) {
	d.fail(problemIP6Cut)
	n := len(b)
	if n < 1 || b[0]>>4 != 6 {
		return
	}
	var whole [40]byte
	copy(whole[:], b)
	d.ip6Fixed(whole[:])
	for _, f := range [...]struct {
		end  int
		bits uint64
	}{{2, hasTOS}, {4, hasFlow}, {6, hasIPLen}, {7, hasIPProto}, {8, hasTTL}} {
		if n < f.end {
			d.set &^= f.bits
		}
	}
	if n >= 24 {
		d.src = table.AddrFrom16(b[8:])
	}
}

// maxExtensions bounds the extension headers of one packet.
const maxExtensions = 64

// extensions walks the extension headers (RFC 8200 4) to the transport header. ip_proto
// follows it.
func (d *decoder) extensions(next int, b []byte, wire int) {
	first := false // a first fragment, more follow
	for range maxExtensions {
		size := 0
		switch next {
		case protoHopByHop, protoRouting, protoDestination, protoMobility, protoHIP, protoShim6:
			if len(b) < 2 {
				d.fail(problemIP6ExtCut)
				return
			}
			size = 8 + 8*int(b[1])
			d.rerouted = d.rerouted || next == protoRouting || next == protoDestination // the home address option
			if next == protoHopByHop && d.ipLen == 40 {
				d.jumbo(b[:min(size, len(b))])
			}
		case protoAH:
			if len(b) < 2 {
				d.fail(problemAHCut)
				return
			}
			size = 8 + 4*int(b[1])
		case protoFragment:
			if len(b) < 8 {
				d.fail(problemFragCut)
				return
			}
			field := binary.BigEndian.Uint16(b[2:])
			d.ipID = int64(binary.BigEndian.Uint32(b[4:]))
			d.mf, d.fragOffset = field&1 != 0, int32(field&0xfff8)
			d.set |= hasIPID | hasFrag
			first = d.mf
			size = 8
		default:
			d.transport(next, b, wire, first)
			return
		}
		next = int(b[0])
		if len(b) < size {
			d.fail(problemIP6ExtCut)
			return
		}
		d.proto = uint8(next)
		if d.set&hasFrag != 0 && d.fragOffset != 0 {
			return
		}
		if next == protoNone {
			return
		}
		b, wire = b[size:], wire-size
	}
	d.fail(problemIP6ExtLen)
}

// jumbo takes the length of a jumbogram (RFC 2675) out of the hop-by-hop options.
func (d *decoder) jumbo(b []byte) {
	for o := b[2:]; len(o) >= 2; {
		if o[0] == 0 {
			o = o[1:]
			continue
		}
		if o[0] == 0xc2 && o[1] == 4 && len(o) >= 6 {
			d.ipLen = 40 + int64(binary.BigEndian.Uint32(o[2:]))
			return
		}
		o = o[min(2+int(o[1]), len(o)):]
	}
}

// transport decodes what an IP packet carries. first says that it is the first of several
// fragments.
func (d *decoder) transport(proto int, b []byte, wire int, first bool) {
	switch proto {
	case protoTCP:
		d.tcp(b, wire, first)
	case protoUDP:
		d.udp(b, wire, first)
	case protoICMP:
		d.icmp(b)
	case protoICMPv6:
		d.icmp6(b)
	case protoSCTP, protoDCCP, protoUDPLite:
		d.ports(b)
		if len(b) < 4 {
			d.fail(problemPortsCut)
		}
	case protoAH: // of IPv4; the one of IPv6 is an extension header
		d.extensions(proto, b, wire)
	default:
		if !first {
			d.tunnel(proto, b, wire)
		}
	}
}

func (d *decoder) tunnel(proto int, b []byte, wire int) {
	switch proto {
	case protoIPv4, protoIPIP:
		d.ipInIP(4, b, wire)
	case protoIPv6:
		d.ipInIP(6, b, wire)
	case protoGRE:
		d.gre(b, wire)
	case protoEtherIP:
		d.etherIP(b, wire)
	case protoPIM:
		d.pim(b, wire)
	case protoMPLS:
		d.into(tunnelMPLS)
		d.mpls(b, wire)
	case protoEthernet: // RFC 8986
		d.into(tunnelEtherIP)
		d.ethernet(b, wire)
	}
}
