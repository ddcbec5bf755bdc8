package derive

import (
	"time"

	"github.com/pcap-teardown/teardown/schemas"
)

func (c *Conn) directions() (o, r bool) {
	for _, p := range c.Packets {
		o, r = o || p.Src == c.Orig, r || p.Src == c.Resp
	}
	return o, r
}

// handshakeDone: SYN-ACK seen and acknowledged, or data both ways.
func (c *Conn) handshakeDone() bool {
	sa := c.find(c.Resp, syn|ack)
	var od, rd bool
	for _, p := range c.Packets {
		if p.Src == c.Orig {
			if sa != nil && p.has(ack) && !p.has(rst) && p.Ack == sa.Seq+1 {
				return true
			}
			od = od || p.Len > 0
		} else {
			rd = rd || p.Len > 0
		}
	}
	return od && rd
}

// fragment names what is too little to be a connection.
func (c *Conn) fragment(f *Facts) string {
	first := c.Packets[0]
	if first.has(rst) {
		return schemas.TeardownRstWithoutConnection.String()
	}
	o, r := c.directions()
	onlyRST := func() bool { // everything of the other side is RST
		for _, p := range c.Packets {
			if p.Src != first.Src && !p.has(rst) {
				return false
			}
		}
		return true
	}
	sameFlags := func() bool { // and the first side repeats itself
		for _, p := range c.Packets {
			if p.Src == first.Src && (p.Flags != first.Flags || p.Seq != first.Seq) {
				return false
			}
		}
		return true
	}
	if !first.has(syn) && first.Len == 0 && onlyRST() && sameFlags() {
		switch {
		case first.has(fin) || first.Flags == 0:
			return schemas.TeardownFinWithoutConnection.String()
		case first.has(ack):
			return schemas.TeardownAckWithoutConnection.String()
		}
	}
	if first.has(syn|ack) && onlyRST() && sameFlags() {
		return schemas.TeardownSynackWithoutSyn.String()
	}
	if !(o && r) {
		for _, p := range c.Packets {
			if !p.has(syn) || p.has(ack) {
				if len(c.Packets) > 1 && first.has(syn) && !first.has(ack) && p.has(rst) {
					continue // a cancelled SYN
				}
				return schemas.TeardownOneDirectionOnly.String()
			}
		}
	}
	return ""
}

// early names an end before the connection was established, and its packet.
func (c *Conn) early(f *Facts) (string, *Packet) {
	if c.Superseded && !c.finished(f) {
		return schemas.TeardownSupersededByReuse.String(), nil
	}
	s := c.find(c.Orig, syn)
	if s == nil || s.has(ack) {
		return "", nil
	}
	sa := c.find(c.Resp, syn|ack)
	if sa == nil {
		if simultaneous := c.find(c.Resp, syn); simultaneous != nil {
			return "", nil
		}
		if f.First != nil {
			r := f.First.Packet
			if r.Src == c.Resp && r.has(ack) && r.Ack == s.End() {
				return schemas.TeardownSynRefusedRst.String(), r
			}
			if r.Src == c.Orig {
				if f.First.Offender != nil && f.First.Offender.Ack != s.Seq+1 {
					return schemas.TeardownHalfOpenDiscovery.String(), r
				}
				return schemas.TeardownSynCancelled.String(), r
			}
		}
		if len(c.ICMP) > 0 {
			return schemas.TeardownSynRefusedIcmp.String(), c.ICMP[0]
		}
		for _, p := range c.Packets {
			if !p.has(syn) {
				return "", nil
			}
		}
		last := c.Packets[len(c.Packets)-1]
		limit := 3 * time.Second
		if n := len(c.Packets); n > 1 {
			limit = max(limit, last.Time.Sub(c.Packets[n-2].Time)*5/2)
		}
		if c.End.Sub(last.Time) > limit {
			return schemas.TeardownSynUnanswered.String(), nil
		}
		return schemas.TeardownSynPendingAtCaptureEnd.String(), nil
	}
	if c.handshakeDone() {
		if !c.stalledHandshake(f) {
			return "", nil
		}
		return schemas.TeardownHandshakeStalled.String(), nil
	}
	if f.First != nil {
		if f.First.Packet.Src == c.Orig {
			return schemas.TeardownHandshakeRstByOrig.String(), f.First.Packet
		}
		return schemas.TeardownHandshakeRstByResp.String(), f.First.Packet
	}
	for _, p := range c.Packets {
		if p.Src == c.Orig && !p.has(syn) {
			return "", nil
		}
	}
	return schemas.TeardownHandshakeUnfinished.String(), nil
}

func (c *Conn) finished(f *Facts) bool {
	fs := c.fins2(nil)
	return f.First != nil || fs.ackA != nil && fs.ackB != nil
}

// stalledHandshake: the responder repeats its SYN-ACK after the originator's
// acknowledgment and never shows that it took anything.
func (c *Conn) stalledHandshake(f *Facts) bool {
	if f.First != nil {
		return false
	}
	acked, repeated := false, false
	for _, p := range c.Packets {
		switch {
		case p.Src == c.Orig && p.has(ack):
			acked = true
		case p.Src == c.Resp && p.has(syn|ack):
			repeated = repeated || acked
		case p.Src == c.Resp:
			return false
		}
	}
	return repeated
}

// notClosed names the end of a connection without FIN and effective RST.
func (c *Conn) notClosed() string {
	type train struct {
		n          int
		last, step time.Duration
	}
	// A train of retransmissions or probes counts while the peer is silent.
	var rtx, probe train
	start := c.Packets[0].Time
	st := map[uint32]bool{}
	var src = c.Packets[0].Src
	var seq uint32
	nxt := map[bool]uint32{}
	for _, p := range c.Packets {
		if p.has(rst) {
			continue
		}
		o := p.Src == c.Orig
		at := p.Time.Sub(start)
		isProbe := p.Len <= 1 && !p.has(syn) && !p.has(fin) && p.Seq == nxt[o]-1
		switch {
		case isProbe:
			if p.Src != src {
				rtx, probe = train{}, train{}
			}
			src, probe = p.Src, train{probe.n + 1, at, at - probe.last}
		case p.Len > 0 && st[p.Seq] && p.Seq == seq && p.Src == src:
			rtx = train{rtx.n + 1, at, at - rtx.last}
		case p.Len > 0 || p.Src != src:
			rtx, probe, src, seq = train{0, at, 0}, train{}, p.Src, p.Seq
			st = map[uint32]bool{p.Seq: p.Len > 0}
		}
		if e, ok := nxt[o]; !ok || before(e, p.End()) {
			nxt[o] = p.End()
		}
	}
	end := c.End.Sub(start)
	switch {
	case rtx.n >= 3 && end-rtx.last > rtx.step*5/2:
		return schemas.TeardownTimeoutRetransmission.String()
	case rtx.n >= 3:
		return schemas.TeardownRetransmittingAtCaptureEnd.String()
	case probe.n >= 2 && end-probe.last > probe.step*5/2:
		return schemas.TeardownTimeoutKeepaliveSilent.String()
	}
	last := c.Packets[len(c.Packets)-1].Time
	if c.End.Sub(last) <= max(time.Second, 3*c.rtt()) {
		return schemas.TeardownOpenActive.String()
	}
	return schemas.TeardownOpenIdle.String()
}
