package differential

import (
	"strconv"

	"github.com/pcap-teardown/teardown/classify/facts"
)

// The operations of a command.
const (
	opPacket      = 1 + iota // a packet; it may start a connection
	opIcmp                   // an ICMP error that quotes a packet of the connection
	opFinish                 // the connection is finished and forgotten
	opForget                 // the connection is forgotten
	opReset                  // everything is forgotten
	opObserve                // an observation without a packet
	opForgetHosts            // what is known of hosts, services and pairs is forgotten
)

// A Command is what both languages are told, one line of numbers.
type Command struct {
	Op       int64
	End      int64         // the end that sends: 0 or 1, whoever is the originator
	Segment  facts.Segment // From and the four flags are derived from End and Flags
	FromPeer bool          // of an ICMP error
	IcmpKind int64         // of an ICMP error: facts.IcmpKind
	Reason   int64         // a schemas.Finish to ask for: 0 for none
	At       int64         // time of that question, microseconds
	Port     int64         // of the responder

	Observation facts.Observation // of opObserve; End is the originator
}

// numbers is the count of numbers in a command's line.
const numbers = 27

// appendLine appends the command as numbers, in the order that driver.lua reads them.
func (c *Command) appendLine(b []byte) []byte {
	s := &c.Segment
	if c.Op == opObserve {
		o := &c.Observation
		s = &facts.Segment{Time: o.Time, Mss: o.Kind, Scale: o.From, Ttl: o.Ttl, FlowLabel: o.Label, Length: o.Rtt, HasTs: o.Ecn,
			HasOptions: o.Linux, FromServerPort: o.Serves}
	}
	for _, n := range [numbers]int64{c.Op, c.End, s.Time, s.Frame, int64(s.Seq), int64(s.Ack), s.Length, s.Flags, s.Window, s.Ttl, s.Tos, s.IpId,
		s.FlowLabel, bit(s.HasTs), int64(s.TsVal), int64(s.TsEcr), s.Mss, s.Scale, bit(s.HasOptions), bit(s.FromServerPort), bit(s.ToServerPort),
		s.ReasonKind, s.Reason, s.App, c.Reason + 8*bit(c.FromPeer) + 16*c.IcmpKind, c.At, c.Port} {
		b = strconv.AppendInt(b, n, 10)
		b = append(b, ' ')
	}
	b[len(b)-1] = '\n'
	return b
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// flags of TCP.
const (
	fin = 1
	syn = 2
	rst = 4
	psh = 8
	ack = 16
)

// setFlags derives the flags that the rules ask for.
func setFlags(s *facts.Segment) {
	s.Fin = s.Flags%2 >= fin
	s.Syn = s.Flags%4 >= syn
	s.Rst = s.Flags%8 >= rst
	s.HasAck = s.Flags%32 >= ack
}

// IsPacket reports whether the command is a packet.
func (c *Command) IsPacket() bool { return c.Op == opPacket }

// IsError reports whether the command is an ICMP error about a packet of the connection.
func (c *Command) IsError() bool { return c.Op == opIcmp }

// Restarts reports whether the world's clock begins anew.
func (c *Command) Restarts() bool { return c.Op == opReset }
