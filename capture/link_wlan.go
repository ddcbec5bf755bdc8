package capture

import "encoding/binary"

// Options of wlan.
const (
	wlanSwapped = 1 << iota // the frame control field is in the other byte order
	wlanPadded              // the header is padded to a multiple of 4 bytes
	wlanFCS                 // 4 bytes of check sequence at the end
)

// wlan decodes an IEEE 802.11 frame as far as it leads to IP: data that is not encrypted.
func (d *decoder) wlan(b []byte, wire int, how int) {
	const (
		typeData            = 2
		noData, qos         = 0x40, 0x80 // of the subtype
		toDS, fromDS        = 0x01, 0x02
		protected, hasOrder = 0x40, 0x80
		aggregate           = 0x80 // in the QoS control field: A-MSDU
	)
	if how&wlanFCS != 0 {
		wire -= 4
		b = b[:min(len(b), max(wire, 0))]
	}
	if len(b) < 2 {
		d.fail(problemWLANCut)
		return
	}
	kind, flags := b[0], b[1]
	if how&wlanSwapped != 0 {
		kind, flags = flags, kind
	}
	if kind>>2&3 != typeData || kind&noData != 0 {
		return
	}
	size := 24
	if flags&(toDS|fromDS) == toDS|fromDS {
		size += 6
	}
	control := size
	if kind&qos != 0 {
		size += 2
		if flags&hasOrder != 0 {
			size += 4
		}
	}
	if how&wlanPadded != 0 {
		size = (size + 3) &^ 3
	}
	if len(b) < size {
		d.fail(problemWLANCut)
		return
	}
	if flags&protected != 0 {
		return
	}
	aggregated := kind&qos != 0 && b[control]&aggregate != 0
	b, wire = b[size:], wire-size
	if aggregated { // the first of several packets: destination, source, length
		if len(b) < 14 {
			d.fail(problemWLANCut)
			return
		}
		wire = min(wire-14, int(binary.BigEndian.Uint16(b[12:])))
		b = b[14:]
		b = b[:min(len(b), max(wire, 0))]
	}
	d.llc(b, wire)
}

// radiotap decodes LINKTYPE_IEEE802_11_RADIOTAP.
func (d *decoder) radiotap(b []byte, wire int) {
	if len(b) < 8 {
		d.fail(problemRadioCut)
		return
	}
	n := int(binary.LittleEndian.Uint16(b[2:]))
	if n < 8 || len(b) < n {
		d.fail(problemRadioCut)
		return
	}
	const tsft, flags, more = 1, 2, 1 << 31
	const fcs, padded = 0x10, 0x20
	at := 8
	present := binary.LittleEndian.Uint32(b[4:])
	for p := present; p&more != 0 && at+4 <= n; at += 4 {
		p = binary.LittleEndian.Uint32(b[at:])
	}
	if present&tsft != 0 {
		at = (at+7)&^7 + 8
	}
	how := 0
	if present&flags != 0 && at < n {
		if b[at]&fcs != 0 {
			how |= wlanFCS
		}
		if b[at]&padded != 0 {
			how |= wlanPadded
		}
	}
	d.wlan(b[n:], wire-n, how)
}

// prism decodes LINKTYPE_IEEE802_11_PRISM, which may hold the header of AVS.
func (d *decoder) prism(b []byte, wire int) {
	if len(b) < 8 {
		d.fail(problemRadioCut)
		return
	}
	if binary.BigEndian.Uint32(b)&0xfffff000 == 0x80211000 {
		d.avs(b, wire)
		return
	}
	// The length is in the byte order of the host that captured.
	n := int(binary.LittleEndian.Uint32(b[4:]))
	if n > 0xffff {
		n = int(binary.BigEndian.Uint32(b[4:]))
	}
	if n < 8 || n > len(b) {
		d.fail(problemRadioCut)
		return
	}
	d.wlan(b[n:], wire-n, 0)
}

// avs decodes LINKTYPE_IEEE802_11_AVS.
func (d *decoder) avs(b []byte, wire int) {
	if len(b) < 8 {
		d.fail(problemRadioCut)
		return
	}
	n := int(binary.BigEndian.Uint32(b[4:]))
	if n < 8 || n > len(b) {
		d.fail(problemRadioCut)
		return
	}
	d.wlan(b[n:], wire-n, 0)
}

// ppi decodes LINKTYPE_PPI: headers of radios before a frame of another link type.
func (d *decoder) ppi(b []byte, wire int) {
	if len(b) < 8 {
		d.fail(problemRadioCut)
		return
	}
	n := int(binary.LittleEndian.Uint16(b[2:]))
	inside := int(binary.LittleEndian.Uint32(b[4:]))
	if n < 8 || n > len(b) || inside == linkPPI || inside == linkPKTAP {
		d.fail(problemRadioCut)
		return
	}
	how := 0
	const common, fcs = 2, 0x01 // 802.11-Common: 8 bytes of time, then flags
	if f := b[8:n]; len(f) >= 14 && binary.LittleEndian.Uint16(f) == common && f[12]&fcs != 0 {
		how = wlanFCS
	}
	if inside == linkWLAN {
		d.wlan(b[n:], wire-n, how)
		return
	}
	d.linkType(inside, b[n:], wire-n)
}
