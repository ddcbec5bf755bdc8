package table

import (
	"encoding/binary"
	"net/netip"
)

// Addr is an IP address without pointers, so that batches cost the garbage collector
// nothing. An IPv4 address stands in the low 32 bits of Lo. The version tells ::ffff:1.2.3.4
// inside IPv6 from 1.2.3.4.
type Addr struct {
	Hi, Lo  uint64
	Version uint8 // 4, 6, or 0 for none
}

// AddrFrom4 makes an IPv4 address of 4 bytes.
func AddrFrom4(b []byte) Addr { return Addr{Lo: uint64(binary.BigEndian.Uint32(b)), Version: 4} }

// AddrFrom16 makes an IPv6 address of 16 bytes.
func AddrFrom16(b []byte) Addr {
	return Addr{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), 6}
}

// Compare orders addresses by version, then by value as big-endian bytes.
func (a Addr) Compare(b Addr) int {
	for _, c := range [...][2]uint64{{uint64(a.Version), uint64(b.Version)}, {a.Hi, b.Hi}, {a.Lo, b.Lo}} {
		if c[0] < c[1] {
			return -1
		}
		if c[0] > c[1] {
			return 1
		}
	}
	return 0
}

// Netip returns the address as the standard library has it; the zero netip.Addr for none.
func (a Addr) Netip() netip.Addr {
	var b [16]byte
	switch a.Version {
	case 4:
		return netip.AddrFrom4([4]byte{byte(a.Lo >> 24), byte(a.Lo >> 16), byte(a.Lo >> 8), byte(a.Lo)})
	case 6:
		binary.BigEndian.PutUint64(b[:], a.Hi)
		binary.BigEndian.PutUint64(b[8:], a.Lo)
		return netip.AddrFrom16(b)
	}
	return netip.Addr{}
}

// AppendText appends the address as text (RFC 5952), nothing for none.
func (a Addr) AppendText(dst []byte) []byte {
	switch a.Version {
	case 0:
		return dst
	case 4:
		return AppendIPv4(dst, uint32(a.Lo))
	}
	return a.Netip().AppendTo(dst)
}

// AppendMAC appends the low 48 bits of v as six hexadecimal pairs joined by colons.
func AppendMAC(dst []byte, v uint64) []byte {
	const hex = "0123456789abcdef"
	for shift := 40; shift >= 0; shift -= 8 {
		b := byte(v >> shift)
		dst = append(dst, hex[b>>4], hex[b&15])
		if shift > 0 {
			dst = append(dst, ':')
		}
	}
	return dst
}
