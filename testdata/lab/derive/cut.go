package derive

import (
	"net/netip"
	"slices"
	"time"
)

// Conn is one connection.
type Conn struct {
	Orig, Resp netip.AddrPort
	Pickup     string
	Packets    []*Packet // in capture order, duplicates left out
	ICMP       []*Packet
	First      int // frame of the first packet
	Last       int
	Superseded bool // a new SYN took its place before it had ended
	End        time.Time

	basis int // 3 SYN, 2 SYN-ACK, 1 guessed
	isn   map[netip.AddrPort]uint32
	ended bool
	fins  map[netip.AddrPort]uint32
	acked map[netip.AddrPort]bool
	last  time.Time
	total int
}

// Total is the number of packets, duplicates included.
func (c *Conn) Total() int { return c.total }

type key struct{ a, b netip.AddrPort }

func keyOf(p *Packet) key {
	if p.Src.Compare(p.Dst) < 0 {
		return key{p.Src, p.Dst}
	}
	return key{p.Dst, p.Src}
}

// Idle limits of the contract.
const (
	idleEstablished = 2*time.Hour + 4*time.Minute
	idleTransitory  = 4 * time.Minute
)

func before(a, b uint32) bool { return int32(a-b) < 0 }

// Cut sorts the packets of a capture into connections, in order of their first
// frame, by the rules of the contract.
func Cut(pkts []*Packet, end time.Time) []*Conn {
	live := map[key]*Conn{}
	var all []*Conn
	for _, p := range pkts {
		k := keyOf(p)
		c := live[k]
		if p.ICMP {
			if c != nil {
				c.ICMP = append(c.ICMP, p)
			}
			continue
		}
		if c == nil || c.startsNew(p) {
			if c != nil && !c.ended {
				c.Superseded = p.has(syn) && !p.has(ack)
			}
			c = &Conn{First: p.Frame, End: end, isn: map[netip.AddrPort]uint32{},
				fins: map[netip.AddrPort]uint32{}, acked: map[netip.AddrPort]bool{}}
			live[k] = c
			all = append(all, c)
		}
		c.add(p)
	}
	return all
}

func (c *Conn) startsNew(p *Packet) bool {
	limit := idleTransitory
	if c.established() && len(c.fins) == 0 && !c.ended {
		limit = idleEstablished
	}
	if p.Time.Sub(c.last) > limit {
		return true
	}
	if !p.has(syn) || p.has(ack) {
		return false
	}
	isn, known := c.isn[p.Src]
	if sa := c.find(p.Dst, syn|ack); !known && sa != nil {
		isn, known = sa.Ack-1, true // captured out of order
	}
	if !known {
		// The other end's first SYN of a simultaneous open (RFC 9293 3.5)
		// belongs to the connection that its peer has begun.
		return !(c.Pickup == "syn" && p.Src == c.Resp && !slices.ContainsFunc(c.Packets, func(q *Packet) bool { return q.Src == p.Src }))
	}
	return isn != p.Seq || c.ended
}

func (c *Conn) established() bool {
	var o, r bool
	for _, q := range c.Packets {
		if q.Src == c.Orig {
			o = o || q.has(ack)
		} else {
			r = r || q.has(ack)
		}
	}
	return o && r
}

func (c *Conn) add(p *Packet) {
	c.Last, c.last = p.Frame, p.Time
	c.total++
	switch {
	case p.has(syn) && !p.has(ack) && c.basis == 0:
		c.basis, c.Orig, c.Resp, c.Pickup = 3, p.Src, p.Dst, "syn"
	case p.has(syn|ack) && c.basis == 0:
		c.basis, c.Orig, c.Resp, c.Pickup = 2, p.Dst, p.Src, "syn_ack"
	case c.basis == 0:
		c.basis, c.Orig, c.Resp, c.Pickup = 1, p.Src, p.Dst, "midstream"
		if p.Src.Port() < p.Dst.Port() {
			c.Orig, c.Resp = p.Dst, p.Src
		}
	}
	if p.has(syn) {
		if _, ok := c.isn[p.Src]; !ok {
			c.isn[p.Src] = p.Seq
		}
	}
	for i := len(c.Packets) - 1; i >= 0 && p.Time.Sub(c.Packets[i].Time) <= time.Millisecond; i-- {
		if duplicate(c.Packets[i], p) {
			p.Dup = true
			return
		}
	}
	if p.has(rst) {
		c.ended = true
	}
	if p.has(fin) {
		c.fins[p.Src] = p.End()
	}
	if end, ok := c.fins[p.Dst]; ok && p.has(ack) && !before(p.Ack, end) {
		c.acked[p.Dst] = true
	}
	if c.acked[c.Orig] && c.acked[c.Resp] {
		c.ended = true
	}
	c.Packets = append(c.Packets, p)
}

// duplicate tells a second capture of the same packet from a retransmission:
// the IP identification repeats, or where there is none the checksum does,
// which covers the timestamps.
func duplicate(a, b *Packet) bool {
	return a.Src == b.Src && a.Seq == b.Seq && a.Ack == b.Ack && a.Flags == b.Flags && a.Len == b.Len &&
		a.Win == b.Win && a.ID == b.ID && a.Sum == b.Sum && (a.TTL == b.TTL || a.TTL == b.TTL+1 || b.TTL == a.TTL+1)
}
