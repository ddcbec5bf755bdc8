package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxRecord is the largest record or block that is believed, bytes. tshark believes 256 KiB
// for most link types and 128 MiB for D-Bus.
const maxRecord = 128 << 20

// readCapture reads the records of all captures that follow one another in in. The error
// says why there is not even one; all that comes later is damage.
func readCapture(in *input, w *writer) (format string, err error) {
	for first := true; ; first = false {
		var name string
		switch in.need(4); {
		case first && in.w == in.r && in.err == io.EOF:
			return "", errors.New("the input is empty")
		case startsPcapng(in):
			name = "pcapng"
			err = readPcapng(in, w)
		case startsPcap(in):
			name, err = readPcap(in, w)
		case first:
			return "", notCapture(in)
		}
		if first {
			format = name
			if err != nil {
				return format, err
			}
		}
		if w.stopped || !resync(in, w) {
			return format, nil
		}
	}
}

func notCapture(in *input) error {
	if in.err != nil && in.err != io.EOF {
		return in.err
	}
	b := in.unread()
	for _, o := range others {
		if bytes.HasPrefix(b, []byte(o.magic)) {
			return fmt.Errorf("it is %s; %s", o.what, o.hint)
		}
	}
	return fmt.Errorf("it begins with %q", b[:min(len(b), 8)])
}

// others are formats that people take for captures that this package reads.
var others = []struct{ magic, what, hint string }{
	{"snoop\x00\x00\x00", "a snoop capture", convertHint},
	{"GMBU", "a capture of Microsoft Network Monitor", convertHint},
	{"RTSS", "a capture of Microsoft Network Monitor", convertHint},
	{"XCP\x00", "a capture of NetXRay or Sniffer", convertHint},
	{"TRSNIFF data    \x1a", "a Sniffer capture", convertHint},
	{"PK\x03\x04", "a ZIP archive", unpackHint},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive", unpackHint},
	{"Rar!\x1a\x07", "a RAR archive", unpackHint},
	{"\x1f\x9d", "a file of compress(1)", unpackHint},
	{"PAR1", "a Parquet file", "give the capture that it was made from"},
	{"ARROW1", "an Arrow file", "give the capture that it was made from"},
}

const (
	convertHint = "convert it with editcap -F pcapng"
	unpackHint  = "unpack it first"
)

// startsPcapng reports whether a section header block is next.
func startsPcapng(in *input) bool {
	if !in.need(12) {
		return false
	}
	b := in.unread()
	return binary.LittleEndian.Uint32(b) == blockSection &&
		(binary.LittleEndian.Uint32(b[8:]) == byteOrderMagic || binary.BigEndian.Uint32(b[8:]) == byteOrderMagic)
}

// startsPcap reports whether a file header of pcap is next.
func startsPcap(in *input) bool {
	if !in.need(4) {
		return false
	}
	_, ok := pcapMagic(in.unread())
	return ok
}

// startsCapture is a stronger test for a capture in the middle of the input, where data
// may look like a magic number.
func startsCapture(in *input) bool {
	return in.need(pcapHeaderLen) && beginsCapture(in.unread())
}

func beginsCapture(b []byte) bool {
	if len(b) < pcapHeaderLen {
		return false
	}
	if binary.LittleEndian.Uint32(b) == blockSection {
		return binary.LittleEndian.Uint32(b[8:]) == byteOrderMagic || binary.BigEndian.Uint32(b[8:]) == byteOrderMagic
	}
	order, ok := pcapMagic(b)
	if !ok || order.Uint16(b[4:]) != 2 || order.Uint16(b[6:]) > 4 {
		return false
	}
	const day = 24 * 60 * 60
	zone, digits := int32(order.Uint32(b[8:])), order.Uint32(b[12:])
	linkType := order.Uint32(b[20:])
	return zone > -day && zone < day && digits <= 9 && linkType&0x03fff000 == 0
}

// resync moves to the start of the next capture, after damage or after another capture.
// What it passes over is added to the last damage. It returns false at the end of the input.
func resync(in *input, w *writer) bool {
	from := in.offset()
	defer func() { w.passedOver(from, in.offset()) }()
	for ; in.need(pcapHeaderLen); in.r++ {
		if startsCapture(in) {
			return true
		}
	}
	in.r = in.w
	return false
}
