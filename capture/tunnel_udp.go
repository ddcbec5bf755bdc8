package capture

import "encoding/binary"

// UDP ports of tunnels (IANA, and what Wireshark registers).
const (
	portL2TP     = 1701
	portGTPU     = 2152
	portGTP0     = 3386
	portTeredo   = 3544
	portLISP     = 4341
	portGRE      = 4754
	portVXLAN    = 4789
	portVXLANGPE = 4790
	portAYIYA    = 5072
	portCAPWAP   = 5247
	portGeneve   = 6081
	portMPLS     = 6635
	portVXLANOld = 8472 // Linux before the assignment
	portTZSP     = 37008
)

// systemPorts end below this one (RFC 6335).
const systemPorts = 1024

// udpTunnel looks into the payload of a UDP datagram whose ports say that it is a tunnel.
// The lower port decides first; a system port that is no tunnel's keeps the datagram, whose
// other port is then an accident.
func (d *decoder) udpTunnel(b []byte, wire int) {
	low, high := min(d.srcPort, d.dstPort), max(d.srcPort, d.dstPort)
	if low < systemPorts || d.udpTunnelAt(low, b, wire) {
		return
	}
	d.udpTunnelAt(high, b, wire)
}

func (d *decoder) udpTunnelAt(port int32, b []byte, wire int) bool {
	switch port {
	case portL2TP:
		d.l2tp(b, wire)
	case portGTPU:
		d.gtp(b, wire)
	case portGTP0:
		d.gtp0(b, wire)
	case portTeredo:
		d.teredo(b, wire)
	case portLISP:
		if !d.short(b, wire, 9, problemTunnelCut) {
			d.into(tunnelLISP)
			d.rawIP(b[8:], wire-8)
		}
	case portGRE:
		d.gre(b, wire)
	case portVXLAN, portVXLANOld:
		if !d.short(b, wire, 8, problemTunnelCut) {
			d.into(tunnelVXLAN)
			d.ethernet(b[8:], wire-8)
		}
	case portVXLANGPE:
		d.vxlanGPE(b, wire)
	case portAYIYA:
		d.ayiya(b, wire)
	case portCAPWAP:
		d.capwap(b, wire)
	case portGeneve:
		d.geneve(b, wire)
	case portMPLS:
		d.into(tunnelMPLS)
		d.mpls(b, wire)
	case portTZSP:
		d.tzsp(b, wire)
	default:
		return false
	}
	return true
}

// vxlanGPE decodes the generic protocol extension for VXLAN.
func (d *decoder) vxlanGPE(b []byte, wire int) {
	if d.short(b, wire, 8, problemTunnelCut) {
		return
	}
	d.into(tunnelVXLAN)
	switch b[3] {
	case 1, 2:
		d.rawIP(b[8:], wire-8)
	case 3:
		d.ethernet(b[8:], wire-8)
	case 5:
		d.mpls(b[8:], wire-8)
	}
}

// geneve decodes RFC 8926.
func (d *decoder) geneve(b []byte, wire int) {
	if len(b) < 8 || len(b) < 8+4*int(b[0]&0x3f) {
		d.fail(problemTunnelCut)
		return
	}
	size := 8 + 4*int(b[0]&0x3f)
	d.into(tunnelGeneve)
	d.etherType(int(binary.BigEndian.Uint16(b[2:])), b[size:], wire-size)
}

// gtp decodes GTP-U version 1 (3GPP TS 29.281): user data in message type 255.
func (d *decoder) gtp(b []byte, wire int) {
	const version1, more, userData = 0x30, 0x07, 255
	if d.short(b, wire, 8, problemTunnelCut) || b[0]&0xf0 != version1 || b[1] != userData {
		return
	}
	wire = min(wire, 8+int(binary.BigEndian.Uint16(b[2:])))
	b = b[:min(len(b), wire)]
	size := 8
	if b[0]&more != 0 {
		size = 12
		for next := byte(1); len(b) >= size; size += 4 * int(b[size]) {
			if next = b[size-1]; next == 0 || b[0]&0x04 == 0 {
				break
			}
			if len(b) == size || b[size] == 0 {
				d.fail(problemTunnelCut)
				return
			}
		}
	}
	if d.short(b, wire, size+1, problemTunnelCut) {
		return
	}
	d.into(tunnelGTP)
	switch first := b[size]; {
	case first >= 0x45 && first <= 0x4e, first>>4 == 6:
		d.rawIP(b[size:], wire-size)
	default:
		d.ppp(b[size:], wire-size)
	}
}

// gtp0 decodes GTP version 0 (GSM 09.60): user data in message type 255.
func (d *decoder) gtp0(b []byte, wire int) {
	const version0, size, userData = 0x10, 20, 255
	if d.short(b, wire, size, problemTunnelCut) || b[0]&0xf0 != version0 || b[1] != userData {
		return
	}
	wire = min(wire, size+int(binary.BigEndian.Uint16(b[2:])))
	b = b[:min(len(b), wire)]
	if d.short(b, wire, size+1, problemTunnelCut) {
		return
	}
	if first := b[size]; first >= 0x45 && first <= 0x4e || first>>4 == 6 {
		d.into(tunnelGTP)
		d.rawIP(b[size:], wire-size)
	}
}

// teredo decodes RFC 4380: an IPv6 packet after optional authentication and origin headers.
func (d *decoder) teredo(b []byte, wire int) {
	if d.short(b, wire, 8, problemTunnelCut) {
		return
	}
	if b[0] == 0 && b[1] == 1 {
		n := 13 + int(b[2]) + int(b[3])
		if len(b) < n {
			d.fail(problemTunnelCut)
			return
		}
		b, wire = b[n:], wire-n
	}
	if len(b) >= 8 && b[0] == 0 && b[1] == 0 {
		b, wire = b[8:], wire-8
	}
	if !d.short(b, wire, 1, problemTunnelCut) && b[0]>>4 == 6 {
		d.into(tunnelTeredo)
		d.ip6(b, wire)
	}
}

// l2tp decodes data messages of L2TP version 2 (RFC 2661), which carry PPP.
func (d *decoder) l2tp(b []byte, wire int) {
	const control, length, sequence, offset = 0x8000, 0x4000, 0x0800, 0x0200
	if d.short(b, wire, 6, problemTunnelCut) {
		return
	}
	flags := binary.BigEndian.Uint16(b)
	if flags&control != 0 || flags&15 != 2 {
		return
	}
	size := 6
	if flags&length != 0 {
		size += 2
	}
	if flags&sequence != 0 {
		size += 4
	}
	if flags&offset != 0 {
		if len(b) < size+2 {
			d.fail(problemTunnelCut)
			return
		}
		size += 2 + int(binary.BigEndian.Uint16(b[size:]))
	}
	if len(b) < size {
		d.fail(problemTunnelCut)
		return
	}
	d.into(tunnelL2TP)
	d.ppp(b[size:], wire-size)
}

// ayiya decodes the Anything In Anything protocol of SixXS.
func (d *decoder) ayiya(b []byte, wire int) {
	const forward = 1
	if d.short(b, wire, 8, problemTunnelCut) || b[2]&15 != forward {
		return
	}
	size := 8 + 1<<(b[0]>>4) + 4*int(b[1]>>4)
	if len(b) < size {
		d.fail(problemTunnelCut)
		return
	}
	if b[3] == protoIPv4 || b[3] == protoIPv6 {
		d.into(tunnelAYIYA)
		d.rawIP(b[size:], wire-size)
	}
}

// capwap decodes data messages of RFC 5415: IEEE 802.11 frames, whose frame control field
// Cisco swaps, or Ethernet frames.
func (d *decoder) capwap(b []byte, wire int) {
	const plain, native, fragment, keepAlive = 0, 0x01, 0x80, 0x08
	if d.short(b, wire, 8, problemTunnelCut) || b[0] != plain || b[3]&(fragment|keepAlive) != 0 {
		return
	}
	size := 4 * int(b[1]>>3)
	if size < 8 || len(b) < size {
		d.fail(problemTunnelCut)
		return
	}
	d.into(tunnelCAPWAP)
	if b[2]&native != 0 {
		d.wlan(b[size:], wire-size, wlanSwapped)
	} else {
		d.ethernet(b[size:], wire-size)
	}
}

// tzsp decodes the TaZmen Sniffer Protocol: mirrored frames.
func (d *decoder) tzsp(b []byte, wire int) {
	const received, transmit, ethernet, wlan = 0, 1, 1, 18
	if d.short(b, wire, 5, problemTunnelCut) || b[0] != 1 || b[1] != received && b[1] != transmit {
		return
	}
	inside := binary.BigEndian.Uint16(b[2:])
	size := 4
	for {
		if size >= len(b) {
			d.fail(problemTunnelCut)
			return
		}
		tag := b[size]
		size++
		if tag == 1 { // the end
			break
		}
		if tag != 0 && size < len(b) {
			size += 1 + int(b[size])
		}
	}
	if size > len(b) {
		d.fail(problemTunnelCut)
		return
	}
	d.into(tunnelTZSP)
	switch inside {
	case ethernet:
		d.ethernet(b[size:], wire-size)
	case wlan:
		d.wlan(b[size:], wire-size, 0)
	}
}
