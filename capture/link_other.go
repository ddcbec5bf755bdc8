package capture

import "encoding/binary"

// tokenRing decodes IEEE 802.5.
func (d *decoder) tokenRing(b []byte, wire int) {
	const frameLLC = 1 // in the upper two bits of the frame control field
	if len(b) < 14 {
		d.fail(problemLinkCut)
		return
	}
	size := 14
	if b[8]&0x80 != 0 && len(b) > 14 { // source routing
		size += int(b[14] & 0x1f)
	}
	if len(b) < size {
		d.fail(problemLinkCut)
		return
	}
	if b[1]>>6 == frameLLC {
		d.llc(b[size:], wire-size)
	}
}

// fddi decodes ISO 9314-2.
func (d *decoder) fddi(b []byte, wire int) {
	if len(b) < 13 {
		d.fail(problemLinkCut)
		return
	}
	if b[0]&0x70 == 0x50 { // LLC frames, synchronous or not
		d.llc(b[13:], wire-13)
	}
}

// after decodes what follows a header of fixed size whose last two bytes are an EtherType.
func (d *decoder) after(size int, b []byte, wire int) {
	if len(b) < size {
		d.fail(problemLinkCut)
		return
	}
	d.etherType(int(binary.BigEndian.Uint16(b[size-2:])), b[size:], wire-size)
}

// infiniband decodes LINKTYPE_IPOIB. The 4 bytes of RFC 4391 section 6 come after a
// destination address, and sometimes after a global routing header.
func (d *decoder) infiniband(b []byte, wire int) {
	for _, at := range []int{40, 20, 0} {
		if len(b) < at+4 {
			continue
		}
		switch kind := int(binary.BigEndian.Uint16(b[at:])); kind {
		case typeIPv4, typeIPv6, typeARP:
			d.etherType(kind, b[at+4:], wire-at-4)
			return
		}
	}
	d.fail(problemLinkBad)
}

// Address families of Linux, in NFLOG and IPNET.
const (
	linuxIPv4 = 2
	linuxIPv6 = 10
)

// nflog decodes LINKTYPE_NFLOG: type, length and value in the byte order of the host.
func (d *decoder) nflog(b []byte, wire int) {
	const payload = 9
	if len(b) < 4 {
		d.fail(problemLinkCut)
		return
	}
	family := b[0]
	at := 4
	for at+4 <= len(b) {
		n, kind := int(binary.LittleEndian.Uint16(b[at:])), binary.LittleEndian.Uint16(b[at+2:])
		if n < 4 || at+n > wire {
			n, kind = int(binary.BigEndian.Uint16(b[at:])), binary.BigEndian.Uint16(b[at+2:])
		}
		if n < 4 {
			d.fail(problemLinkBad)
			return
		}
		if kind&0x7fff == payload {
			inside := b[at+4 : min(at+n, len(b))]
			if family == linuxIPv4 || family == linuxIPv6 {
				d.rawIP(inside, n-4)
			}
			return
		}
		at += (n + 3) &^ 3
	}
	d.fail(problemLinkCut)
}

// pflog decodes LINKTYPE_PFLOG of the BSDs: a length of the header, an address family.
func (d *decoder) pflog(b []byte, wire int) {
	if len(b) < 4 {
		d.fail(problemLinkCut)
		return
	}
	n := (int(b[0]) + 3) &^ 3
	if len(b) < n {
		d.fail(problemLinkCut)
		return
	}
	switch b[1] {
	case familyIPv4, familyIPv6BSD, familyIPv6Free, familyIPv6Mac:
		d.rawIP(b[n:], wire-n)
	}
}

// enc decodes LINKTYPE_ENC of the BSDs: address family, SPI, flags.
func (d *decoder) enc(b []byte, wire int) {
	if len(b) < 12 {
		d.fail(problemLinkCut)
		return
	}
	d.rawIP(b[12:], wire-12)
}

// pktap decodes LINKTYPE_PKTAP of Apple: the length of the header, a record type and the
// link type of the frame after it, little endian.
func (d *decoder) pktap(b []byte, wire int) {
	if len(b) < 12 {
		d.fail(problemLinkCut)
		return
	}
	n := int(binary.LittleEndian.Uint32(b))
	inside := int(binary.LittleEndian.Uint32(b[8:]))
	if n < 12 || n > len(b) || inside == linkPKTAP || inside == linkPPI {
		d.fail(problemLinkBad)
		return
	}
	d.linkType(inside, b[n:], wire-n)
}
