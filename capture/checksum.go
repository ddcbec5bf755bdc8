package capture

import (
	"encoding/binary"

	"github.com/pcap-teardown/teardown/schemas"
)

// looked are the flags of segments whose checksum is verified: those that open and end
// connections, among which forged ones are found. Others are too many and too long.
const looked = flagSYN | flagFIN | flagRST

// tcpChecksum verifies the checksum of a TCP segment (RFC 9293 3.1). b is what was
// captured of it, wire its length. Captures on the sending host hold segments whose
// checksum the network card had yet to write: zero, or the sum of the pseudo-header.
func (d *decoder) tcpChecksum(b []byte, wire int) schemas.ChecksumStatus {
	if len(b) < wire {
		return schemas.ChecksumStatusUnverified
	}
	pseudo := fold(addressSum(d.src.Hi) + addressSum(d.src.Lo) + addressSum(d.dst.Hi) + addressSum(d.dst.Lo) +
		protoTCP + uint64(wire))
	written := binary.BigEndian.Uint16(b[16:])
	switch {
	case fold(uint64(pseudo)+sum(b[:wire])) == 0xffff:
		return schemas.ChecksumStatusGood
	case written == 0 || written == pseudo || d.rerouted:
		return schemas.ChecksumStatusUnverified
	}
	return schemas.ChecksumStatusBad
}

// addressSum adds the 16-bit words of half an address.
func addressSum(v uint64) uint64 { return v>>48 + v>>32&0xffff + v>>16&0xffff + v&0xffff }

// sum adds the 16-bit words of b in network byte order, without folding. It adds words of 32 bits, which are the same
// when folded.
func sum(b []byte) uint64 {
	var s uint64
	for ; len(b) >= 8; b = b[8:] {
		v := binary.BigEndian.Uint64(b)
		s += v>>32 + v&0xffffffff
	}
	if len(b) >= 4 {
		s += uint64(binary.BigEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		s += uint64(binary.BigEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

// fold brings a sum into 16 bits by end-around carry (RFC 1071).
func fold(s uint64) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
