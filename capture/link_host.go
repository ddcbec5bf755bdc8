package capture

import "encoding/binary"

// cooked decodes LINKTYPE_LINUX_SLL.
func (d *decoder) cooked(b []byte, wire int) {
	if len(b) < 16 {
		d.fail(problemLinkCut)
		return
	}
	arphrd := int(binary.BigEndian.Uint16(b[2:]))
	d.cookedProtocol(int(binary.BigEndian.Uint16(b[14:])), arphrd, b[16:], wire-16)
}

// cooked2 decodes LINKTYPE_LINUX_SLL2.
func (d *decoder) cooked2(b []byte, wire int) {
	if len(b) < 20 {
		d.fail(problemLinkCut)
		return
	}
	arphrd := int(binary.BigEndian.Uint16(b[8:]))
	d.cookedProtocol(int(binary.BigEndian.Uint16(b)), arphrd, b[20:], wire-20)
}

// What the protocol field of Linux cooked captures means depends on the kind of interface
// (ARPHRD_ values) and on its size.
const (
	cookedLLC      = 4
	arphrdFrame    = 770 // Frame Relay
	arphrdWLAN     = 801
	arphrdPrism    = 802
	arphrdRadiotap = 803
	arphrdNetlink  = 824
)

func (d *decoder) cookedProtocol(kind, arphrd int, b []byte, wire int) {
	switch {
	case arphrd == arphrdNetlink:
	case arphrd == arphrdWLAN:
		d.wlan(b, wire, 0)
	case arphrd == arphrdPrism:
		d.prism(b, wire)
	case arphrd == arphrdRadiotap:
		d.radiotap(b, wire)
	case arphrd == arphrdFrame:
		d.frameRelay(b, wire)
	case kind == cookedLLC:
		d.llc(b, wire)
	case kind >= typeLLCBelow:
		d.etherType(kind, b, wire)
	}
}

// rawIP decodes frames without a link header.
func (d *decoder) rawIP(b []byte, wire int) {
	if len(b) == 0 {
		if wire > 0 {
			d.fail(problemIP4Cut)
		}
		return
	}
	switch b[0] >> 4 {
	case 4:
		d.ip4(b, wire)
	case 6:
		d.ip6(b, wire)
	default:
		d.fail(problemIPVersion)
	}
}

// Address families in the header of BSD loopback frames.
const (
	familyIPv4     = 2
	familyIPv6BSD  = 24
	familyIPv6Free = 28
	familyIPv6Mac  = 30
	familyIPv6Win  = 23
	familyIPv6Lin  = 10
)

// loopback decodes a protocol family of 4 bytes, in either byte order, before the packet.
func (d *decoder) loopback(b []byte, wire int) {
	if len(b) < 4 {
		d.fail(problemLinkCut)
		return
	}
	family := binary.LittleEndian.Uint32(b)
	if family&0xffff0000 != 0 {
		family = binary.BigEndian.Uint32(b)
	}
	switch family {
	case familyIPv4:
		d.ip4(b[4:], wire-4)
	case familyIPv6BSD, familyIPv6Free, familyIPv6Mac, familyIPv6Win, familyIPv6Lin:
		d.ip6(b[4:], wire-4)
	default:
		if family >= typeLLCBelow && family <= 0xffff {
			d.etherType(int(family), b[4:], wire-4)
		}
	}
}
