package capture

import "encoding/binary"

// LINKTYPE_ values (registry of the tcpdump group), and values of DLT_ that found their way
// into files.
const (
	linkNull         = 0
	linkEthernet     = 1
	linkTokenRing    = 6
	linkFDDI         = 10
	linkRawBSD       = 12 // DLT_RAW
	linkRawOpenBSD   = 14 // DLT_RAW of OpenBSD
	linkRaw          = 101
	linkLoop         = 108 // OpenBSD
	linkLinuxCooked  = 113
	linkIPv4         = 228
	linkIPv6         = 229
	linkLinuxCooked2 = 276
)

// EtherTypes (IEEE, IANA ieee-802-numbers).
const (
	typeIPv4      = 0x0800
	typeIPv6      = 0x86dd
	typeVLAN      = 0x8100
	typeProvider  = 0x88a8 // IEEE 802.1ad
	typeQinQOld   = 0x9100
	typeLLCBelow  = 0x0600 // smaller values are lengths (IEEE 802.3)
	maxLLCLength  = 1500
	snapOtherOUI  = 0x0000f8 // Cisco, also followed by an EtherType
	llcSNAP       = 0xaa
	llcIP         = 0x06
	llcUnnumbered = 0x03
)

// link decodes a frame. b is what was captured, wire the length on the wire; the same pair
// goes down through all layers: bytes at hand, and how many there were.
func (d *decoder) link(l *linkLayer, b []byte, wire int) {
	if len(b) > wire && wire > 0 {
		// More was captured than was there, it is said: keep to the bytes, as tshark does.
		wire = len(b)
	}
	if l.fcs > 0 && wire >= l.fcs {
		wire -= l.fcs
		b = b[:min(len(b), wire)]
	}
	switch l.linkType {
	case linkEthernet:
		d.ethernet(b, wire)
	case linkLinuxCooked:
		d.cooked(b, wire)
	case linkLinuxCooked2:
		d.cooked2(b, wire)
	case linkRaw, linkRawBSD, linkRawOpenBSD:
		d.rawIP(b, wire)
	case linkIPv4:
		d.ip4(b, wire)
	case linkIPv6:
		d.ip6(b, wire)
	case linkNull, linkLoop:
		d.loopback(b, wire)
	case noLinkType:
		d.fail(problemNotPacket)
	default:
		d.fail(problemLinkType)
	}
}

// fail notes the first problem of a frame.
func (d *decoder) fail(p problem) {
	if d.problem == problemNone {
		d.problem = p
	}
}

func mac48(b []byte) uint64 {
	return uint64(binary.BigEndian.Uint16(b))<<32 | uint64(binary.BigEndian.Uint32(b[2:]))
}

// ethernet decodes an Ethernet frame. Those in tunnels are taken for the innermost.
func (d *decoder) ethernet(b []byte, wire int) {
	if len(b) < 14 {
		if len(b) >= 12 {
			d.setMACs(b)
		}
		d.fail(problemLinkCut)
		return
	}
	d.setMACs(b)
	d.typeOrLength(int(binary.BigEndian.Uint16(b[12:])), b[14:], wire-14)
}

func (d *decoder) setMACs(b []byte) {
	d.ethDst, d.ethSrc = mac48(b), mac48(b[6:])
	d.set |= hasEth
}

// typeOrLength follows the field that is either (IEEE 802.3 3.2.6).
func (d *decoder) typeOrLength(kind int, b []byte, wire int) {
	if kind >= typeLLCBelow {
		d.etherType(kind, b, wire)
		return
	}
	if kind > maxLLCLength {
		return
	}
	wire = min(wire, kind)
	b = b[:min(len(b), wire)]
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0xff {
		return // Novell's IPX without LLC
	}
	d.llc(b, wire)
}

// llc decodes IEEE 802.2, as far as it leads to IP.
func (d *decoder) llc(b []byte, wire int) {
	if len(b) < 3 {
		if wire > len(b) || len(b) > 0 {
			d.fail(problemLLCCut)
		}
		return
	}
	switch {
	case b[0]&0xfe == llcSNAP && b[1]&0xfe == llcSNAP && b[2] == llcUnnumbered:
		if len(b) < 8 {
			d.fail(problemLLCCut)
			return
		}
		oui := int(b[3])<<16 | int(b[4])<<8 | int(b[5])
		if kind := int(binary.BigEndian.Uint16(b[6:])); oui == 0 || oui == snapOtherOUI {
			d.etherType(kind, b[8:], wire-8)
		}
	case b[0] == llcIP && b[2] == llcUnnumbered:
		d.ip4(b[3:], wire-3)
	}
}

// etherType decodes what an EtherType announces.
func (d *decoder) etherType(kind int, b []byte, wire int) {
	switch kind {
	case typeIPv4:
		d.ip4(b, wire)
	case typeIPv6:
		d.ip6(b, wire)
	case typeVLAN, typeProvider, typeQinQOld:
		d.vlanTag(b, wire)
	}
}

// vlanTag decodes the tag that follows its EtherType.
func (d *decoder) vlanTag(b []byte, wire int) {
	if len(b) < 4 {
		d.fail(problemVLANCut)
		return
	}
	id := int32(binary.BigEndian.Uint16(b) & 0x0fff)
	if d.set&hasVLAN == 0 {
		d.vlan = id
		d.set |= hasVLAN
	} else {
		d.inner = id
		d.set |= hasInnerVLAN
	}
	d.typeOrLength(int(binary.BigEndian.Uint16(b[2:])), b[4:], wire-4)
}

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

// Values of the protocol field of Linux cooked captures that are not EtherTypes.
const (
	cookedLLC       = 4
	arphrdNetlink   = 824
	arphrdGRE       = 778
	arphrdRadiotap  = 803
	arphrdWLAN      = 801
	arphrdLoopback  = 772
	arphrdFrameRel  = 770
	arphrdIPTunnel  = 768
	cookedEtherType = 0x0600
)

func (d *decoder) cookedProtocol(kind, arphrd int, b []byte, wire int) {
	switch {
	case arphrd == arphrdNetlink:
	case kind == cookedLLC:
		d.llc(b, wire)
	case kind >= cookedEtherType:
		d.etherType(kind, b, wire)
	}
}

// rawIP decodes frames without a link header.
func (d *decoder) rawIP(b []byte, wire int) {
	if len(b) == 0 {
		d.fail(problemLinkCut)
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
