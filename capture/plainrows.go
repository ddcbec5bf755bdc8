package capture

import "github.com/pcap-teardown/teardown/schemas/table"

// someRows is how many rows are decoded before their columns are filled: their digests stay in the first cache.
const someRows = 256

// ones are what the columns of validity get.
var ones = func() (v [someRows]uint8) {
	for i := range v {
		v[i] = 1
	}
	return v
}()

// plainRows writes the columns of the plain rows of one interface that end before row hi: what is the same in all of them,
// and what stands in their digests. There are at most someRows of them.
func (d *decoder) plainRows(hi int) {
	lo := d.run
	if d.run = hi; lo == hi || d.digestsOnly {
		return
	}
	b := d.out
	fill(b.Interface.Codes[lo:hi], d.interfaceCode(d.runLink))
	fill(b.LinkType.Values[lo:hi], linkEthernet)
	fill(b.IpVersion.Values[lo:hi], 4)
	fill(b.IpProto.Values[lo:hi], protoTCP)
	fill(b.IpFragOffset.Values[lo:hi], 0)
	clear(b.IpMf.Values[lo:hi])
	for _, valid := range [...][]uint8{b.LinkType.Valid, b.IpVersion.Valid, b.IpProto.Valid, b.IpFragOffset.Valid, b.IpMf.Valid,
		b.IpDscp.Valid, b.IpEcn.Valid, b.IpLen.Valid, b.IpId.Valid, b.IpTtl.Valid, b.SrcPort.Valid, b.DstPort.Valid,
		b.TcpSeq.Valid, b.TcpAck.Valid, b.TcpHeaderLen.Valid, b.TcpFlags.Valid, b.TcpWindow.Valid, b.PayloadLen.Valid} {
		copy(valid[lo:hi], ones[:])
	}
	ipColumns(b, lo, b.Digests[lo:hi])
	tcpColumns(b, lo, b.Digests[lo:hi])
	if d.noPackets {
		return
	}
	for _, valid := range [...][]uint8{b.EthSrc.Valid, b.EthDst.Valid, b.IpDf.Valid} {
		copy(valid[lo:hi], ones[:])
	}
	df, text := b.IpDf.Values[lo:hi], b.TcpFlagsText.Codes[lo:hi]
	for i := range b.Digests[lo:hi] {
		x := &b.Digests[lo+i]
		df[i], text[i] = x.Bits/table.DigestDF, x.Flags+1
	}
}

// ipColumns fills the columns of time and IP header from row lo on. Where slices are cut to the length of the digests, the
// compiler sees that no index is out of range.
func ipColumns(b *table.Packets, lo int, digests []table.Digest) {
	n := len(digests)
	src, dst := b.SrcIp.Values[lo:][:n], b.DstIp.Values[lo:][:n]
	time, hasTime := b.TsNs.Values[lo:][:n], b.TsNs.Valid[lo:][:n]
	for i := range digests {
		x := &digests[i]
		time[i], hasTime[i] = x.TsNs, x.Bits/table.DigestTime&1
		src[i], dst[i] = table.Addr{Lo: uint64(x.Src), Version: 4}, table.Addr{Lo: uint64(x.Dst), Version: 4}
	}
	length, id := b.IpLen.Values[lo:][:n], b.IpId.Values[lo:][:n]
	dscp, ecn, ttl := b.IpDscp.Values[lo:][:n], b.IpEcn.Values[lo:][:n], b.IpTtl.Values[lo:][:n]
	for i := range digests {
		x := &digests[i]
		dscp[i], ecn[i], ttl[i] = int32(x.Tos>>2), int32(x.Tos&3), int32(x.Ttl)
		length[i], id[i] = int64(x.IpLen), int64(x.IpId)
	}
}

// tcpColumns fills those of the TCP header.
func tcpColumns(b *table.Packets, lo int, digests []table.Digest) {
	n := len(digests)
	seq, ack, payload := b.TcpSeq.Values[lo:][:n], b.TcpAck.Values[lo:][:n], b.PayloadLen.Values[lo:][:n]
	srcPort, dstPort := b.SrcPort.Values[lo:][:n], b.DstPort.Values[lo:][:n]
	for i := range digests {
		x := &digests[i]
		srcPort[i], dstPort[i] = int32(x.SrcPort), int32(x.DstPort)
		seq[i], ack[i], payload[i] = int64(x.Seq), int64(x.Ack), int64(x.PayloadLen)
	}
	header, flags, window := b.TcpHeaderLen.Values[lo:][:n], b.TcpFlags.Values[lo:][:n], b.TcpWindow.Values[lo:][:n]
	for i := range digests {
		x := &digests[i]
		header[i], flags[i], window[i] = int32(x.HeaderLen), int32(x.Flags), int32(x.Window)
	}
	value, echo := b.TcpTsval.Values[lo:][:n], b.TcpTsecr.Values[lo:][:n]
	hasValue, hasEcho := b.TcpTsval.Valid[lo:][:n], b.TcpTsecr.Valid[lo:][:n]
	for i := range digests {
		x := &digests[i]
		has := x.Bits / table.DigestTimestamps & 1
		value[i], echo[i], hasValue[i], hasEcho[i] = int64(x.TsVal), int64(x.TsEcr), has, has
	}
}

// fill makes all values v: one by one where there are few, else by copying what is filled.
func fill[T uint8 | int32 | uint32 | int64](values []T, v T) {
	const few = 16
	n := min(len(values), few)
	for i := range values[:n] {
		values[i] = v
	}
	for ; n < len(values); n *= 2 {
		copy(values[n:], values[:n])
	}
}
