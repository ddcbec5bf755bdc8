package classify

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// appendCommunityID appends the Community ID version 1 of a flow key
// (https://github.com/corelight/community-id-spec): SHA-1 over seed, the lower end, the upper
// end, protocol, a zero and the ports, in base64. The ends are in the order of (address, port)
// as bytes, except of ICMP messages without a counterpart, which keep theirs. Protocols without
// ports have no port fields.
func appendCommunityID(dst []byte, k *key, seed uint16) []byte {
	var msg [40]byte
	m := binary.BigEndian.AppendUint16(msg[:0], seed)
	a, b := k.ends()
	aPort, bPort := k.aPort, k.bPort
	if k.oneWay == 0 && (a.Hi > b.Hi || a.Hi == b.Hi && (a.Lo > b.Lo || a.Lo == b.Lo && aPort > bPort)) {
		a, b, aPort, bPort = b, a, bPort, aPort
	}
	m = appendAddress(m, a)
	m = appendAddress(m, b)
	m = append(m, k.proto, 0)
	switch k.proto {
	case protoTCP, protoUDP, protoSCTP, protoICMP, protoICMPv6:
		m = binary.BigEndian.AppendUint16(m, aPort)
		m = binary.BigEndian.AppendUint16(m, bPort)
	}
	sum := sha1.Sum(m)
	dst = append(dst, '1', ':')
	return base64.StdEncoding.AppendEncode(dst, sum[:])
}

// appendAddress appends 4 or 16 bytes.
func appendAddress(m []byte, a table.Addr) []byte {
	if a.Version == 4 {
		return binary.BigEndian.AppendUint32(m, uint32(a.Lo))
	}
	m = binary.BigEndian.AppendUint64(m, a.Hi)
	return binary.BigEndian.AppendUint64(m, a.Lo)
}
