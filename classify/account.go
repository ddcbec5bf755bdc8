package classify

import (
	"math"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
)

// An account has what is counted of a connection of any protocol and decides nothing: only Go
// needs it. Index 0 of sides is the originator, 1 the responder. Counters are narrow; what goes
// beyond them is in wide, which hardly a connection has.
type account struct {
	vlan    int16 // -1 for none
	tunnel  uint16
	bits    uint8
	list    uint8
	connID  int64 // its low 36 bits are the first frame
	firstNs int64 // with bitFirst
	lastNs  int64 // with bitLast
	sides   [2]side
	wide    *wide // nil for most; connections of other protocols than TCP have one
}

// A side is one direction.
type side struct {
	ipBytes, payload uint32
	packets          uint16
	ttlCount         [ttlValues]uint16
	ttl              [ttlValues]uint8
	scale            int8 // of the SYN, -1 without
}

// Bits of account.bits.
const (
	bitFirst    = 1 << iota // firstNs is known
	bitLast                 // lastNs is known
	bitSwapped              // the originator is the second end of the key
	bitFlipped              // the first packet came from the responder
	bitAnswered             // with CutZeek: the first packet was a DNS response
	bitDNS                  // with CutZeek: Zeek's analyzer of DNS is at work
)

// A tcpAccount is the account's part that only TCP has. What every packet looks at stands at its end, in one line of the
// cache with the beginning of what the rules remember.
type tcpAccount struct {
	times    [handshakeTimes]uint32 // nanoseconds after firstNs, with the bit of the time; farTime: in wide
	events   [2]tcpEvents
	sides    [2]tcpSide
	stream   int32 // number within the shard plus 1
	bits     uint8
	complete uint8 // Wireshark's completeness of the stream
	rests    uint8 // what Zeek's machine need not see, 0 while it sees all
}

// tcpEvents are what happens now and then in one direction of TCP.
type tcpEvents struct {
	missing  uint32
	resetAck uint32 // see tamper
	counts   [eventKinds]uint16
}

// A tcpSide is one direction of TCP.
type tcpSide struct {
	flags      uint16
	firstFlags uint16 // and the bits below
	mss        uint16 // of the SYN
	tamper     uint16
}

// Bits of tcpSide.firstFlags beyond the 12 flags.
const (
	sideSeen = 1 << (12 + iota) // it has sent anything
	sideSyn                     // it has sent SYN
	sideSack                    // its first SYN permitted SACK
)

// Times of the handshake, and what is known of them: bits of tcpAccount.bits.
const (
	timeSyn = iota
	timeSynAck
	timeHandshake
	handshakeTimes

	bitStreamReady = 1 << 3 // both base numbers of the stream are known
	bitSynOnce     = 1 << 4 // the SYN had not been repeated when it was answered
	bitSynAckOnce  = 1 << 5 // likewise the SYN-ACK
	bitCalm        = 1 << 6 // the next packet can be a plain one
)

const farTime = math.MaxUint32

// Events that are counted per direction of TCP.
const (
	countSyn = iota
	countFin
	countRst
	countRetransmissions
	countOutOfOrder
	countDupAcks
	countZeroWindows
	countKeepAlives
	eventKinds
)

func (a *account) is(bit uint8) bool { return a.bits&bit != 0 }

func (a *account) set(bit uint8, on bool) {
	a.bits &^= bit
	if on {
		a.bits |= bit
	}
}

func (a *tcpAccount) is(bit uint8) bool { return a.bits&bit != 0 }

func (a *tcpAccount) set(bit uint8, on bool) {
	a.bits &^= bit
	if on {
		a.bits |= bit
	}
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
func (c *conn) begin(e *embryo, p *packetInfo) {
	a := &c.account
	*a = account{connID: e.connID, firstNs: p.ns, vlan: e.vlan, tunnel: e.tunnel, list: a.list, wide: a.wide}
	a.set(bitFirst, p.hasNs)
	a.sides[0].scale, a.sides[1].scale = -1, -1
	if c.tcp != nil {
		a.wide = nil
		c.tcp.account = tcpAccount{stream: e.stream, complete: e.complete}
	} else {
		*a.wide = wide{}
	}
}

// add counts a packet from side.
func (c *conn) add(p *packetInfo, from int) {
	a := &c.account
	if p.hasNs {
		a.lastNs = p.ns
		a.bits |= bitLast
	}
	s := &a.sides[from]
	a.step(&s.packets, from, widePackets)
	a.grow(&s.ipBytes, from, wideIPBytes, p.ipLen)
	a.grow(&s.payload, from, widePayload, p.payload)
	if p.hasTTL && !p.rst {
		a.addTTL(from, p.ttl)
	}
	if c.tcp == nil {
		a.wide.lastFrame, a.wide.lastTime = p.frame, p.time
		return
	}
	t := &c.tcp.account.sides[from]
	if t.firstFlags&sideSeen == 0 {
		t.firstFlags |= sideSeen | p.flags&flagBits
	}
	t.flags |= p.flags
}

// Flag bits of the TCP header (RFC 9293 3.1).
const (
	flagFIN  = 1
	flagSYN  = 2
	flagRST  = 4
	flagACK  = 16
	flagBits = 1<<12 - 1
)

// addTCP counts what the rules said of a segment; wasEstablished is from before it.
func (c *conn) addTCP(p *packetInfo, from int, v *facts.Verdict, wasEstablished bool) {
	a, t := &c.account, &c.tcp.account
	s := &t.events[from]
	if p.flags&(flagSYN|flagFIN|flagRST) != 0 {
		c.addControl(p, from)
	}
	switch v.Kind {
	case schemas.SegmentKindCaptureDuplicate:
	case schemas.SegmentKindSynRetransmission, schemas.SegmentKindSynAckRetransmission, schemas.SegmentKindRetransmission:
		t.addTamper(from, p.flags, p.payload, p.ack, true)
	default:
		t.addTamper(from, p.flags, p.payload, p.ack, false)
	}
	if v.Skipped != 0 {
		a.grow(&s.missing, from, wideMissing, v.Skipped)
	}
	if v.Missing != 0 {
		a.grow(&t.events[1-from].missing, 1-from, wideMissing, v.Missing)
	}
	switch v.Kind {
	case schemas.SegmentKindSyn, schemas.SegmentKindTfoData:
		if from == 0 && !t.is(1<<timeSyn) {
			c.setTime(timeSyn, p)
		}
	case schemas.SegmentKindSynAck:
		if from == 1 && !t.is(1<<timeSynAck) {
			c.setTime(timeSynAck, p)
			t.set(bitSynOnce, c.tcp.Dir[0].SynCount == 1)
		}
	case schemas.SegmentKindRetransmission, schemas.SegmentKindFinRetransmission,
		schemas.SegmentKindSynRetransmission, schemas.SegmentKindSynAckRetransmission:
		a.event(s, from, countRetransmissions)
	case schemas.SegmentKindOutOfOrder:
		a.event(s, from, countOutOfOrder)
	case schemas.SegmentKindDupAck:
		a.event(s, from, countDupAcks)
	case schemas.SegmentKindZeroWindow:
		a.event(s, from, countZeroWindows)
	case schemas.SegmentKindKeepAlive:
		a.event(s, from, countKeepAlives)
	}
	if !wasEstablished && c.tcp.Established && from == 0 && c.tcp.Dir[1].SynAckSeen {
		c.setTime(timeHandshake, p)
		t.set(bitSynAckOnce, c.tcp.Dir[1].SynCount == 1)
	}
}

// addControl counts a segment with SYN, FIN or RST.
func (c *conn) addControl(p *packetInfo, from int) {
	a, s, e := &c.account, &c.tcp.account.sides[from], &c.tcp.account.events[from]
	if p.flags&flagSYN != 0 {
		a.event(e, from, countSyn)
		if s.firstFlags&sideSyn == 0 {
			s.firstFlags |= sideSyn
			if p.sack {
				s.firstFlags |= sideSack
			}
			s.mss, a.sides[from].scale = p.mss, p.scale
		}
	}
	if p.flags&flagFIN != 0 {
		a.event(e, from, countFin)
	}
	if p.flags&flagRST != 0 {
		a.event(e, from, countRst)
	}
}
