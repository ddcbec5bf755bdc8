package effect

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/pcap-teardown/teardown/testdata/lab/capfile"
	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

// Capture is what an effect works on.
type Capture struct {
	Records []capfile.Record
	Link    int
	Snap    int
	Format  capfile.Format
	Client  netip.Addr
}

// Effect is a change to a capture of the base case.
type Effect struct {
	Name, Base string
	Apply      func(c *Capture)
	Only       int    // 4 or 6, or 0 for both
	More       string // name of a further connection of the first one's ports, if the effect makes one
}

func (c *Capture) segment(r capfile.Record) (wire.Segment, bool) { return wire.Parse(r.Data) }

// keep keeps the frames for which f is true; n counts the frames of that
// direction from 0.
func keep(f func(s wire.Segment, fromClient bool, n int) bool) func(*Capture) {
	return func(c *Capture) {
		var out []capfile.Record
		n := map[bool]int{}
		for _, r := range c.Records {
			s, ok := c.segment(r)
			from := ok && s.Src == c.Client
			if !ok || f(s, from, n[from]) {
				out = append(out, r)
			}
			n[from]++
		}
		c.Records = out
	}
}

func snap(n int) func(*Capture) {
	return func(c *Capture) {
		c.Snap = n
		for i := range c.Records {
			if r := &c.Records[i]; len(r.Data) > n {
				r.Data = r.Data[:n]
			}
		}
	}
}

func skip(n int) func(*Capture) {
	return func(c *Capture) { c.Records = c.Records[min(n, len(c.Records)):] }
}

// double repeats each frame for which f is true a little later; ttl is taken
// off the copy's time to live.
func double(ttl byte, f func(i int) bool) func(*Capture) {
	return func(c *Capture) {
		var out []capfile.Record
		for i, r := range c.Records {
			out = append(out, r)
			if f(i) {
				d := r
				d.Data = slices.Clone(r.Data)
				d.Time = r.Time.Add(4 * time.Microsecond)
				lessTTL(d.Data, ttl)
				out = append(out, d)
			}
		}
		c.Records = out
	}
}

func lessTTL(b []byte, n byte) {
	if n == 0 {
		return
	}
	if binary.BigEndian.Uint16(b[12:]) == 0x86dd {
		b[21] -= n
		return
	}
	b[22] -= n
	// RFC 1624: the checksum grows by what the word loses.
	sum := uint32(binary.BigEndian.Uint16(b[24:])) + uint32(n)<<8
	binary.BigEndian.PutUint16(b[24:], uint16(sum+sum>>16))
}

// lag delays the capture of one direction, as two taps with unequal clocks do;
// the handshake is left in order.
func lag(client bool, d time.Duration) func(*Capture) {
	return func(c *Capture) {
		for i := range c.Records {
			if s, ok := c.segment(c.Records[i]); ok && i > 2 && (s.Src == c.Client) == client {
				c.Records[i].Time = c.Records[i].Time.Add(d)
			}
		}
		slices.SortStableFunc(c.Records, func(a, b capfile.Record) int { return a.Time.Compare(b.Time) })
	}
}

// stretch makes the longest silence of the capture last d altogether.
func stretch(d time.Duration) func(*Capture) {
	return func(c *Capture) {
		at, longest := 0, time.Duration(0)
		for i := 1; i < len(c.Records); i++ {
			if g := c.Records[i].Time.Sub(c.Records[i-1].Time); g > longest {
				at, longest = i, g
			}
		}
		for i := at; i < len(c.Records); i++ {
			c.Records[i].Time = c.Records[i].Time.Add(d - longest)
		}
	}
}

// shift adds to the server's sequence numbers so that they begin at isn.
func shift(isn uint32) func(*Capture) {
	return func(c *Capture) {
		var delta uint32
		known := false
		for i := range c.Records {
			s, ok := c.segment(c.Records[i])
			if !ok {
				continue
			}
			if s.Src != c.Client {
				if !known {
					delta, known = isn-s.Seq, true
				}
				s.Seq += delta
			} else if s.Has(wire.ACK) {
				s.Ack += delta
			} else if s.Has(wire.RST) {
				continue
			}
			c.Records[i].Data = append(slices.Clone(c.Records[i].Data[:14]), s.Bytes()...)
		}
	}
}

// wrapIP replaces the link layer: f gets the IP packet and the Ethernet header.
func wrapIP(link int, f func(ip, eth []byte, fromClient bool) []byte) func(*Capture) {
	return func(c *Capture) {
		c.Link = link
		for i := range c.Records {
			r := &c.Records[i]
			s, _ := wire.Parse(r.Data)
			n := len(r.Data)
			r.Data = f(r.Data[14:], r.Data[:14], s.Src == c.Client)
			r.Len += len(r.Data) - n
		}
	}
}

func bare(ip, _ []byte, _ bool) []byte { return slices.Clone(ip) }

func tagged(tags ...byte) func(*Capture) {
	return wrapIP(capfile.Ethernet, func(ip, eth []byte, _ bool) []byte {
		return slices.Concat(eth[:12], tags, eth[12:14], ip)
	})
}

func cooked(ip, eth []byte, fromClient bool) []byte {
	kind := byte(4)
	if fromClient {
		kind = 0
	}
	return slices.Concat([]byte{0, kind, 0, 1, 0, 6}, eth[6:12], []byte{0, 0}, eth[12:14], ip)
}

func cooked2(ip, eth []byte, fromClient bool) []byte {
	kind := byte(4)
	if fromClient {
		kind = 0
	}
	return slices.Concat(eth[12:14], []byte{0, 0, 0, 0, 0, 2, 0, 1, kind, 6}, eth[6:12], []byte{0, 0}, ip)
}

func loopback(ip, _ []byte, _ bool) []byte {
	family := byte(2)
	if ip[0]>>4 == 6 {
		family = 30
	}
	return append([]byte{family, 0, 0, 0}, ip...)
}

// tunnel puts each packet behind an outer IPv4 header of that protocol.
func tunnel(proto byte, head func(ip, eth []byte) []byte) func(*Capture) {
	return wrapIP(capfile.Ethernet, func(ip, eth []byte, fromClient bool) []byte {
		p := proto
		if p == 4 && ip[0]>>4 == 6 {
			p = 41
		}
		body := append(head(ip, eth), ip...)
		a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
		if !fromClient {
			a, b = b, a
		}
		if p == 17 {
			binary.BigEndian.PutUint16(body[4:], uint16(len(body)))
		}
		return slices.Concat(eth[:12], []byte{8, 0}, wire.IPv4Header(a, b, p, len(body)), body)
	})
}

func gre(ip, eth []byte) []byte { return append([]byte{0, 0}, eth[12:14]...) }
func vxlan(ip, eth []byte) []byte {
	return append([]byte{0xc0, 1, 0x12, 0xb5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 42, 0}, eth...)
}
func gtp(ip, eth []byte) []byte {
	n := len(ip)
	return []byte{8, 0x68, 8, 0x68, 0, 0, 0, 0, 0x30, 0xff, byte(n >> 8), byte(n), 0, 0, 0, 7}
}
func plain(_, _ []byte) []byte { return nil }
