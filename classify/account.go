package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
)

// An account has what is counted per connection and decides nothing: only Go needs it. Index 0
// is the originator, 1 the responder.
type account struct {
	connID     int64
	firstFrame int64
	lastFrame  int64
	firstNs    int64 // with hasFirst
	lastNs     int64 // with hasLast
	lastTime   int64 // microseconds of the clock

	packets, ipBytes, payload [2]int64
	missing                   [2]int64

	synNs, synAckNs, handshakeNs int64 // with the times' bits below

	syn, fin, rst, retransmissions, outOfOrder, dupAcks, zeroWindows, keepAlives [2]uint32

	ttl    [2]ttlCount
	tamper [2]tamper

	stream      int32   // number within the shard plus 1
	rstText     *string // payload of the first RST that counts, nil for none
	flags       [2]uint16
	firstFlags  [2]uint16
	mss         [2]uint16
	vlan        int16 // -1 for none
	tunnel      uint16
	scale       [2]int8
	sack        [2]bool
	seen        [2]bool
	synSeen     [2]bool
	hasFirst    bool
	hasLast     bool
	hasSynNs    bool
	hasSynAckNs bool
	hasHandNs   bool
	synOnce     bool                   // the SYN had not been repeated when it was answered
	synAckOnce  bool                   // likewise the SYN-ACK
	flipped     bool                   // the first packet came from the responder
	answered    bool                   // with Zeek's cutter: the first packet was a DNS response
	streamReady bool                   // both base numbers of the stream are known
	complete    uint8                  // Wireshark's completeness of the stream
	basis       schemas.DirectionBasis // where the protocol is not TCP
}

// A ttlCount finds the most frequent value of a TTL among three candidates.
type ttlCount struct {
	value [3]uint8
	count [3]uint32
}

func (t *ttlCount) add(v uint8) {
	least := 0
	for i := range t.value {
		if t.count[i] > 0 && t.value[i] == v {
			t.count[i]++
			return
		}
		if t.count[i] < t.count[least] {
			least = i
		}
	}
	// The rarest candidate makes place and leaves its count, as in the space-saving algorithm
	// (Metwally et al. 2005): a value that is in the majority always stays.
	t.value[least] = v
	t.count[least]++
}

// most returns the most frequent value, the first seen of several.
func (t *ttlCount) most() (uint8, bool) {
	best := 0
	for i := range t.count {
		if t.count[i] > t.count[best] {
			best = i
		}
	}
	return t.value[best], t.count[best] > 0
}

// A packetInfo is what the account takes from a packet beside the segment.
type packetInfo struct {
	frame      int64
	time       int64 // microseconds of the clock
	ns         int64
	hasNs      bool
	ipLen      int64
	payload    int64
	ttl        uint8
	hasTTL     bool
	flags      uint16
	mss        uint16
	ack        uint32 // acknowledgment number field
	scale      int8
	sack       bool
	isTCP, rst bool
	cut        bool // the payload was not captured whole
}

// begin starts the account with the first packet.
func (a *account) begin(connID int64, p *packetInfo, vlan int16, tunnel uint16, stream int32) {
	*a = account{connID: connID, firstFrame: p.frame, firstNs: p.ns, hasFirst: p.hasNs, vlan: vlan, tunnel: tunnel, stream: stream,
		scale: [2]int8{-1, -1}}
}

// add counts a packet from side.
func (a *account) add(p *packetInfo, side int) {
	a.lastFrame, a.lastTime = p.frame, p.time
	if p.hasNs {
		a.lastNs, a.hasLast = p.ns, true
	}
	a.packets[side]++
	a.ipBytes[side] += p.ipLen
	a.payload[side] += p.payload
	if p.hasTTL && !p.rst {
		a.ttl[side].add(p.ttl)
	}
	if !p.isTCP {
		return
	}
	if !a.seen[side] {
		a.seen[side], a.firstFlags[side] = true, p.flags
	}
	a.flags[side] |= p.flags
}

// Flag bits of the TCP header (RFC 9293 3.1).
const (
	flagFIN = 1
	flagSYN = 2
	flagRST = 4
	flagACK = 16
)

// addTCP counts what the rules said of a segment; wasEstablished is from before it.
func (a *account) addTCP(p *packetInfo, side int, v *facts.Verdict, c *facts.Connection, wasEstablished bool) {
	if p.flags&flagSYN != 0 {
		a.syn[side]++
		if !a.synSeen[side] {
			a.synSeen[side], a.mss[side], a.scale[side], a.sack[side] = true, p.mss, p.scale, p.sack
		}
	}
	if p.flags&flagFIN != 0 {
		a.fin[side]++
	}
	if p.flags&flagRST != 0 {
		a.rst[side]++
	}
	switch v.Kind {
	case schemas.SegmentKindCaptureDuplicate:
	case schemas.SegmentKindSynRetransmission, schemas.SegmentKindSynAckRetransmission, schemas.SegmentKindRetransmission:
		a.tamper[side].add(p.flags, p.payload, p.ack, true)
	default:
		a.tamper[side].add(p.flags, p.payload, p.ack, false)
	}
	a.missing[side] += v.Skipped
	a.missing[1-side] += v.Missing
	switch v.Kind {
	case schemas.SegmentKindSyn, schemas.SegmentKindTfoData:
		if side == 0 && !a.hasSynNs {
			a.synNs, a.hasSynNs = p.ns, p.hasNs
		}
	case schemas.SegmentKindSynAck:
		if side == 1 && !a.hasSynAckNs {
			a.synAckNs, a.hasSynAckNs = p.ns, p.hasNs
			a.synOnce = c.Dir[0].SynCount == 1
		}
	case schemas.SegmentKindRetransmission, schemas.SegmentKindFinRetransmission,
		schemas.SegmentKindSynRetransmission, schemas.SegmentKindSynAckRetransmission:
		a.retransmissions[side]++
	case schemas.SegmentKindOutOfOrder:
		a.outOfOrder[side]++
	case schemas.SegmentKindDupAck:
		a.dupAcks[side]++
	case schemas.SegmentKindZeroWindow:
		a.zeroWindows[side]++
	case schemas.SegmentKindKeepAlive:
		a.keepAlives[side]++
	}
	if !wasEstablished && c.Established && side == 0 && c.Dir[1].SynAckSeen {
		a.handshakeNs, a.hasHandNs = p.ns, p.hasNs
		a.synAckOnce = c.Dir[1].SynCount == 1
	}
}
