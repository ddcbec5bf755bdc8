package capture

import (
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// Bits of parsed.set: which fields have a value.
const (
	hasEth = 1 << iota
	hasVLAN
	hasInnerVLAN
	hasVersion
	hasIPProto
	hasIPLen
	hasTTL
	hasIPID
	hasTOS
	hasDF
	hasFrag // ip_mf and ip_frag_offset
	hasFlow
	hasSrcPort
	hasDstPort
	hasICMPType
	hasICMPCode
	hasFlags
	hasSeq
	hasAck
	hasWindow
	hasPayloadLen
	hasHeaderLen
	hasMSS
	hasScale
	hasSACK
	hasTSVal
	hasTSEcr
	hasOptions
	hasQuotedProto
	hasQuotedSrcPort
	hasQuotedDstPort
	hasQuotedSeq
	hasQuotedTCP // flags and acknowledgment number
)

// What a new innermost IP packet forgets of the one around it.
const setOfIP = ^uint64(hasEth | hasVLAN | hasInnerVLAN)

// parsed is what decoding found out about one frame. A field is valid where its bit of set
// says so; addresses and byte slices say it themselves. Slices point into the record.
type parsed struct {
	set            uint64
	ethSrc, ethDst uint64
	src, dst       table.Addr
	qsrc, qdst     table.Addr // of the packet that an ICMP error quotes
	ipLen, ipID    int64
	flow           int64
	seq, ack       int64
	payloadLen     int64
	tsval, tsecr   int64
	qseq, qack     int64
	options        []byte // of TCP, as far as captured
	payload        []byte // the first bytes
	fragOffset     int32
	srcPort        int32
	dstPort        int32
	flags          int32
	window         int32
	mss            int32
	headerLen      int32
	vlan, inner    int32
	qsrcPort       int32
	qdstPort       int32
	qflags         int32
	version        uint8
	proto          uint8
	ttl            uint8
	tos            uint8
	icmpType       uint8
	icmpCode       uint8
	scale          uint8
	qproto         uint8
	checksum       schemas.ChecksumStatus // 0 for null
	rerouted       bool                   // the addresses may not be those that the sender summed
	df, mf         bool
	problem        problem
	tunnels        tunnelPath
}
