package capture

import "encoding/binary"

// pseudoHeaders are the sizes of what some link types have before the frame without its
// having been on any wire: Wireshark takes them off the lengths of the frame.
var pseudoHeaders = map[int]int{
	linkSunATM: 4,
	139:        4, // MTP2
	196:        5, // SITA
	linkERF:    erfHeader,
	201:        4, // Bluetooth HCI with direction
	linkPPPDir: 1,
	209:        5, // I2C
	245:        2, // NFC LLCP
	254:        4, // Bluetooth monitor
}

// pseudoHeader sets what the lengths leave out.
func (r *record) pseudoHeader() {
	r.skip = uint32(r.link.pseudo)
	if r.link.linkType != linkERF || len(r.data) < erfHeader {
		return
	}
	// ERF says the length on the wire itself; what is captured may be padded.
	kind, size := erfKind(r.data)
	if size > len(r.data) {
		return
	}
	if erfEthernet(kind) {
		size = min(size+2, len(r.data))
	}
	length := uint32(binary.BigEndian.Uint16(r.data[14:]))
	r.skip, r.wire = uint32(size), length+uint32(size)
	r.data = r.data[:min(len(r.data), int(r.wire))]
}

// erfHeader is the size of an ERF header without extensions.
const erfHeader = 16

// erfKind returns the type of an ERF record and the size of its header with extensions,
// which may be larger than b.
func erfKind(b []byte) (kind byte, size int) {
	const more = 0x80
	size = erfHeader
	for next := b[8]; next&more != 0; size += 8 {
		if len(b) < size+8 {
			return b[8] &^ more, size + 8
		}
		next = b[size]
	}
	return b[8] &^ more, size
}

// erfEthernet says which types hold Ethernet frames, after 2 more bytes: plain, with
// colours, with hashes.
func erfEthernet(kind byte) bool { return kind == 2 || kind == 11 || kind == 16 || kind == 20 }

// erf decodes LINKTYPE_ERF of Endace: a record with an Ethernet frame, HDLC or IP.
func (d *decoder) erf(b []byte, wire int) {
	if len(b) < erfHeader {
		d.fail(problemLinkCut)
		return
	}
	kind, size := erfKind(b)
	if len(b) < size {
		d.fail(problemLinkCut)
		return
	}
	b, wire = b[size:], wire-size
	switch {
	case erfEthernet(kind):
		if !d.short(b, wire, 2, problemLinkCut) {
			d.ethernet(b[2:], wire-2)
		}
	case kind == 1 || kind == 10 || kind == 15 || kind == 19: // packet over SONET
		d.pppSerial(b, wire)
	case kind == 22 || kind == 23:
		d.rawIP(b, wire)
	default:
		d.fail(problemLinkType)
	}
}

// sunATM decodes LINKTYPE_SUNATM as far as it is LLC.
func (d *decoder) sunATM(b []byte, wire int) {
	const llc = 2 // in the low 4 bits
	switch {
	case len(b) < 4:
		d.fail(problemLinkCut)
	case b[0]&15 == llc:
		d.llc(b[4:], wire-4)
	}
}
