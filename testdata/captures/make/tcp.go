package main

import (
	"encoding/binary"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// A side is one end of a TCP conversation and what it remembers.
type side struct {
	host
	port   uint16
	next   uint32 // sequence number of the next byte it sends
	window uint16
	clock  uint32 // value of its next timestamp option
}

// A conversation is a TCP connection on a tape. Its methods put one segment on
// the tape and move the sender's sequence number.
type conversation struct {
	tape       *tape
	orig, resp *side
	timestamps bool
	cc         bool // ECN is in use: data carries ECT(0) (RFC 3168)
}

// talk prepares a conversation; nothing is sent yet.
func (t *tape) talk(orig, resp host, sport, dport uint16, isn uint32) *conversation {
	return &conversation{
		tape:       t,
		orig:       &side{host: orig, port: sport, next: isn, window: 64240, clock: 1000},
		resp:       &side{host: resp, port: dport, next: isn ^ 0x5a5a5a5a, window: 65160, clock: 900000},
		timestamps: true,
	}
}

// flags names the TCP flags of a segment in tcpdump's letters: S A F R P U E W.
type flags string

func (f flags) has(letter byte) bool {
	for i := range len(f) {
		if f[i] == letter {
			return true
		}
	}
	return false
}

// header returns the TCP header of the next segment of a side.
func (c *conversation) header(from *side, f flags) *layers.TCP {
	to := c.other(from)
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(from.port), DstPort: layers.TCPPort(to.port),
		Seq: from.next, Window: from.window,
		SYN: f.has('S'), ACK: f.has('A'), FIN: f.has('F'), RST: f.has('R'),
		PSH: f.has('P'), URG: f.has('U'), ECE: f.has('E'), CWR: f.has('W'),
	}
	if tcp.ACK {
		tcp.Ack = to.next
	}
	if tcp.SYN {
		tcp.Options = append(tcp.Options,
			layers.TCPOption{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{0x05, 0xb4}},
			layers.TCPOption{OptionType: layers.TCPOptionKindSACKPermitted, OptionLength: 2})
	}
	if c.timestamps && !tcp.RST {
		stamp := binary.BigEndian.AppendUint32(nil, from.clock)
		stamp = binary.BigEndian.AppendUint32(stamp, to.clock*b2u(tcp.ACK))
		if !tcp.SYN {
			tcp.Options = append(tcp.Options, nop, nop)
		}
		tcp.Options = append(tcp.Options,
			layers.TCPOption{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: stamp})
		from.clock += 7
	}
	if tcp.SYN {
		tcp.Options = append(tcp.Options, nop,
			layers.TCPOption{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{7}})
	}
	return tcp
}

var nop = layers.TCPOption{OptionType: layers.TCPOptionKindNop, OptionLength: 1}

func b2u(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func (c *conversation) other(s *side) *side {
	if s == c.orig {
		return c.resp
	}
	return c.orig
}

// send puts a segment with the given flags and payload on the tape.
func (c *conversation) send(from *side, f flags, payload string) {
	c.put(from, c.header(from, f), payload)
	from.next += uint32(len(payload)) + b2u(f.has('S')) + b2u(f.has('F'))
}

// put puts a segment with a header made by the caller on the tape.
func (c *conversation) put(from *side, tcp *layers.TCP, payload string) {
	ip := c.tape.network(from.host, c.other(from).host, layers.IPProtocolTCP)
	if v4, ok := ip.(*layers.IPv4); ok && c.cc && payload != "" {
		v4.TOS |= 2
	}
	c.tape.packet(from.host, c.other(from).host, ip, tcp, gopacket.Payload(payload))
}

// again repeats the last n payload bytes of a side: a retransmission.
func (c *conversation) again(from *side, f flags, payload string) {
	tcp := c.header(from, f)
	tcp.Seq -= uint32(len(payload))
	c.put(from, tcp, payload)
}

// open sends the three segments of the handshake.
func (c *conversation) open() {
	c.send(c.orig, "S", "")
	c.send(c.resp, "SA", "")
	c.ack(c.orig)
}

func (c *conversation) ack(from *side) { c.send(from, "A", "") }

// close closes the conversation with four segments, from first.
func (c *conversation) close(first *side) {
	c.send(first, "FA", "")
	c.ack(c.other(first))
	c.send(c.other(first), "FA", "")
	c.ack(first)
}
