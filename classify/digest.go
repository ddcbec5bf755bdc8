package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// Nearly all rows have a digest, which decoding made: what is asked of them comes out of one line of the cache, instead of
// a line of each column. It is the same (TestDigest).

// readDigest is readPacket and readSegment for a row with a digest. All fields are written, one by one: to clear the
// records first takes as long again.
func readDigest(b *table.Packets, i int, x *table.Digest, now int64, p *packetInfo, s *facts.Segment) {
	flags := x.Flags
	rst := flags&flagRST != 0
	p.frame, p.time, p.ns, p.hasNs = x.Frame, now, 0, x.Bits&table.DigestTime != 0
	if p.hasNs {
		p.ns = x.TsNs
	}
	p.ipLen, p.payload = int64(x.IpLen), int64(x.PayloadLen)
	p.ttl, p.hasTTL = x.Ttl, true
	p.flags, p.ack, p.isTCP, p.rst = flags, x.Ack, true, rst
	p.cut = x.Bits&table.DigestCut != 0 && x.PayloadLen > 0
	p.mss, p.scale, p.sack = 0, -1, false
	if flags&flagSYN != 0 {
		p.mss, p.scale, p.sack = x.Mss, x.Scale, x.Bits&table.DigestSack != 0
	}

	s.From, s.Time, s.Frame = 0, now, x.Frame
	s.Seq, s.Ack, s.Length = x.Seq, x.Ack, int64(x.PayloadLen)
	s.Flags, s.Fin, s.Syn, s.Rst, s.HasAck = int64(flags), flags&flagFIN != 0, flags&flagSYN != 0, rst, flags&flagACK != 0
	s.Window, s.Ttl, s.Tos, s.IpId, s.FlowLabel = int64(x.Window), int64(x.Ttl), int64(x.Tos), int64(x.IpId), 0
	s.HasTs, s.TsVal, s.TsEcr = x.Bits&table.DigestTimestamps != 0, x.TsVal, x.TsEcr
	s.Mss, s.Scale, s.HasOptions = int64(p.mss), int64(p.scale), x.Bits&table.DigestOptions != 0
	s.FromServerPort, s.ToServerPort = false, false
	s.ReasonKind, s.Reason, s.App = 0, 0, 0
	if rst {
		readReason(b, i, s)
	} else if x.Bits&table.DigestHead != 0 {
		readApp(b, i, s)
	}
}

// digestEnds returns the two ends of a digest's flow in the order of the key, each as address and port in one number.
// Which way a packet goes cannot be foretold, so there is no branch here.
func digestEnds(x *table.Digest) (a, b uint64, reversed bool) {
	src, dst := uint64(x.Src)<<16|uint64(x.SrcPort), uint64(x.Dst)<<16|uint64(x.DstPort)
	return min(src, dst), max(src, dst), src > dst
}

// hashDigest returns the hash of the key whose ends are a and b.
func hashDigest(a, b uint64) uint64 {
	return hashKey(0, a>>16, 0, b>>16, a&0xffff|b&0xffff<<16|protoTCP<<32|4<<40)
}

// isDigest reports whether k is the key of a digest whose ends are a and b.
func (k *key) isDigest(a, b uint64) bool {
	return k.aLo<<16|uint64(k.aPort) == a && k.bLo<<16|uint64(k.bPort) == b && k.proto == protoTCP && k.version == 4
}

// setDigest is set for a row with a digest.
func (k *key) setDigest(x *table.Digest) (reversed bool) {
	a, b, reversed := digestEnds(x)
	k.aHi, k.aLo, k.bHi, k.bLo = 0, a>>16, 0, b>>16
	k.aPort, k.bPort, k.proto, k.version, k.oneWay = uint16(a), uint16(b), protoTCP, 4, 0
	return reversed
}
