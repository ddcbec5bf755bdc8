package mix

import (
	"encoding/binary"
	"math/rand/v2"
)

const (
	ethernetBytes = 14
	ipBytes       = 20
	tcpBytes      = 20
	recordBytes   = 16
	snapLength    = 262144
	maxFrame      = 2048
)

// fileHeader returns the header of a pcap file with nanoseconds and LINKTYPE_ETHERNET.
func fileHeader() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0xa1b23c4d)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = le.AppendUint64(b, 0)
	b = le.AppendUint32(b, snapLength)
	return le.AppendUint32(b, 1)
}

var (
	synOptions = []byte{2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7} // MSS 1460, SACK permitted, timestamps, window scale 7
	timestamps = []byte{1, 1, 8, 10, 0, 0, 0, 2, 0, 0, 0, 1}
	payloads   = randomBytes(64 << 10)
)

func randomBytes(n int) []byte {
	r := rand.New(rand.NewPCG(42, 42))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// A framer writes frames into its buffer: record header, Ethernet, IPv4, TCP.
type framer struct {
	buf [recordBytes + maxFrame]byte
	id  uint16
}

// record completes the frame that tcp returned last with its record header.
func (w *framer) record(at int64, frame []byte) []byte {
	le := binary.LittleEndian
	le.PutUint32(w.buf[0:], uint32(at/1e9))
	le.PutUint32(w.buf[4:], uint32(at%1e9))
	le.PutUint32(w.buf[8:], uint32(len(frame)))
	le.PutUint32(w.buf[12:], uint32(len(frame)))
	return w.buf[:recordBytes+len(frame)]
}

func (w *framer) syn(f *flow) []byte { return w.tcp(f, fromClient, syn, synOptions, nil) }

// tcp writes a segment of the flow and moves its sequence numbers.
func (w *framer) tcp(f *flow, direction int, flags byte, options, payload []byte) []byte {
	be := binary.BigEndian
	from, to := f.client, f.server
	if direction == fromServer {
		from, to = to, from
	}
	length := ipBytes + tcpBytes + len(options) + len(payload)

	e := w.buf[recordBytes:]
	copy(e, []byte{2, 0, 0, 0, 0, 2 - byte(direction), 2, 0, 0, 0, 0, 1 + byte(direction), 8, 0})

	ip := e[ethernetBytes:]
	w.id++
	ip[0], ip[1] = 0x45, 0
	be.PutUint16(ip[2:], uint16(length))
	be.PutUint16(ip[4:], w.id)
	be.PutUint16(ip[6:], 0x4000) // don't fragment
	ip[8], ip[9] = 64, 6
	be.PutUint16(ip[10:], 0)
	be.PutUint32(ip[12:], from.ip)
	be.PutUint32(ip[16:], to.ip)
	be.PutUint16(ip[10:], checksum(0, ip[:ipBytes]))

	t := ip[ipBytes:]
	be.PutUint16(t[0:], from.port)
	be.PutUint16(t[2:], to.port)
	be.PutUint32(t[4:], f.next[direction])
	be.PutUint32(t[8:], 0)
	if flags&ack != 0 {
		be.PutUint32(t[8:], f.next[1-direction])
	}
	t[12], t[13] = byte((tcpBytes+len(options))/4<<4), flags
	be.PutUint16(t[14:], 502)
	be.PutUint32(t[16:], 0)
	copy(t[tcpBytes:], options)
	copy(t[tcpBytes+len(options):], payload)
	segment := t[:length-ipBytes]
	pseudo := from.ip>>16 + from.ip&0xffff + to.ip>>16 + to.ip&0xffff + 6 + uint32(len(segment))
	be.PutUint16(t[16:], checksum(pseudo, segment))

	f.next[direction] += uint32(len(payload))
	if flags&(syn|fin) != 0 {
		f.next[direction]++
	}
	return e[:ethernetBytes+length]
}

// checksum is the Internet checksum (RFC 1071) of b on top of a sum.
func checksum(sum uint32, b []byte) uint16 {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
