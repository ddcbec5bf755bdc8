package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/zeek"
)

// Most plain segments are new data or their acknowledgment, in order. Zeek's machine need not see them: what it would
// remember is what the rules remember, and it takes that over when something else comes.

// rests reports whether Zeek's machine need not see a plain segment, whose payload may have been cut by the capture. The rules
// have not seen it yet.
func (x *tcpPart) rests(cut bool, s *facts.Segment, side int) bool {
	if x.account.rests&zeek.Rest(side, s.Length) == 0 || s.Window == 0 || cut {
		return false
	}
	d, o := &x.Dir[side], &x.Dir[1-side]
	end := s.Seq + uint32(s.Length)
	// Nothing wraps around, and no number is far from others of its kind.
	return s.Seq == d.Next && end >= s.Seq && end-d.First < zeek.MaxSent && end-o.AckNo <= zeek.MaxUnacked &&
		s.Ack >= d.AckNo && s.Ack <= o.Next && s.Ack != 0
}

// numbers returns what the rules remember of the ends.
func (x *tcpPart) numbers() *[2]zeek.Numbers {
	o, r := &x.Dir[0], &x.Dir[1]
	return &[2]zeek.Numbers{{First: o.First, Next: o.Next, Acked: r.AckNo}, {First: r.First, Next: r.Next, Acked: o.AckNo}}
}

// wake makes Zeek's machine what it would be had it seen all packets.
func (x *tcpPart) wake() {
	if x.account.rests != 0 {
		x.account.rests = 0
		x.zeek.Wake(x.numbers())
	}
}
