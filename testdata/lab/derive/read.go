package derive

import (
	"encoding/binary"
	"io"
	"net/netip"
	"time"

	"github.com/pcap-teardown/teardown/testdata/lab/capfile"
)

// Packet is one TCP segment, or an ICMP error that quotes one.
type Packet struct {
	Frame    int
	Time     time.Time
	Src, Dst netip.AddrPort
	Seq, Ack uint32
	Flags    uint8
	Win      uint16
	Len      int // payload bytes according to the IP header
	TTL, TOS uint8
	ID       uint16
	Flow     uint32
	Sum      uint16 // TCP checksum
	OptLen   int
	ICMP     bool // then Src and Dst are those of the quoted segment
	From     netip.Addr
	Dup      bool // a second capture of the same packet
}

// TCP flag bits.
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
)

func (p *Packet) has(f uint8) bool { return p.Flags&f == f }

// End is the sequence number after the segment.
func (p *Packet) End() uint32 {
	e := p.Seq + uint32(p.Len)
	if p.has(syn) {
		e++
	}
	if p.has(fin) {
		e++
	}
	return e
}

// Read returns the TCP packets of a capture file, the number of its frames and
// the time of its last frame.
func Read(name string) (pkts []*Packet, frames int, end time.Time, err error) {
	r, err := capfile.Open(name)
	if err != nil {
		return nil, 0, end, err
	}
	defer r.Close()
	for {
		rec, link, err := r.Next()
		if err == io.EOF {
			return pkts, frames, end, nil
		}
		if err != nil {
			return pkts, frames, end, err
		}
		frames++
		if rec.Time.After(end) {
			end = rec.Time
		}
		p := &Packet{Frame: frames, Time: rec.Time}
		if decodeLink(p, link, rec.Data) {
			pkts = append(pkts, p)
		}
	}
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }

func decodeLink(p *Packet, link int, b []byte) bool {
	switch link {
	case 1: // Ethernet
		if len(b) < 14 {
			return false
		}
		return decodeEther(p, be16(b[12:]), b[14:])
	case 0: // BSD loopback: host byte order
		if len(b) < 4 {
			return false
		}
		return decodeIP(p, b[4:])
	case 12, 14, 101, 228, 229: // raw IP
		return decodeIP(p, b)
	case 113: // Linux cooked
		if len(b) < 16 {
			return false
		}
		return decodeEther(p, be16(b[14:]), b[16:])
	case 276: // Linux cooked, version 2
		if len(b) < 20 {
			return false
		}
		return decodeEther(p, be16(b), b[20:])
	}
	return false
}

func decodeEther(p *Packet, kind uint16, b []byte) bool {
	for kind == 0x8100 || kind == 0x88a8 {
		if len(b) < 4 {
			return false
		}
		kind, b = be16(b[2:]), b[4:]
	}
	if kind != 0x0800 && kind != 0x86dd {
		return false
	}
	return decodeIP(p, b)
}

func decodeIP(p *Packet, b []byte) bool {
	if len(b) < 20 {
		return false
	}
	var src, dst netip.Addr
	var proto byte
	var total, hl int
	if b[0]>>4 == 4 {
		hl, total, proto = int(b[0]&15)*4, int(be16(b[2:])), b[9]
		src, dst = netip.AddrFrom4([4]byte(b[12:16])), netip.AddrFrom4([4]byte(b[16:20]))
		p.TTL, p.TOS, p.ID, p.Flow = b[8], b[1], be16(b[4:]), 0
		if be16(b[6:])&0x1fff != 0 {
			return false // a later fragment has no TCP header
		}
	} else {
		if len(b) < 40 {
			return false
		}
		hl, total, proto = 40, 40+int(be16(b[4:])), b[6]
		src, dst = netip.AddrFrom16([16]byte(b[8:24])), netip.AddrFrom16([16]byte(b[24:40]))
		p.TTL, p.TOS, p.ID, p.Flow = b[7], uint8(be32(b)>>20), 0, be32(b)&0xfffff
	}
	if len(b) < hl {
		return false
	}
	up := b[hl:]
	switch proto {
	case 6:
		return decodeTCP(p, src, dst, up, total-hl)
	case 4, 41: // IP in IP
		return decodeIP(p, up)
	case 47:
		return len(up) >= 4 && decodeEther(p, be16(up[2:]), up[4+greOptions(up):])
	case 17:
		if len(up) < 16 {
			return false
		}
		switch be16(up[2:]) {
		case 4789: // VXLAN
			return len(up) >= 30 && decodeEther(p, be16(up[28:]), up[30:])
		case 2152: // GTP-U without optional fields
			return decodeIP(p, up[16:])
		}
		return false
	case 1, 58:
		errorKind := len(up) >= 8 && (proto == 1 && (up[0] == 3 || up[0] == 11 || up[0] == 12) || proto == 58 && up[0] < 128)
		if !errorKind || !decodeIP(p, up[8:]) {
			return false
		}
		p.ICMP, p.From = true, src
		return true
	}
	return false
}

func greOptions(b []byte) int {
	n := 0
	for _, bit := range []byte{0x80, 0x20, 0x10} {
		if b[0]&bit != 0 {
			n += 4
		}
	}
	return n
}

func decodeTCP(p *Packet, src, dst netip.Addr, b []byte, n int) bool {
	if len(b) < 8 {
		return false
	}
	p.Src, p.Dst = netip.AddrPortFrom(src, be16(b)), netip.AddrPortFrom(dst, be16(b[2:]))
	p.Seq = be32(b[4:])
	if len(b) < 20 {
		return true // quoted in an ICMP error, or cut
	}
	off := int(b[12]>>4) * 4
	p.Ack, p.Flags, p.Win, p.Sum = be32(b[8:]), b[13], be16(b[14:]), be16(b[16:])
	p.Len, p.OptLen = max(n-off, 0), off-20
	return true
}
