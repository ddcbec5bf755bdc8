package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng).
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockEnhanced   = 6
	blockJournal    = 9 // systemd journal export
	blockSecrets    = 10
	blockCustom     = 0x00000bad
	blockCustomKeep = 0x40000bad // not to be copied by tools that do not know it
)

// The blocks of system calls and events that sysdig writes, as far as Wireshark counts them as
// frames: it passes over those with flags (0x208, 0x217, 0x222).
const (
	blockSysdigEvent        = 0x204
	blockSysdigEventV2      = 0x216
	blockSysdigEventV2Large = 0x221
)

const byteOrderMagic uint32 = 0x1a2b3c4d

// maxInterfaces bounds the memory of one section. More than a few were never seen.
const maxInterfaces = 1 << 16

// A section reads the blocks of pcapng, of one section after the other.
type section struct {
	in         *input
	w          *writer
	little     bool
	interfaces []*interfaceBlock
	other      *linkLayer // of blocks that are frames without being packets
	unknown    *linkLayer // of packets of an interface that was not described
}

func (s *section) u16(b []byte) uint16 {
	if s.little {
		return binary.LittleEndian.Uint16(b)
	}
	return binary.BigEndian.Uint16(b)
}

func (s *section) u32(b []byte) uint32 {
	if s.little {
		return binary.LittleEndian.Uint32(b)
	}
	return binary.BigEndian.Uint32(b)
}

func (s *section) u64(b []byte) uint64 {
	if s.little {
		return binary.LittleEndian.Uint64(b)
	}
	return binary.BigEndian.Uint64(b)
}

// readPcapng reads blocks until the end or the start of a capture in format pcap. Its
// error says that not even the first block is readable.
func readPcapng(in *input, w *writer) error {
	s := section{in: in, w: w,
		other:   newLinkLayer(noLinkType),
		unknown: newLinkLayer(noLinkType)}
	for first := true; in.need(8); first = false {
		ok, err := s.block()
		if w.stopped {
			return nil
		}
		if err != nil && first && in.offset() == 0 {
			return err
		}
		if ok {
			continue
		}
		if startsCapture(in) && !startsPcapng(in) {
			return nil
		}
		start := in.offset()
		found := s.resync() // where blocks follow, the length of this one was a lie
		var cut *cutError
		if !found && errors.As(err, &cut) && w.interrupted(in) {
			return nil
		}
		w.report(start, 0, "%v", err)
		w.passedOver(start, in.offset())
		if !found {
			return nil
		}
	}
	if in.w > in.r || in.err != nil && in.err != io.EOF {
		w.reportEnd(in, in.offset(), 8, "pcapng block header")
		in.r = in.w
	}
	return nil
}

// block reads the next block, of which 8 bytes are at hand, and moves past it. Where it
// cannot, it leaves the input at the start of the block and says why.
func (s *section) block() (bool, error) {
	in := s.in
	b := in.unread()
	if binary.LittleEndian.Uint32(b) == blockSection {
		if !in.need(12) {
			return false, s.cut("pcapng section header", 28)
		}
		b = in.unread()
		switch byteOrderMagic {
		case binary.LittleEndian.Uint32(b[8:]):
			s.little = true
		case binary.BigEndian.Uint32(b[8:]):
			s.little = false
		default:
			return false, fmt.Errorf("pcapng section header without byte-order magic: %#x", b[8:12])
		}
	}
	kind, claimed := s.u32(b), s.u32(b[4:])
	if least := leastBlock(kind); claimed < least || claimed > maxRecord {
		return false, fmt.Errorf("pcapng block of type %#x claims a length of %d bytes", kind, claimed)
	}
	// Some writers forget the padding in the length, and some of these in the file too.
	size := int(claimed+3) &^ 3
	if size != int(claimed) && in.need(int(claimed)) && s.u32(in.unread()[claimed-4:]) == claimed {
		size = int(claimed)
	}
	if !in.need(size) {
		return false, s.cut(fmt.Sprintf("pcapng block of type %#x", kind), size)
	}
	b = in.slab.buf[in.r : in.r+size : in.r+size]
	if trailing := s.u32(b[size-4:]); trailing != claimed {
		if !s.plausible(size) {
			return false, fmt.Errorf("pcapng block of type %#x has length %d at its start and %d at its end", kind, claimed, trailing)
		}
		s.w.report(in.offset(), 0, "pcapng block of type %#x has length %d at its start and %d at its end", kind, claimed, trailing)
	}
	offset := in.offset()
	body := b[8 : size-4]
	ok := true
	switch kind {
	case blockEnhanced:
		ok = s.enhanced(body, offset)
	case blockSection:
		s.interfaces = nil
	case blockInterface:
		if len(s.interfaces) < maxInterfaces {
			s.interfaces = append(s.interfaces, s.describe(body, len(s.interfaces)))
		} else {
			s.w.report(offset, 0, "pcapng section has more than %d interfaces; the packets of this one have no link type", maxInterfaces)
		}
	case blockSimple:
		ok = s.simple(body)
	case blockPacket:
		ok = s.obsolete(body, offset)
	case blockCustom, blockCustomKeep:
		ok = s.notPacket(body[4:])
	case blockJournal:
		ok = s.journal(body)
	case blockSysdigEvent:
		ok = s.sysdig(body, 24)
	case blockSysdigEventV2, blockSysdigEventV2Large:
		ok = s.sysdig(body, 28)
	}
	if !ok {
		return false, errStopped
	}
	in.r += size
	return true, nil
}

// leastBlock is the length of the smallest block of a kind.
func leastBlock(kind uint32) uint32 {
	switch kind {
	case blockSection:
		return 28
	case blockInterface:
		return 20
	case blockPacket, blockEnhanced:
		return 32
	case blockSimple, blockCustom, blockCustomKeep:
		return 16
	}
	return 12
}

// A cutError says that a block is longer than what is left of the input.
type cutError struct{ text string }

func (e *cutError) Error() string { return e.text }

func (s *section) cut(what string, size int) error {
	in := s.in
	if in.err != nil && in.err != io.EOF {
		return &cutError{fmt.Sprintf("%s cannot be read: %v", what, in.err)}
	}
	return &cutError{fmt.Sprintf("%s is cut: %d of %d bytes", what, in.w-in.r, size)}
}

// plausible reports whether a block seems to begin at that many bytes after the next one.
func (s *section) plausible(at int) bool {
	if !s.in.need(at + 12) {
		return s.in.w-s.in.r == at // the end is as good
	}
	b := s.in.unread()[at:]
	if binary.LittleEndian.Uint32(b) == blockSection {
		return true
	}
	kind, size := s.u32(b), s.u32(b[4:])
	return knownBlock(kind) && size >= leastBlock(kind) && size%4 == 0 && size <= maxRecord
}

func knownBlock(kind uint32) bool {
	switch kind {
	case blockSection, blockInterface, blockPacket, blockSimple, blockNames, blockStatistics, blockEnhanced,
		blockJournal, blockSecrets, blockCustom, blockCustomKeep:
		return true
	}
	return false
}

// resync moves to the next block that can be trusted: one of a known type whose two
// lengths are equal, or a section header. It returns false at the end of the input.
func (s *section) resync() bool {
	in := s.in
	for in.r++; in.need(12); in.r++ {
		b := in.unread()
		if startsCapture(in) {
			return true
		}
		kind, size := s.u32(b), s.u32(b[4:])
		if !knownBlock(kind) || kind == blockSection || size < leastBlock(kind) || size%4 != 0 || size > maxRecord/8 {
			continue
		}
		if in.need(int(size)) && s.u32(in.unread()[size-4:]) == size {
			return true
		}
	}
	in.r = in.w
	return false
}

var errStopped = errors.New("stopped")
