package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/rare"
	"github.com/pcap-teardown/teardown/classify/zeek"
	"github.com/pcap-teardown/teardown/schemas"
)

// The lists that live connections wait in, each in the order of its deadlines: a list has one
// limit, and a connection joins it at the end.
const (
	listTransitory = iota
	listEstablished
	listOther
	listEnded
	listCount

	listFree = 255 // of a record that belongs to no connection
)

// A ref is the number of a live connection: of an embryo where the highest bit is set, of a
// connection of another protocol than TCP where the next one is.
type ref = uint32

const (
	embryoBit ref = 1 << 31
	otherBit  ref = 1 << 30
)

// links join a connection to its neighbours in its list; 0 is none.
type links struct{ prev, next ref }

// Bits of embryo.bits.
const (
	bitHasTime = 1 << iota
	bitHasTs
	bitHasOptions
	bitSack
	bitHasTTL
	bitCut  // the payload was not captured whole
	bitZeek // the originator is Zeek's
	bitZmap // the identification is ZMap's
)

// An embryo is a connection of which one packet was seen, kept as that packet: scans and
// floods consist of them. It becomes a conn at its second packet, by taking the first one
// again. TestSizes holds it at 128 bytes: 40 of key, 8 of links, the rest the packet.
type embryo struct {
	key          key
	links        links
	time         int64 // microseconds of the clock
	tsNs         int64 // with bitHasTime
	connID       int64 // its low 36 bits are the frame
	seq, ack     uint32
	tsVal, tsEcr uint32
	flowLabel    uint32
	stream       int32
	looks
	ipID, tunnel uint16
	list         uint8
	reversed     bool // the sender is the second end of the key
}

// looks are what makes embryos differ beyond their ends, times and numbers; see likeness.
type looks struct {
	length, ipLen  uint32 // length: payload bytes
	window, flags  uint16
	mss            uint16
	vlan           int16 // -1 for none
	ttl, tos, bits uint8
	scale          int8
	complete       uint8 // Wireshark's completeness of the stream with this packet
}

// A conn is a connection of which two packets or more were seen.
type conn struct {
	key     key
	links   links
	tcp     *tcpPart // nil where the protocol is not TCP
	account account
}

// A tcpPart is what only TCP has.
type tcpPart struct {
	account tcpAccount
	facts.Connection
	zeek zeek.TCP
}

// A tcpConn is a whole connection of TCP, otherConn one of another protocol.
type (
	tcpConn struct {
		conn conn
		part tcpPart
	}
	otherConn struct {
		conn conn
		part wide
	}
)

// reset makes x the record of a connection that has no packet.
func (x *tcpConn) reset(l *rare.Lender) *conn {
	*x = tcpConn{}
	x.blank(l)
	return &x.conn
}

// blank makes the parts of x, which is zero, know each other.
func (x *tcpConn) blank(l *rare.Lender) {
	x.conn.tcp = &x.part
	l.Share(&x.part.Connection)
}

func (x *otherConn) reset() *conn {
	*x = otherConn{}
	x.conn.account.wide = &x.part
	return &x.conn
}

// A finished connection waits for its row.
type finished struct {
	conn    *conn   // nil for an embryo
	embryo  *embryo // nil for a conn
	connID  int64
	ref     ref
	shard   uint8
	trigger int32 // row of the packet that finished it
	tunnel  string
	finish  facts.Finish
	ending  facts.Ending // of TCP conns; embryos get theirs when the row is written
}

// state returns what the rules remember, nil where the protocol is not TCP.
func (c *conn) state() *facts.Connection {
	if c.tcp == nil {
		return nil
	}
	return &c.tcp.Connection
}

// lastTime returns the clock at the last packet.
func (c *conn) lastTime() int64 {
	if c.tcp == nil {
		return c.account.wide.lastTime
	}
	return c.tcp.LastTime
}

// side returns 0 where the packet comes from the originator, else 1.
func (c *conn) side(reversed bool) int {
	if reversed != c.account.is(bitSwapped) {
		return 1
	}
	return 0
}

// likelyServer reports whether servers usually listen on the port.
func likelyServer(proto uint8, port uint16) bool {
	switch proto {
	case protoTCP:
		return schemas.LikelyTcpServerPort(int32(port))
	case protoUDP:
		return schemas.LikelyUdpServerPort(int32(port))
	}
	return false
}
