package main

import "encoding/binary"

// The numbers of both formats are little-endian here.
var (
	le16 = binary.LittleEndian.AppendUint16
	le32 = binary.LittleEndian.AppendUint32
	le64 = binary.LittleEndian.AppendUint64
)

const linkEthernet = 1 // LINKTYPE_ETHERNET

// pcap returns the frames as a pcap file with times in microseconds, each frame
// cut at snap bytes as a capture with a snap length would.
func pcap(t *tape, snap int) []byte {
	out := le32(nil, 0xa1b2c3d4)
	out = le16(le16(out, 2), 4) // version 2.4
	out = le64(out, 0)          // time zone and accuracy, always zero
	out = le32(le32(out, uint32(snap)), linkEthernet)
	for _, f := range t.frames {
		kept := f.data[:min(len(f.data), snap)]
		out = le32(out, uint32(f.at.Unix()))
		out = le32(out, uint32(f.at.Nanosecond()/1000))
		out = le32(le32(out, uint32(len(kept))), uint32(len(f.data)))
		out = append(out, kept...)
	}
	return out
}

// Block types and options of pcapng (draft-ietf-opsawg-pcapng).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6
	optComment     = 1
	optName        = 2 // if_name
	optResolution  = 9 // if_tsresol
	optApplication = 4 // shb_userappl
)

// pcapng returns the frames as one section with one Ethernet interface of the
// given name and times in nanoseconds.
func pcapng(t *tape, name string) []byte {
	section := le32(nil, 0x1a2b3c4d)
	section = le16(le16(section, 1), 0) // version 1.0
	section = le64(section, 1<<64-1)    // length of the section: not given
	section = option(section, optApplication, "teardown testdata/captures/make")
	section = option(section, optComment, "made for tests, no real traffic")
	out := block(nil, blockSection, option(section, 0, ""))

	link := le16(le16(nil, linkEthernet), 0)
	link = le32(link, 262144) // snap length
	link = option(link, optName, name)
	link = option(link, optResolution, "\x09")
	out = block(out, blockInterface, option(link, 0, ""))

	for _, f := range t.frames {
		ns := uint64(f.at.UnixNano())
		packet := le32(nil, 0) // interface 0
		packet = le32(le32(packet, uint32(ns>>32)), uint32(ns))
		packet = le32(le32(packet, uint32(len(f.data))), uint32(len(f.data)))
		out = block(out, blockPacket, pad(append(packet, f.data...)))
	}
	return out
}

// block appends a pcapng block: type, length, body, length again.
func block(out []byte, kind uint32, body []byte) []byte {
	length := uint32(len(body) + 12)
	out = le32(le32(out, kind), length)
	return le32(append(out, body...), length)
}

// option appends an option of a pcapng block; code 0 ends the options.
func option(out []byte, code uint16, value string) []byte {
	out = le16(le16(out, code), uint16(len(value)))
	return pad(append(out, value...))
}

// pad fills up to a multiple of four bytes.
func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
