package derive

import (
	"net/netip"
	"time"

	"github.com/pcap-teardown/teardown/schemas"
)

// RST is what was derived about one reset.
type RST struct {
	Packet    *Packet
	Form      string
	Offender  *Packet // nil if the form has none
	Effective bool
}

// side keeps what one direction had sent at some moment.
type side struct {
	nxt, acked, lastAck uint32
	sent, hasAcked      bool
	acksSent            bool
}

// states returns both directions' numbers before packet i.
func (c *Conn) states(i int) map[netip.AddrPort]*side {
	st := map[netip.AddrPort]*side{c.Orig: {}, c.Resp: {}}
	for _, p := range c.Packets[:i] {
		if p.has(rst) {
			continue
		}
		x, y := st[p.Src], st[p.Dst]
		if !x.sent || before(x.nxt, p.End()) {
			x.nxt, x.sent = p.End(), true
		}
		if p.has(ack) {
			if !y.hasAcked || before(y.acked, p.Ack) {
				y.acked, y.hasAcked = p.Ack, true
			}
			x.lastAck, x.acksSent = p.Ack, true
		}
	}
	return st
}

func (c *Conn) form(i int) (string, *Packet) {
	r := c.Packets[i]
	st := c.states(i)
	x, y := st[r.Src], st[r.Dst]
	if r.has(ack) && r.Seq == 0 {
		for j := i - 1; j >= 0; j-- {
			if p := c.Packets[j]; p.Src == r.Dst && !p.has(ack) && p.End() == r.Ack {
				if p.has(syn) {
					return schemas.RstFormReplyToSyn.String(), p
				}
				return schemas.RstFormReplyToAckless.String(), p
			}
		}
	}
	if !r.has(ack) {
		found, _ := c.Offenders(r)
		switch {
		case found != nil:
			return schemas.RstFormReplyToAck.String(), found
		case !y.sent:
			return schemas.RstFormUnmatchable.String(), nil
		}
		return schemas.RstFormForeign.String(), nil
	}
	if !x.sent && !y.sent {
		return schemas.RstFormUnmatchable.String(), nil
	}
	if sa := c.find(r.Src, syn|ack); sa != nil && sa.Win == 0 && r.Win == 0 && r.OptLen == 0 &&
		r.Seq == sa.Seq+1 && r.Ack == sa.Ack {
		return schemas.RstFormSynproxyRefusal.String(), nil
	}
	ackOK := !y.sent || !before(y.nxt, r.Ack)
	switch {
	case ackOK && (!x.acksSent || !before(r.Ack, x.lastAck)) && (r.Seq == x.nxt || x.hasAcked && r.Seq == x.acked):
		return schemas.RstFormActive.String(), nil
	case ackOK && x.sent && !before(x.nxt, r.Seq) && x.nxt-r.Seq < 1<<20 && y.sent && y.nxt-r.Ack < 1<<20:
		return schemas.RstFormActiveStale.String(), nil
	}
	return schemas.RstFormForeign.String(), nil
}

// Offenders returns the segment that a bare RST answers and all segments that
// it may answer as far as their numbers go. An RST answers what its sender has
// not acknowledged: of several segments under way, the first one that no
// earlier RST has answered; with none under way, the latest with that number.
func (c *Conn) Offenders(r *Packet) (*Packet, []*Packet) {
	var open, all []*Packet
	answered := 0
	var acked uint32
	some := false
	for _, p := range c.Packets {
		if p == r {
			break
		}
		switch {
		case p.Src == r.Src && p.has(rst) && !p.has(ack) && p.Seq == r.Seq:
			answered++
		case p.Src == r.Src && p.has(ack) && !p.has(rst) && (!some || before(acked, p.Ack)):
			acked, some = p.Ack, true
		case p.Src == r.Dst && p.has(ack) && !p.has(rst) && p.Ack == r.Seq:
			all = append(all, p)
		}
	}
	for _, p := range all {
		if (p.Len > 0 || p.has(fin) || p.has(syn)) && (!some || before(acked, p.End())) {
			open = append(open, p)
		}
	}
	switch {
	case len(open) > 0:
		return open[min(answered, len(open)-1)], open
	case len(all) > 0:
		last := all[len(all)-1]
		return last, []*Packet{last}
	}
	return nil, nil
}

func (c *Conn) find(src netip.AddrPort, flags uint8) *Packet {
	for _, p := range c.Packets {
		if p.Src == src && p.has(flags) {
			return p
		}
	}
	return nil
}

// effective: a reset had no effect if its receiver acknowledges what its sender
// sent after it, or if its receiver goes on (beyond what was under way) and is
// acknowledged.
func (c *Conn) effective(i int) bool {
	r := c.Packets[i]
	st := c.states(i)
	grace := r.Time.Add(max(2*c.rtt(), 2*time.Millisecond))
	for j := i + 1; j < len(c.Packets); j++ {
		p := c.Packets[j]
		if p.has(rst) || p.has(syn) || p.Src == r.Dst && p.Time.Before(grace) || !before(st[p.Src].nxt, p.End()) || st[p.Src].sent && p.End()-st[p.Src].nxt > 1<<24 {
			continue
		}
		for _, q := range c.Packets[j+1:] {
			if q.Src == p.Dst && !q.has(rst) && q.has(ack) && !before(q.Ack, p.End()) {
				return false
			}
		}
	}
	return true
}

// rtt is the longest of the two legs of the handshake, as seen.
func (c *Conn) rtt() time.Duration {
	var s, sa *Packet
	for _, p := range c.Packets {
		switch {
		case p.has(syn|ack) && s != nil && sa == nil && p.Src != s.Src:
			sa = p
		case p.has(syn) && sa == nil: // the last SYN before the answer
			s = p
		case sa != nil && p.Src == s.Src:
			return max(sa.Time.Sub(s.Time), p.Time.Sub(sa.Time))
		}
	}
	return 0
}

func (c *Conn) resets() []RST {
	var out []RST
	for i, p := range c.Packets {
		if p.has(rst) {
			f, off := c.form(i)
			out = append(out, RST{p, f, off, c.effective(i)})
		}
	}
	return out
}
