package capturetest

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Flags of TCP.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE
)

// The addresses of all Ethernet frames.
const (
	SrcMAC = "02:00:00:00:00:01"
	DstMAC = "02:00:00:00:00:02"
)

// Cat joins byte slices.
func Cat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// U16 and U32 are numbers in network byte order.
func U16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }

// U32 is U16 for 32 bits.
func U32(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }

// Ethernet puts an Ethernet header before payload.
func Ethernet(etherType int, payload []byte) []byte {
	return Cat([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, U16(etherType), payload)
}

// VLAN returns what follows the EtherType of a tag: identifier, EtherType, payload.
func VLAN(id, etherType int, payload []byte) []byte {
	return Cat(U16(id), U16(etherType), payload)
}

// IP is an IPv4 or IPv6 packet, as its addresses say.
type IP struct {
	Src, Dst   string
	Proto      int
	TTL        int // 0 is 64
	ID         int // IPv4
	TOS        int // or traffic class
	Flow       int // IPv6
	FragOffset int // bytes; IPv4
	DF, MF     bool
	Options    []byte // IPv4; a multiple of 4 bytes
	Payload    []byte
}

// Bytes returns the packet.
func (p IP) Bytes() []byte {
	src, dst := netip.MustParseAddr(p.Src), netip.MustParseAddr(p.Dst)
	if p.TTL == 0 {
		p.TTL = 64
	}
	if src.Is6() {
		return Cat(U32(6<<28|p.TOS<<20|p.Flow), U16(len(p.Payload)), []byte{byte(p.Proto), byte(p.TTL)},
			src.AsSlice(), dst.AsSlice(), p.Payload)
	}
	frag := p.FragOffset / 8
	if p.DF {
		frag |= 0x4000
	}
	if p.MF {
		frag |= 0x2000
	}
	hlen := 20 + len(p.Options)
	h := Cat([]byte{byte(4<<4 | hlen/4), byte(p.TOS)}, U16(hlen+len(p.Payload)), U16(p.ID), U16(frag),
		[]byte{byte(p.TTL), byte(p.Proto), 0, 0}, src.AsSlice(), dst.AsSlice(), p.Options)
	binary.BigEndian.PutUint16(h[10:], Checksum(h))
	return append(h, p.Payload...)
}

// Frame returns the packet in an Ethernet frame.
func (p IP) Frame() []byte {
	if netip.MustParseAddr(p.Src).Is6() {
		return Ethernet(0x86dd, p.Bytes())
	}
	return Ethernet(0x0800, p.Bytes())
}

// Checksum is the Internet checksum (RFC 1071).
func Checksum(b []byte) uint16 { return finish(sum(b)) }

func sum(b []byte) uint32 {
	var s uint32
	for i := 0; i+1 < len(b); i += 2 {
		s += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		s += uint32(b[len(b)-1]) << 8
	}
	return s
}

func finish(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}

// transportChecksum covers the pseudo-header too.
func transportChecksum(src, dst netip.Addr, proto int, segment []byte) uint16 {
	return finish(sum(src.AsSlice()) + sum(dst.AsSlice()) + uint32(proto) + uint32(len(segment)) + sum(segment))
}

// TCP is a TCP segment between two addresses with ports, such as "10.0.0.1:80" or "[::1]:80".
type TCP struct {
	Src, Dst string
	Seq, Ack uint32
	Flags    int
	Window   int    // 0 is 0
	Options  []byte // padded with zeroes to a multiple of 4 bytes
	Payload  []byte
	IP       IP // TTL, ID and others of the header around it
}

// Segment returns the TCP header and the payload.
func (t TCP) Segment() []byte {
	src, dst := netip.MustParseAddrPort(t.Src), netip.MustParseAddrPort(t.Dst)
	options := Cat(t.Options, make([]byte, (4-len(t.Options)%4)%4))
	b := Cat(U16(int(src.Port())), U16(int(dst.Port())), U32(int(t.Seq)), U32(int(t.Ack)),
		U16((20+len(options))/4<<12|t.Flags), U16(t.Window), []byte{0, 0, 0, 0}, options, t.Payload)
	binary.BigEndian.PutUint16(b[16:], transportChecksum(src.Addr(), dst.Addr(), 6, b))
	return b
}

// Packet returns the segment in an IP packet.
func (t TCP) Packet() []byte { return around(t.IP, t.Src, t.Dst, 6, t.Segment()).Bytes() }

// Frame returns the segment in an IP packet in an Ethernet frame.
func (t TCP) Frame() []byte { return around(t.IP, t.Src, t.Dst, 6, t.Segment()).Frame() }

// UDP is a UDP datagram between two addresses with ports.
type UDP struct {
	Src, Dst string
	Payload  []byte
	IP       IP
}

// Datagram returns the UDP header and the payload.
func (u UDP) Datagram() []byte {
	src, dst := netip.MustParseAddrPort(u.Src), netip.MustParseAddrPort(u.Dst)
	b := Cat(U16(int(src.Port())), U16(int(dst.Port())), U16(8+len(u.Payload)), []byte{0, 0}, u.Payload)
	binary.BigEndian.PutUint16(b[6:], transportChecksum(src.Addr(), dst.Addr(), 17, b))
	return b
}

// Packet returns the datagram in an IP packet.
func (u UDP) Packet() []byte { return around(u.IP, u.Src, u.Dst, 17, u.Datagram()).Bytes() }

// Frame returns the datagram in an IP packet in an Ethernet frame.
func (u UDP) Frame() []byte { return around(u.IP, u.Src, u.Dst, 17, u.Datagram()).Frame() }

func around(ip IP, src, dst string, proto int, payload []byte) IP {
	ip.Src = netip.MustParseAddrPort(src).Addr().String()
	ip.Dst = netip.MustParseAddrPort(dst).Addr().String()
	ip.Proto, ip.Payload = proto, payload
	return ip
}

// ICMPError returns the frame of an ICMP or ICMPv6 error that quotes a packet.
func ICMPError(src, dst string, kind, code int, quoted []byte) []byte {
	b := Cat([]byte{byte(kind), byte(code), 0, 0, 0, 0, 0, 0}, quoted)
	from, to := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	proto := 1
	check := Checksum(b)
	if from.Is6() {
		proto = 58
		check = transportChecksum(from, to, proto, b)
	}
	binary.BigEndian.PutUint16(b[2:], check)
	return IP{Src: src, Dst: dst, Proto: proto, Payload: b}.Frame()
}

// Option is one TCP option with its length.
func Option(kind int, value ...byte) []byte {
	if len(value) > 38 {
		panic(fmt.Sprintf("capturetest: option of %d bytes", len(value)))
	}
	return append([]byte{byte(kind), byte(2 + len(value))}, value...)
}

// MSS is the option maximum segment size.
func MSS(n int) []byte { return Option(2, U16(n)...) }

// Scale is the option window scale with the NOP that comes before it.
func Scale(shift int) []byte { return append([]byte{1}, Option(3, byte(shift))...) }

// SACKPermitted is that option.
func SACKPermitted() []byte { return Option(4) }

// Timestamps is that option after two NOPs.
func Timestamps(val, ecr int) []byte {
	return append([]byte{1, 1}, Option(8, Cat(U32(val), U32(ecr))...)...)
}
