package wire

import (
	"encoding/binary"
	"net/netip"
)

// TCP flag bits as on the wire.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Segment is a TCP segment in its IP packet, parsed from a frame or to be
// forged. The zero ID with DF set is what Linux sends without a socket.
type Segment struct {
	Src, Dst     netip.Addr
	SPort, DPort uint16
	Seq, Ack     uint32
	Flags        uint8
	Win          uint16
	Options      []byte // padded to a multiple of four by Bytes
	Payload      []byte
	TTL, TOS     uint8
	ID           uint16
	Flow         uint32 // IPv6 flow label
}

// End is the sequence number after the segment: its bytes, SYN and FIN count.
func (s *Segment) End() uint32 {
	e := s.Seq + uint32(len(s.Payload))
	if s.Flags&SYN != 0 {
		e++
	}
	if s.Flags&FIN != 0 {
		e++
	}
	return e
}

// Has reports whether all these flags are set.
func (s *Segment) Has(flags uint8) bool { return s.Flags&flags == flags }

// Reply is the segment's opposite direction with numbers that fit, flags and
// payload empty.
func (s *Segment) Reply() Segment {
	return Segment{Src: s.Dst, Dst: s.Src, SPort: s.DPort, DPort: s.SPort, Seq: s.Ack, Ack: s.End(), TTL: 64}
}

// Parse reads an Ethernet frame with a TCP segment; false if it is none.
func Parse(b []byte) (s Segment, ok bool) {
	if len(b) < 54 {
		return s, false
	}
	be := binary.BigEndian
	var tcp []byte
	switch be.Uint16(b[12:]) {
	case 0x0800:
		ip := b[14:]
		hl, total := int(ip[0]&15)*4, int(be.Uint16(ip[2:]))
		if ip[9] != 6 || total > len(ip) || hl+20 > total {
			return s, false
		}
		s.Src, s.Dst = netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20]))
		s.TTL, s.TOS, s.ID = ip[8], ip[1], be.Uint16(ip[4:])
		tcp = ip[hl:total]
	case 0x86dd:
		ip := b[14:]
		total := 40 + int(be.Uint16(ip[4:]))
		if ip[6] != 6 || total > len(ip) || total < 60 {
			return s, false
		}
		s.Src, s.Dst = netip.AddrFrom16([16]byte(ip[8:24])), netip.AddrFrom16([16]byte(ip[24:40]))
		w := be.Uint32(ip)
		s.TTL, s.TOS, s.Flow = ip[7], uint8(w>>20), w&0xfffff
		tcp = ip[40:total]
	default:
		return s, false
	}
	off := int(tcp[12]>>4) * 4
	if off < 20 || off > len(tcp) {
		return s, false
	}
	s.SPort, s.DPort = be.Uint16(tcp), be.Uint16(tcp[2:])
	s.Seq, s.Ack = be.Uint32(tcp[4:]), be.Uint32(tcp[8:])
	s.Flags, s.Win = tcp[13], be.Uint16(tcp[14:])
	s.Options, s.Payload = tcp[20:off], tcp[off:]
	return s, true
}

// Bytes is the IP packet with right checksums.
func (s *Segment) Bytes() []byte {
	opt := append([]byte(nil), s.Options...)
	for len(opt)%4 != 0 {
		opt = append(opt, 0)
	}
	be := binary.BigEndian
	tcp := make([]byte, 20, 20+len(opt)+len(s.Payload))
	be.PutUint16(tcp, s.SPort)
	be.PutUint16(tcp[2:], s.DPort)
	be.PutUint32(tcp[4:], s.Seq)
	be.PutUint32(tcp[8:], s.Ack)
	tcp[12], tcp[13] = byte(20+len(opt))/4<<4, s.Flags
	be.PutUint16(tcp[14:], s.Win)
	tcp = append(append(tcp, opt...), s.Payload...)
	be.PutUint16(tcp[16:], transportSum(s.Src, s.Dst, 6, tcp))
	return append(ipHeader(s.Src, s.Dst, 6, s.TTL, s.TOS, s.ID, s.Flow, len(tcp)), tcp...)
}

// ICMPError is the IP packet of an error about the quoted IP packet; kind and
// code are those of the IP version.
func ICMPError(from, to netip.Addr, kind, code byte, quoted []byte) []byte {
	if len(quoted) > 548 {
		quoted = quoted[:548]
	}
	body := append([]byte{kind, code, 0, 0, 0, 0, 0, 0}, quoted...)
	if from.Is4() {
		binary.BigEndian.PutUint16(body[2:], fold(sum(0, body)))
		return append(ipHeader(from, to, 1, 64, 0xc0, 0, 0, len(body)), body...)
	}
	binary.BigEndian.PutUint16(body[2:], transportSum(from, to, 58, body))
	return append(ipHeader(from, to, 58, 64, 0, 0, 0, len(body)), body...)
}

func ipHeader(src, dst netip.Addr, proto, ttl, tos byte, id uint16, flow uint32, n int) []byte {
	be := binary.BigEndian
	if src.Is4() {
		ip := make([]byte, 20)
		ip[0], ip[1], ip[6], ip[8], ip[9] = 0x45, tos, 0x40, ttl, proto
		be.PutUint16(ip[2:], uint16(20+n))
		be.PutUint16(ip[4:], id)
		copy(ip[12:], src.AsSlice())
		copy(ip[16:], dst.AsSlice())
		be.PutUint16(ip[10:], fold(sum(0, ip)))
		return ip
	}
	ip := make([]byte, 40)
	be.PutUint32(ip, 6<<28|uint32(tos)<<20|flow&0xfffff)
	be.PutUint16(ip[4:], uint16(n))
	ip[6], ip[7] = proto, ttl
	copy(ip[8:], src.AsSlice())
	copy(ip[24:], dst.AsSlice())
	return ip
}

func transportSum(src, dst netip.Addr, proto byte, body []byte) uint16 {
	t := sum(sum(0, src.AsSlice()), dst.AsSlice())
	t += uint32(proto) + uint32(len(body))
	return fold(sum(t, body))
}

func sum(t uint32, b []byte) uint32 {
	for i := 0; i+1 < len(b); i += 2 {
		t += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		t += uint32(b[len(b)-1]) << 8
	}
	return t
}

func fold(t uint32) uint16 {
	for t > 0xffff {
		t = t>>16 + t&0xffff
	}
	return ^uint16(t)
}

// IPv4Header is a header for n bytes of another protocol.
func IPv4Header(src, dst netip.Addr, proto byte, n int) []byte {
	return ipHeader(src, dst, proto, 64, 0, 0, 0, n)
}
