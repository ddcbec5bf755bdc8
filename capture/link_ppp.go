package capture

import "encoding/binary"

// Protocols of PPP (IANA ppp-numbers).
const (
	pppIPv4      = 0x0021
	pppMultilink = 0x003d
	pppIPv6      = 0x0057
	pppMPLS      = 0x0281
	pppMPLSMulti = 0x0283
)

// ppp decodes a PPP frame (RFC 1661, 1662), with or without address and control field.
func (d *decoder) ppp(b []byte, wire int) {
	if d.short(b, wire, 1, problemPPPCut) || b[0] == 0xff && d.short(b, wire, 2, problemPPPCut) {
		return
	}
	if b[0] == 0xff && b[1] == 0x03 {
		b, wire = b[2:], wire-2
	}
	if d.short(b, wire, 1, problemPPPCut) || b[0]&1 == 0 && d.short(b, wire, 2, problemPPPCut) {
		return
	}
	kind, size := int(b[0]), 1 // a compressed protocol field
	if b[0]&1 == 0 {
		kind, size = int(binary.BigEndian.Uint16(b)), 2
	}
	b, wire = b[size:], wire-size
	switch kind {
	case pppIPv4:
		d.rawIP(b, wire)
	case pppIPv6:
		d.ip6(b, wire)
	case pppMPLS, pppMPLSMulti:
		d.mpls(b, wire)
	case pppMultilink: // RFC 1990; begin and end bits: a whole packet
		if !d.short(b, wire, 4, problemPPPCut) && b[0]&0xc0 == 0xc0 {
			d.ppp(b[4:], wire-4)
		}
	}
}

// pppSerial decodes LINKTYPE_PPP and LINKTYPE_PPP_HDLC, which may be Cisco's HDLC.
func (d *decoder) pppSerial(b []byte, wire int) {
	if len(b) >= 1 && (b[0] == hdlcUnicast || b[0] == hdlcMulticast) {
		d.hdlc(b, wire)
		return
	}
	d.ppp(b, wire)
}

// pppDirection decodes a direction byte before a PPP frame.
func (d *decoder) pppDirection(b []byte, wire int) {
	if len(b) < 1 {
		d.fail(problemLinkCut)
		return
	}
	d.ppp(b[1:], wire-1)
}

// pppoe decodes a session packet of PPP over Ethernet (RFC 2516).
func (d *decoder) pppoe(b []byte, wire int) {
	if len(b) < 6 {
		d.fail(problemPPPCut)
		return
	}
	n := int(binary.BigEndian.Uint16(b[4:]))
	b, wire = b[6:], min(wire-6, n)
	d.ppp(b[:min(len(b), max(wire, 0))], wire)
}

// Addresses of Cisco's HDLC.
const (
	hdlcUnicast   = 0x0f
	hdlcMulticast = 0x8f
)

// hdlc decodes LINKTYPE_C_HDLC: address, control, EtherType.
func (d *decoder) hdlc(b []byte, wire int) {
	if len(b) < 4 {
		d.fail(problemLinkCut)
		return
	}
	d.etherType(int(binary.BigEndian.Uint16(b[2:])), b[4:], wire-4)
}

// Network layer protocol identifiers (ISO/IEC TR 9577).
const (
	nlpidPad  = 0x00
	nlpidSNAP = 0x80
	nlpidIPv6 = 0x8e
	nlpidIPv4 = 0xcc
)

// frameRelay decodes LINKTYPE_FRELAY: RFC 2427, or Cisco's encapsulation with an EtherType.
func (d *decoder) frameRelay(b []byte, wire int) {
	for { // the address ends with the byte whose low bit is set
		if len(b) < 2 {
			d.fail(problemLinkCut)
			return
		}
		last := b[0]&1 != 0
		b, wire = b[1:], wire-1
		if last {
			break
		}
	}
	if b[0] != llcUnnumbered {
		if len(b) >= 2 {
			d.etherType(int(binary.BigEndian.Uint16(b)), b[2:], wire-2)
		}
		return
	}
	b, wire = b[1:], wire-1
	if len(b) > 0 && b[0] == nlpidPad {
		b, wire = b[1:], wire-1
	}
	if len(b) == 0 {
		d.fail(problemLinkCut)
		return
	}
	switch b[0] {
	case nlpidIPv4, nlpidIPv6:
		d.rawIP(b[1:], wire-1)
	case nlpidSNAP:
		if len(b) < 6 {
			d.fail(problemLinkCut)
			return
		}
		d.snap(b[1:], wire-1)
	}
}

// snap decodes an OUI and what it gives a meaning to.
func (d *decoder) snap(b []byte, wire int) {
	const bridged = 0x0080c2 // IEEE 802.1: a frame
	oui := int(b[0])<<16 | int(b[1])<<8 | int(b[2])
	kind := int(binary.BigEndian.Uint16(b[3:]))
	b, wire = b[5:], wire-5
	switch {
	case oui == 0 || oui == snapOtherOUI:
		d.etherType(kind, b, wire)
	case oui == bridged && (kind == 1 || kind == 7): // Ethernet with and without FCS
		d.ethernet(b, wire)
	}
}
