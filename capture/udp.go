package capture

import "encoding/binary"

// udp decodes a UDP datagram (RFC 768). wire is its length by the IP header.
func (d *decoder) udp(b []byte, wire int, first bool) {
	d.ports(b)
	if len(b) < 8 {
		d.fail(problemUDPCut)
		if len(b) < 6 {
			return
		}
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	switch {
	case length == 0 && d.version == 6:
		length = wire // a jumbogram (RFC 2675)
	case length < 8:
		d.fail(problemUDPLen)
		return
	}
	if first {
		return
	}
	d.payloadLen = int64(length - 8)
	d.set |= hasPayloadLen
	if length > wire {
		d.fail(problemUDPLen)
	} else {
		b = b[:min(len(b), length)]
	}
	if len(b) > 8 {
		d.payload = b[8:min(len(b), 8+payloadHead)]
	}
	if len(b) >= 8 && min(length, wire) > 8 {
		d.udpTunnel(b[8:], min(length, wire)-8)
	}
}
