package capture

import (
	"encoding/binary"
	"strings"
)

// A tunnelPath is the tunnels around a packet, innermost in the low byte. Beyond eight the
// outermost are forgotten.
type tunnelPath uint64

// Tunnels, as the column tunnel names them. Layers without an IP packet around them, such
// as VLAN, MPLS and PPPoE on a link, are no tunnels.
const (
	tunnelNone = iota
	tunnelIPIP
	tunnel6in4
	tunnel4in6
	tunnel6in6
	tunnelGRE
	tunnelERSPAN
	tunnelVXLAN
	tunnelGeneve
	tunnelGTP
	tunnelTeredo
	tunnelL2TP
	tunnelAYIYA
	tunnelCAPWAP
	tunnelEtherIP
	tunnelMPLS
	tunnelLISP
	tunnelTZSP
	tunnelPIM
)

var tunnelNames = [...]string{
	tunnelIPIP:    "ipip",
	tunnel6in4:    "6in4",
	tunnel4in6:    "4in6",
	tunnel6in6:    "6in6",
	tunnelGRE:     "gre",
	tunnelERSPAN:  "erspan",
	tunnelVXLAN:   "vxlan",
	tunnelGeneve:  "geneve",
	tunnelGTP:     "gtp",
	tunnelTeredo:  "teredo",
	tunnelL2TP:    "l2tp",
	tunnelAYIYA:   "ayiya",
	tunnelCAPWAP:  "capwap",
	tunnelEtherIP: "etherip",
	tunnelMPLS:    "mpls",
	tunnelLISP:    "lisp",
	tunnelTZSP:    "tzsp",
	tunnelPIM:     "pim",
}

// String returns the value of the column tunnel.
func (p tunnelPath) String() string {
	var names []string
	for shift := 56; shift >= 0; shift -= 8 {
		if t := byte(p >> shift); t != tunnelNone {
			names = append(names, tunnelNames[t])
		}
	}
	return strings.Join(names, "/")
}

// into notes a tunnel whose inside is decoded next. It becomes part of the path where an
// IP packet is found inside.
func (d *decoder) into(tunnel uint8) { d.path = d.path<<8 | tunnelPath(tunnel) }

// short reports whether there are fewer than n bytes at hand. Where there were as many on
// the wire, the frame is cut.
func (d *decoder) short(b []byte, wire, n int, p problem) bool {
	if len(b) >= n {
		return false
	}
	if wire > len(b) {
		d.fail(p)
	}
	return true
}

// ipInIP decodes an IP packet that an IP header announces.
func (d *decoder) ipInIP(version uint8, b []byte, wire int) {
	switch {
	case d.version == 4 && version == 4:
		d.into(tunnelIPIP)
	case d.version == 4:
		d.into(tunnel6in4)
	case version == 4:
		d.into(tunnel4in6)
	default:
		d.into(tunnel6in6)
	}
	if version == 6 {
		d.ip6(b, wire)
		return
	}
	d.rawIP(b, wire)
}

// Bits of the first 16 of GRE (RFC 2784, 2890, 2637).
const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080
	greVersion  = 0x0007
)

// EtherTypes that are used in GRE alone.
const (
	typeTEB       = 0x6558 // an Ethernet frame
	typePPP       = 0x880b
	typeERSPAN    = 0x88be
	typeERSPAN3   = 0x22eb
	typeWCCP      = 0x883e
	wccpHeaderLen = 4
)

// gre decodes generic routing encapsulation.
func (d *decoder) gre(b []byte, wire int) {
	if len(b) < 4 {
		d.fail(problemTunnelCut)
		return
	}
	flags, kind := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	size := 4
	for _, f := range [...]uint16{greChecksum | greRouting, greKey, greSequence} {
		if flags&f != 0 {
			size += 4
		}
	}
	if flags&greVersion == 1 && flags&greAck != 0 {
		size += 4
	}
	if flags&greRouting != 0 { // source route entries, the last of length 0
		for size+4 <= len(b) {
			n := int(b[size+3])
			size += 4 + n
			if n == 0 {
				break
			}
		}
	}
	if len(b) < size {
		d.fail(problemTunnelCut)
		return
	}
	b, wire = b[size:], wire-size
	switch kind {
	case typeERSPAN, typeERSPAN3:
		d.erspan(kind, flags&greSequence != 0, b, wire)
		return
	case typeWCCP:
		if len(b) > wccpHeaderLen && b[0]>>4 != 4 {
			b, wire = b[wccpHeaderLen:], wire-wccpHeaderLen
		}
		kind = typeIPv4
	}
	d.into(tunnelGRE)
	if kind == typePPP {
		d.ppp(b, wire)
		return
	}
	d.etherType(kind, b, wire)
}

// erspan decodes Cisco's mirrored Ethernet frames. Type I has neither header nor GRE
// sequence number; the others have their version in the first 4 bits.
func (d *decoder) erspan(kind int, sequence bool, b []byte, wire int) {
	const typeII, typeIII, platform = 1, 2, 1
	size := 0
	if kind == typeERSPAN3 || sequence {
		if d.short(b, wire, 12, problemTunnelCut) {
			return
		}
		switch b[0] >> 4 {
		case typeII:
			size = 8
		case typeIII:
			size = 12
			if b[11]&platform != 0 {
				size = 20
			}
		default:
			return
		}
		if d.short(b, wire, size, problemTunnelCut) {
			return
		}
	}
	d.into(tunnelERSPAN)
	d.ethernet(b[size:], wire-size)
}

// etherIP decodes an Ethernet frame in IP (RFC 3378).
func (d *decoder) etherIP(b []byte, wire int) {
	if len(b) < 2 {
		d.fail(problemTunnelCut)
		return
	}
	d.into(tunnelEtherIP)
	d.ethernet(b[2:], wire-2)
}

// pim decodes the packet inside a PIM register message (RFC 7761 4.9.3).
func (d *decoder) pim(b []byte, wire int) {
	const register, null = 0x21, 0x40
	if d.short(b, wire, 9, problemTunnelCut) {
		return
	}
	if b[0] == register && b[4]&null == 0 {
		d.into(tunnelPIM)
		d.rawIP(b[8:], wire-8)
	}
}

// mpls decodes a label stack (RFC 3032) and guesses what is below it as tshark does: by
// the first 4 bits.
func (d *decoder) mpls(b []byte, wire int) {
	for {
		if len(b) < 4 {
			d.fail(problemMPLSCut)
			return
		}
		bottom := b[2]&1 != 0
		b, wire = b[4:], wire-4
		if bottom {
			break
		}
	}
	if d.short(b, wire, 1, problemMPLSCut) {
		return
	}
	switch b[0] >> 4 {
	case 4, 6:
		d.rawIP(b, wire)
	case 0: // a control word (RFC 4385), perhaps before an Ethernet frame (RFC 4448)
		if d.short(b, wire, 18, problemMPLSCut) {
			return
		}
		if likelyEthernet(b[4:]) {
			d.ethernet(b[4:], wire-4)
		} else if likelyEthernet(b) {
			d.ethernet(b, wire)
		}
	default:
		if !d.short(b, wire, 14, problemMPLSCut) && likelyEthernet(b) {
			d.ethernet(b, wire)
		}
	}
}

// likelyEthernet reports whether b may begin with an Ethernet header before IP.
func likelyEthernet(b []byte) bool {
	if len(b) < 14 {
		return false
	}
	switch binary.BigEndian.Uint16(b[12:]) {
	case typeIPv4, typeIPv6, typeVLAN, typeProvider:
		return true
	}
	return false
}
