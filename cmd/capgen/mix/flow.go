package mix

// An endpoint is an IPv4 address with a port.
type endpoint struct {
	ip   uint32
	port uint16
}

// The two directions of a flow.
const (
	fromClient = 0
	fromServer = 1
)

// Flags of a TCP header (RFC 9293 3.1).
const (
	fin = 1 << iota
	syn
	rst
	psh
	ack
)

// A flow plays a connection. Both sides acknowledge all that the other has sent.
type flow struct {
	client, server endpoint
	next           [2]uint32 // next sequence number of each direction
	phase          phase
	data           int  // data segments still to be sent
	unacked        int  // data segments of the sender that wait for an ACK
	sender         int  // direction of the last data segment
	abort          bool // ends with an RST from the client
	over           bool
}

type phase uint8

const (
	atSyn phase = iota
	atSynAck
	atHandshakeAck
	atData
	atFin
	atFinAck
	atSecondFin
	atLastAck
)

// ackEvery is how many data segments one ACK answers.
const ackEvery = 2

// step returns the next frame of the flow.
func (f *flow) step(g *generator) []byte {
	switch f.phase {
	case atSyn:
		f.phase = atSynAck
		return g.frame.syn(f)
	case atSynAck:
		f.phase = atHandshakeAck
		return g.frame.tcp(f, fromServer, syn|ack, synOptions, nil)
	case atHandshakeAck:
		f.phase = atData
		return g.frame.tcp(f, fromClient, ack, timestamps, nil)
	case atData:
		return f.dataStep(g)
	case atFin:
		f.phase = atFinAck
		if f.abort {
			f.over = true
			return g.frame.tcp(f, fromClient, rst|ack, nil, nil)
		}
		return g.frame.tcp(f, fromClient, fin|ack, timestamps, nil)
	case atFinAck:
		f.phase = atSecondFin
		return g.frame.tcp(f, fromServer, ack, timestamps, nil)
	case atSecondFin:
		f.phase = atLastAck
		return g.frame.tcp(f, fromServer, fin|ack, timestamps, nil)
	}
	f.over = true
	return g.frame.tcp(f, fromClient, ack, timestamps, nil)
}

// dataStep sends data, mostly from the server, or acknowledges it.
func (f *flow) dataStep(g *generator) []byte {
	if f.unacked >= ackEvery || f.data == 0 && f.unacked > 0 {
		f.unacked = 0
		return g.frame.tcp(f, 1-f.sender, ack, timestamps, nil)
	}
	if f.data == 0 {
		f.phase = atFin
		return f.step(g)
	}
	f.data--
	if f.unacked == 0 {
		f.sender = fromServer
		if g.rand.IntN(4) == 0 {
			f.sender = fromClient
		}
	}
	f.unacked++
	start := g.rand.IntN(len(payloads) - g.mix.maxPayload)
	return g.frame.tcp(f, f.sender, psh|ack, timestamps, payloads[start:start+g.between(g.mix.minPayload, g.mix.maxPayload)])
}
