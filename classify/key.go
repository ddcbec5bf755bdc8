package classify

import (
	"math/bits"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// IP protocol numbers that have ports or types of their own (IANA).
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoDCCP   = 33
	protoICMPv6 = 58
	protoSCTP   = 132
	protoUDPL   = 136
)

// A key names a flow: both ends in a fixed order, so that both directions have the same key.
// 40 bytes: addresses as two words each, since net/netip's would add pointers.
type key struct {
	aHi, aLo, bHi, bLo uint64
	aPort, bPort       uint16
	proto, version     uint8
	oneWay             uint8 // 1: ICMP without a counterpart; the ends are not exchanged
	_                  uint8
}

// copyFrom makes k the same key as o, field by field.
func (k *key) copyFrom(o *key) {
	k.aHi, k.aLo, k.bHi, k.bLo = o.aHi, o.aLo, o.bHi, o.bLo
	k.aPort, k.bPort, k.proto, k.version, k.oneWay = o.aPort, o.bPort, o.proto, o.version, o.oneWay
}

// equal reports whether the keys are the same. It is faster than ==, which calls a comparison of bytes.
func (k *key) equal(o *key) bool {
	return k.aLo == o.aLo && k.bLo == o.bLo && k.aPort == o.aPort && k.bPort == o.bPort && k.aHi == o.aHi && k.bHi == o.bHi &&
		k.proto == o.proto && k.version == o.version && k.oneWay == o.oneWay
}

// set makes k the key of a packet, with the ends in order; reversed tells that the sender is the second. Fields are
// written one by one, as for zeekSegment.
func (k *key) set(src, dst *table.Addr, srcPort, dstPort uint16, proto uint8, oneWay bool) (reversed bool) {
	reversed = src.Hi > dst.Hi || src.Hi == dst.Hi && (src.Lo > dst.Lo || src.Lo == dst.Lo && srcPort > dstPort)
	if oneWay {
		reversed = false
	}
	if reversed {
		src, dst, srcPort, dstPort = dst, src, dstPort, srcPort
	}
	k.aHi, k.aLo, k.bHi, k.bLo = src.Hi, src.Lo, dst.Hi, dst.Lo
	k.aPort, k.bPort, k.proto, k.version, k.oneWay = srcPort, dstPort, proto, src.Version, 0
	if oneWay {
		k.oneWay = 1
	}
	return reversed
}

// hash mixes the key: the folded multiplication of wyhash. It is the same in every run.
func (k *key) hash() uint64 {
	rest := uint64(k.aPort) | uint64(k.bPort)<<16 | uint64(k.proto)<<32 | uint64(k.version)<<40 | uint64(k.oneWay)<<48
	return hashKey(k.aHi, k.aLo, k.bHi, k.bLo, rest)
}

func hashKey(aHi, aLo, bHi, bLo, rest uint64) uint64 {
	const p0, p1, p2 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3
	h := mix(aHi^p0, aLo^p1) ^ mix(bHi^p1, bLo^p2)
	return mix(h^p0, rest^p2)
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// ends returns the two ends in the order of the key.
func (k *key) ends() (a, b table.Addr) {
	return table.Addr{Hi: k.aHi, Lo: k.aLo, Version: k.version}, table.Addr{Hi: k.bHi, Lo: k.bLo, Version: k.version}
}

// roles returns the ends as originator and responder; swapped tells that the originator is the second.
func (k *key) roles(swapped bool) (orig, resp table.Addr, origPort, respPort uint16) {
	orig, resp = k.ends()
	if swapped {
		return resp, orig, k.bPort, k.aPort
	}
	return orig, resp, k.aPort, k.bPort
}

// icmpPorts returns what stands for the ports of an ICMP packet, as in Zeek: the type and the
// counterpart type, or the code where a type has no counterpart.
func icmpPorts(proto uint8, typ, code int32) (src, dst uint16, oneWay bool) {
	var pair int32
	if proto == protoICMP {
		switch typ {
		case 0:
			pair = 8 // echo reply and echo
		case 8:
			pair = 0
		case 9:
			pair = 10 // router advertisement and solicitation
		case 10:
			pair = 9
		case 13, 15, 17:
			pair = typ + 1 // timestamp, information, address mask: request and reply
		case 14, 16, 18:
			pair = typ - 1
		default:
			return uint16(typ), uint16(code), true
		}
		return uint16(typ), uint16(pair), false
	}
	switch typ {
	case 128, 133, 135, 139, 144:
		pair = typ + 1 // echo, router, neighbour, node information, home agent: request and reply
	case 129, 134, 136, 140, 145:
		pair = typ - 1
	case 130, 131:
		pair = 261 - typ // multicast listener query and report
	default:
		return uint16(typ), uint16(code), true
	}
	return uint16(typ), uint16(pair), false
}
