package zeek

import "github.com/pcap-teardown/teardown/schemas"

// FlippedTCP reports whether Zeek takes the sender of the first packet for the responder: a
// packet that is no SYN comes from a likely server port. Between two such ports the lower one
// is the server's, save for SYN-ACKs, which may belong to a scan.
func FlippedTCP(flags uint8, src, dst uint16) bool {
	if flags&(SYN|ACK) == SYN || !schemas.LikelyTcpServerPort(int32(src)) {
		return false
	}
	if schemas.LikelyTcpServerPort(int32(dst)) {
		return flags&SYN == 0 && src < dst
	}
	return true
}

// FlippedUDP does so for UDP.
func FlippedUDP(src, dst uint16) bool {
	return schemas.LikelyUdpServerPort(int32(src)) && !schemas.LikelyUdpServerPort(int32(dst))
}
