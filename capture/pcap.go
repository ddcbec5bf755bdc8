package capture

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// The magic numbers of pcap, as libpcap's sf-pcap.c and Wireshark's wiretap know them.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // Kuznetzov's patches: longer record headers
	magicFmesquid = 0xa1b234cd // another patched libpcap, records as usual
	magicNavtel   = 0xa12b3c4d
	magicIxiaHard = 0x1c0001ac // Ixia lcap: 4 more bytes of file header; nanoseconds
	magicIxiaSoft = 0x1c0001ab // the same with microseconds
)

// The usual ones in the other byte order.
const (
	swappedMicro = 0xd4c3b2a1
	swappedNano  = 0x4d3cb2a1
)

const pcapHeaderLen = 24

// pcapFile is what the file header says.
type pcapFile struct {
	order    binary.ByteOrder
	format   string
	nano     bool
	header   int   // bytes of the file header
	record   int   // bytes of a record header
	swapped  uint8 // whether the two lengths are swapped
	pad      int   // bytes at the start of each record that are not of the frame (AIX FDDI)
	snap     uint32
	maxBytes uint32 // the longest record that is believed
	link     *linkLayer
}

// The lengths of a record header: in this order since version 2.3, which some programs
// that say 2.3 did not yet know.
const (
	lengthsInOrder = iota
	lengthsSwapped
	lengthsMaybeSwapped
)

func pcapMagic(b []byte) (order binary.ByteOrder, ok bool) {
	for _, o := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch o.Uint32(b) {
		case magicMicro, magicNano, magicModified, magicFmesquid, magicNavtel, magicIxiaHard, magicIxiaSoft:
			return o, true
		}
	}
	return nil, false
}

// readPcap reads a file header and its records. Its error says that the header is not
// readable.
func readPcap(in *input, w *writer) (format string, err error) {
	start := in.offset()
	f, err := parsePcapHeader(in)
	if err != nil {
		if start > 0 {
			w.report(start, int64(in.w-in.r), "pcap file header: %v", err)
			in.r = in.w
		}
		return f.format, err
	}
	in.r += f.header
	f.chooseRecord(in)
	f.records(in, w)
	return f.format, nil
}

// parsePcapHeader looks at the file header, which stays unread.
func parsePcapHeader(in *input) (f pcapFile, err error) {
	f.format, f.header, f.record = "pcap", pcapHeaderLen, recordStandard
	if !in.need(pcapHeaderLen) {
		return f, fmt.Errorf("the pcap file header is cut: %d of %d bytes", in.w-in.r, pcapHeaderLen)
	}
	b := in.unread()
	f.order, _ = pcapMagic(b)
	magic := f.order.Uint32(b)
	major, minor := f.order.Uint16(b[4:]), f.order.Uint16(b[6:])
	network := f.order.Uint32(b[20:])
	f.snap = f.order.Uint32(b[16:])
	f.maxBytes = min(max(f.snap, 256<<10), maxRecord)
	switch magic {
	case magicNano:
		f.format, f.nano = "pcap nanosecond", true
	case magicModified:
		f.format, f.record = "pcap modified", recordPatched
	case magicFmesquid:
		f.format = "pcap fmesquid"
	case magicNavtel:
		f.format = "pcap navtel"
	case magicIxiaHard, magicIxiaSoft:
		f.format, f.nano = "pcap ixia", magic == magicIxiaHard
		f.header += 4
		if !in.need(f.header) {
			return f, fmt.Errorf("the pcap file header is cut: %d of %d bytes", in.w-in.r, f.header)
		}
	}
	switch {
	case major < 2:
		return f, fmt.Errorf("pcap version %d.%d is not supported", major, minor)
	case major == 2 && minor < 3, major == 543: // 543.0: tcpdump of DG/UX
		f.swapped = lengthsSwapped
	case major == 2 && minor == 3:
		f.swapped = lengthsMaybeSwapped
	}
	if magic == magicMicro && major == 2 && minor == 2 {
		network = f.aix(network)
	}
	f.link = newLinkLayer(int(network & 0xffff))
	if network&0x04000000 != 0 {
		f.link.fcs = int(network>>28) * 2
	}
	return f, nil
}

// aix recognises the variant of AIX: version 2.2 with an interface type (RFC 1573) as the
// link type, nanoseconds, lengths in order, and 3 bytes before FDDI frames.
func (f *pcapFile) aix(network uint32) uint32 {
	types := map[uint32]uint32{6: linkEthernet, 9: linkTokenRing, 15: linkFDDI, 24: linkNull}
	linkType, ok := types[network]
	if !ok {
		return network
	}
	f.format, f.nano, f.swapped = "pcap aix", true, lengthsInOrder
	if linkType == linkFDDI {
		f.pad = 3
	}
	return linkType
}

// records reads records until the end, damage, or the start of another capture.
func (f *pcapFile) records(in *input, w *writer) {
	little := f.order == binary.LittleEndian
	unit := int64(1000)
	if f.nano {
		unit = 1
	}
	last := int64(0) // time of the last record, nanoseconds
	for in.need(f.record) {
		b := in.unread()
		h := (*[recordStandard]byte)(b)
		sec, frac := binary.LittleEndian.Uint32(h[:]), binary.LittleEndian.Uint32(h[4:])
		capLen, wire := binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:])
		if !little {
			sec, frac = bits.ReverseBytes32(sec), bits.ReverseBytes32(frac)
			capLen, wire = bits.ReverseBytes32(capLen), bits.ReverseBytes32(wire)
		}
		if f.swapped != lengthsInOrder && (f.swapped == lengthsSwapped || capLen > wire) {
			capLen, wire = wire, capLen
		}
		if capLen > f.maxBytes {
			if startsCapture(in) {
				return
			}
			w.report(in.offset(), 0, "pcap record claims %d bytes, more than any frame has", capLen)
			if !f.resync(in, w, last/1e9) {
				return
			}
			continue
		}
		switch sec {
		case magicMicro, magicNano, swappedMicro, swappedNano, blockSection:
			if startsCapture(in) {
				return
			}
		}
		size := f.record + int(capLen)
		if !in.need(size) {
			w.reportEnd(in, in.offset(), int64(size), "pcap record")
			in.r = in.w
			return
		}
		last = int64(sec)*1e9 + int64(frac)*unit
		var r record // fields one by one: a record that is made and then copied makes a processor wait
		r.link, r.ts, r.wire, r.data = f.link, last, wire, in.unread()[f.record:size:size]
		if f.pad > 0 {
			r.wire, r.data = wire-min(wire, uint32(f.pad)), r.data[min(f.pad, len(r.data)):]
		}
		if !w.add(in, &r) {
			return
		}
		in.r += size
	}
	if in.w > in.r {
		w.reportEnd(in, in.offset(), int64(f.record), "pcap record header")
		in.r = in.w
	} else if in.err != nil && in.err != io.EOF {
		w.reportEnd(in, in.offset(), int64(f.record), "pcap record header")
	}
}
