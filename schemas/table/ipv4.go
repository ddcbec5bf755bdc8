package table

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// An octet is a byte of an IPv4 address as text, with the point behind it.
type octet struct {
	text uint32 // the first character is the lowest byte
	n    uint8  // characters
	rank uint8  // among all octets, by their texts
}

var octets, octetsByRank = func() (all [256]octet, byRank [256]uint8) {
	for i := range all {
		var text [4]byte
		all[i].n = uint8(len(append(strconv.AppendInt(text[:0], int64(i), 10), '.')))
		text[all[i].n-1] = '.'
		all[i].text = binary.LittleEndian.Uint32(text[:])
		byRank[i] = uint8(i)
	}
	// Points sort before digits, so that a text sorts before those which it begins.
	slices.SortFunc(byRank[:], func(a, b uint8) int {
		return slices.Compare([]byte(strconv.Itoa(int(a))), []byte(strconv.Itoa(int(b))))
	})
	for rank, i := range byRank {
		all[i].rank = uint8(rank)
	}
	return all, byRank
}()

// IPv4Bytes is the room that PutIPv4 needs: that of the longest address with a point behind it.
const IPv4Bytes = 16

// PutIPv4 writes the text of an IPv4 address to dst, which has room for a byte more than the longest, and returns its
// length. What stands behind it is overwritten.
func PutIPv4(dst *[IPv4Bytes]byte, ip uint32) int {
	a, b, c, d := &octets[ip>>24], &octets[ip>>16&255], &octets[ip>>8&255], &octets[ip&255]
	half := a.n + b.n
	binary.LittleEndian.PutUint64(dst[:], uint64(a.text)|uint64(b.text)<<(8*a.n&63))
	binary.LittleEndian.PutUint64(dst[half:], uint64(c.text)|uint64(d.text)<<(8*c.n&63))
	return int(half + c.n + d.n - 1)
}

// AppendIPv4 appends the text of an IPv4 address.
func AppendIPv4(dst []byte, ip uint32) []byte {
	var text [IPv4Bytes]byte
	return append(dst, text[:PutIPv4(&text, ip)]...)
}

// IPv4Order returns numbers that have the order of the addresses' texts.
func IPv4Order(ip uint32) uint32 {
	return uint32(octets[ip>>24].rank)<<24 | uint32(octets[ip>>16&255].rank)<<16 |
		uint32(octets[ip>>8&255].rank)<<8 | uint32(octets[ip&255].rank)
}

// IPv4InOrder returns the address of a number that IPv4Order returned.
func IPv4InOrder(order uint32) uint32 {
	return uint32(octetsByRank[order>>24])<<24 | uint32(octetsByRank[order>>16&255])<<16 |
		uint32(octetsByRank[order>>8&255])<<8 | uint32(octetsByRank[order&255])
}
