package capture

import "encoding/binary"

// LINKTYPE_ values (registry of the tcpdump group), and values of DLT_ that found their way
// into files.
const (
	linkNull           = 0
	linkEthernet       = 1
	linkTokenRing      = 6
	linkPPP            = 9
	linkFDDI           = 10
	linkRawBSD         = 12 // DLT_RAW
	linkRawOpenBSD     = 14 // DLT_RAW of OpenBSD
	linkPPPSerial      = 50
	linkPPPEther       = 51
	linkATM            = 100 // LLC (RFC 2684)
	linkRaw            = 101
	linkHDLC           = 104
	linkWLAN           = 105
	linkFrameRelay     = 107
	linkLoop           = 108 // OpenBSD
	linkEnc            = 109
	linkLinuxCooked    = 113
	linkPFLOG          = 117
	linkPrism          = 119
	linkIPoverFC       = 122
	linkSunATM         = 123
	linkRadiotap       = 127
	linkAppleIEEE1394  = 138
	linkAVS            = 163
	linkPPPD           = 166 // PPP with a direction byte
	linkPPI            = 192
	linkERF            = 197
	linkPPPDir         = 204
	linkHDLCDir        = 205
	linkFRelayDir      = 206
	linkMPLS           = 219
	linkIPv4           = 228
	linkIPv6           = 229
	linkNFLOG          = 239
	linkNetAnalyzer    = 240 // 4 bytes, then Ethernet
	linkNetTransparent = 241 // and the preamble
	linkInfiniband     = 242
	linkPKTAP          = 258 // Apple
	linkMPacket        = 274 // Ethernet with 8 bytes of preamble
	linkLinuxCooked2   = 276
)

// EtherTypes (IEEE, IANA ieee-802-numbers).
const (
	typeIPv4       = 0x0800
	typeIPv6       = 0x86dd
	typeVLAN       = 0x8100
	typeProvider   = 0x88a8 // IEEE 802.1ad
	typeQinQOld    = 0x9100
	typeARP        = 0x0806
	typeTRILL      = 0x22f3
	typeMPLS       = 0x8847
	typeMPLSMulti  = 0x8848
	typePPPoE      = 0x8864
	typeMACsec     = 0x88e5
	typeBackbone   = 0x88e7
	typeFabricPath = 0x8903
	typeCiscoMeta  = 0x8909
	typeVNTag      = 0x8926
	typeHSR        = 0x892f // IEC 62439-3
	typeETag       = 0x893f
	typeNSH        = 0x894f
	typeLLCBelow   = 0x0600 // smaller values are lengths (IEEE 802.3)
	maxLLCLength   = 1500
	snapOtherOUI   = 0x0000f8 // Cisco, also followed by an EtherType
	llcSNAP        = 0xaa
	llcIP          = 0x06
	llcUnnumbered  = 0x03
)

// link decodes a frame. b is what was captured, wire the length on the wire; the same pair
// goes down through all layers: bytes at hand, and how many there were.
func (d *decoder) link(l *linkLayer, b []byte, wire int) {
	// Where more was captured than was there, it is said: keep to the bytes, as tshark does.
	wire = max(wire, len(b))
	if l.fcs > 0 && wire >= l.fcs {
		wire -= l.fcs
		b = b[:min(len(b), wire)]
	}
	d.linkType(l.linkType, b, wire)
}

func (d *decoder) linkType(kind int, b []byte, wire int) {
	switch kind {
	case linkEthernet:
		d.ethernet(b, wire)
	case linkLinuxCooked:
		d.cooked(b, wire)
	case linkLinuxCooked2:
		d.cooked2(b, wire)
	case linkRaw, linkRawBSD, linkRawOpenBSD, linkIPv4, linkIPv6:
		d.rawIP(b, wire)
	case linkNull, linkLoop:
		d.loopback(b, wire)
	case noLinkType:
		d.fail(problemNotPacket)
	default:
		d.rareLinkType(kind, b, wire)
	}
}

func (d *decoder) rareLinkType(kind int, b []byte, wire int) {
	switch kind {
	case linkPPP, linkPPPSerial:
		d.pppSerial(b, wire)
	case linkPPPD, linkPPPDir:
		d.pppDirection(b, wire)
	case linkPPPEther:
		d.pppoe(b, wire)
	case linkHDLC:
		d.hdlc(b, wire)
	case linkFrameRelay:
		d.frameRelay(b, wire)
	case linkHDLCDir, linkFRelayDir:
		d.direction(kind, b, wire)
	case linkTokenRing:
		d.tokenRing(b, wire)
	case linkFDDI:
		d.fddi(b, wire)
	case linkATM:
		d.llc(b, wire)
	case linkSunATM:
		d.sunATM(b, wire)
	case linkIPoverFC:
		d.llc(b[min(16, len(b)):], wire-16)
	case linkWLAN:
		d.wlan(b, wire, 0)
	case linkRadiotap:
		d.radiotap(b, wire)
	case linkPrism:
		d.prism(b, wire)
	case linkAVS:
		d.avs(b, wire)
	case linkPPI:
		d.ppi(b, wire)
	case linkMPLS:
		d.mpls(b, wire)
	case linkAppleIEEE1394:
		d.after(18, b, wire)
	case linkInfiniband:
		d.infiniband(b, wire)
	case linkNFLOG:
		d.nflog(b, wire)
	case linkPFLOG:
		d.pflog(b, wire)
	case linkEnc:
		d.enc(b, wire)
	case linkERF:
		d.erf(b, wire)
	case linkMPacket:
		d.ethernet(b[min(8, len(b)):], wire-8)
	case linkNetAnalyzer:
		d.ethernet(b[min(4, len(b)):], wire-4)
	case linkNetTransparent:
		d.ethernet(b[min(12, len(b)):], wire-12)
	case linkPKTAP:
		d.pktap(b, wire)
	default:
		if !withoutIP(kind) {
			d.fail(problemLinkType)
		}
	}
}

// withoutIP says which link types are known and carry no IP packets: their rows have no
// addresses, and nothing is wrong with them.
func withoutIP(kind int) bool {
	switch kind {
	case 186, 189, 220, 249, 266, 288, 293, 294, 295, // USB
		187, 201, 251, 254, 255, 256, 272, 273, 161, // Bluetooth
		195, 215, 230, 283, // IEEE 802.15.4
		190, 227, 210, // CAN, FlexRay
		253, // netlink
		231, // D-Bus
		235: // DVB-CI
		return true
	}
	return false
}

// direction drops a direction byte.
func (d *decoder) direction(kind int, b []byte, wire int) {
	switch {
	case len(b) < 1:
		d.fail(problemLinkCut)
	case kind == linkHDLCDir:
		d.hdlc(b[1:], wire-1)
	default:
		d.frameRelay(b[1:], wire-1)
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

// setMACs takes the addresses of an Ethernet frame; those of one in a tunnel count where
// there is an IP packet in it.
func (d *decoder) setMACs(b []byte) {
	d.nextDst, d.nextSrc, d.hasNext = mac48(b), mac48(b[6:]), true
	if d.layers == 0 {
		d.takeMACs()
	}
}

func (d *decoder) takeMACs() {
	d.ethDst, d.ethSrc, d.hasNext = d.nextDst, d.nextSrc, false
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
		d.snap(b[3:], wire-3)
	case b[0] == llcIP && b[2] == llcUnnumbered:
		d.ip4(b[3:], wire-3)
	}
}

// etherType decodes what an EtherType announces.
func (d *decoder) etherType(kind int, b []byte, wire int) {
	switch kind {
	case typeIPv4:
		d.rawIP(b, wire) // as tshark: the version in the header decides
	case typeIPv6:
		d.ip6(b, wire)
	case typeVLAN, typeProvider, typeQinQOld:
		d.vlanTag(b, wire)
	case typeMPLS, typeMPLSMulti:
		d.mpls(b, wire)
	case typePPPoE:
		d.pppoe(b, wire)
	case typePPP:
		d.ppp(b, wire)
	case typeTEB:
		d.ethernet(b, wire)
	case typeFabricPath: // a tag of 2 bytes, then the frame
		if !d.short(b, wire, 2, problemLinkCut) {
			d.ethernet(b[2:], wire-2)
		}
	case typeVNTag, typeHSR:
		d.after(6, b, wire)
	case typeETag:
		d.after(8, b, wire)
	case typeCiscoMeta:
		d.after(8, b, wire)
	case typeBackbone: // IEEE 802.1ah: a tag, then the customer's frame
		if !d.short(b, wire, 4, problemLinkCut) {
			d.ethernet(b[4:], wire-4)
		}
	case typeNSH:
		d.nsh(b, wire)
	case typeTRILL:
		d.trill(b, wire)
	case typeMACsec:
		d.macsec(b, wire)
	}
}

// trill decodes the header of TRILL (RFC 6325 3.2), which has a frame behind its options.
func (d *decoder) trill(b []byte, wire int) {
	if d.short(b, wire, 6, problemLinkCut) {
		return
	}
	size := 6 + 4*int(binary.BigEndian.Uint16(b)>>6&0x1f)
	if !d.short(b, wire, size, problemLinkCut) {
		d.ethernet(b[size:], wire-size)
	}
}

// macsec decodes a frame that is protected against changes only (IEEE 802.1AE 9.3); of an encrypted one nothing can be read.
func (d *decoder) macsec(b []byte, wire int) {
	const channel, encrypted, changed, check = 0x20, 0x08, 0x04, 16
	if d.short(b, wire, 6, problemLinkCut) || b[0]&(encrypted|changed) != 0 {
		return
	}
	size := 6
	if b[0]&channel != 0 {
		size += 8
	}
	wire -= check
	d.after(size+2, b[:max(0, min(len(b), wire))], wire)
}

// nsh decodes the network service header (RFC 8300).
func (d *decoder) nsh(b []byte, wire int) {
	if len(b) < 8 {
		d.fail(problemLinkCut)
		return
	}
	size := 4 * int(b[1]&0x3f)
	if size < 8 || len(b) < size {
		d.fail(problemLinkCut)
		return
	}
	switch b[3] {
	case 1, 2:
		d.rawIP(b[size:], wire-size)
	case 3:
		d.ethernet(b[size:], wire-size)
	}
}

// vlanTag decodes the tag that follows its EtherType.
func (d *decoder) vlanTag(b []byte, wire int) {
	if len(b) < 2 {
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
	if len(b) < 4 {
		d.fail(problemVLANCut)
		return
	}
	d.typeOrLength(int(binary.BigEndian.Uint16(b[2:])), b[4:], wire-4)
}
