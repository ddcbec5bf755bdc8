package classify

// Bits of Wireshark's tcp.completeness (packet-tcp.c, version 4.0).
const (
	completeSYN    = 1
	completeSYNACK = 2
	completeACK    = 4
	completeDATA   = 8
	completeFIN    = 16
	completeRST    = 32
)

// complete returns tcp.completeness of a stream after a packet, bits being that before it, as
// the first pass of tshark 4.0 has it after that packet. What tshark prints for a packet lags
// by one in one pass; with -2 the first packet prints the value after the whole first pass, and
// later ones add what the first packet had left out. The first packet of a stream counts only
// where it is a SYN, and so does its payload. A FIN counts only with ACK.
func complete(bits uint8, begins bool, flags uint16, payload int64) uint8 {
	if begins {
		if flags&(flagSYN|flagACK) != flagSYN {
			return 0
		}
		bits = completeSYN
		if payload > 0 {
			bits |= completeDATA
		}
		return bits
	}
	switch flags & (flagSYN | flagACK) {
	case flagSYN | flagACK:
		bits |= completeSYNACK
	case flagACK:
		if payload > 0 {
			bits |= completeDATA
		} else {
			bits |= completeACK
		}
	}
	if flags&(flagFIN|flagACK) == flagFIN|flagACK {
		bits |= completeFIN
	}
	if flags&flagRST != 0 {
		bits |= completeRST
	}
	return bits
}

// completeQuoted does so for a TCP header that an ICMP error quotes, which tshark counts too.
// Whether the quoted packet had payload stands in bits already, if it was captured itself.
func completeQuoted(bits uint8, begins bool, flags uint16) uint8 {
	if begins || flags&(flagSYN|flagACK) != flagACK {
		return complete(bits, begins, flags, 0)
	}
	return complete(bits, false, flags, 0)&^completeACK | bits
}
