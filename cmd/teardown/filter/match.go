package filter

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// A matcher reports whether a row is chosen.
type matcher func(b *table.Packets, row int) bool

// A protocol is what a word such as tcp stands for.
type protocol struct {
	version int32   // of IP, 0 for both
	numbers []int32 // of IP, none for all
	ports   bool
}

// protocols are those of tcpdump; icmp is that of IPv4 only.
var protocols = map[string]protocol{
	"ip":    {version: 4, ports: true},
	"ip6":   {version: 6, ports: true},
	"tcp":   {numbers: []int32{6}, ports: true},
	"udp":   {numbers: []int32{17}, ports: true},
	"sctp":  {numbers: []int32{132}, ports: true},
	"icmp":  {version: 4, numbers: []int32{1}},
	"icmp6": {version: 6, numbers: []int32{58}},
}

// withPorts are the protocols whose ports tcpdump looks at.
var withPorts = []int32{6, 17, 132}

func (p *protocol) has(b *table.Packets, i int) bool {
	if b.IpVersion.Valid[i] == 0 || p.version != 0 && b.IpVersion.Values[i] != p.version {
		return false
	}
	return p.numbers == nil || b.IpProto.Valid[i] != 0 && slices.Contains(p.numbers, b.IpProto.Values[i])
}

func protocolIs(word string) matcher {
	p := protocols[word]
	return p.has
}

// directed applies a test to the sender's and the receiver's side.
func directed(q qualifiers, src, dst matcher) matcher {
	switch q.direction {
	case source:
		return src
	case destination:
		return dst
	case both:
		return func(b *table.Packets, i int) bool { return src(b, i) && dst(b, i) }
	}
	return func(b *table.Packets, i int) bool { return src(b, i) || dst(b, i) }
}

// limited applies the protocol of the qualifiers beside another test.
func limited(q qualifiers, m matcher) matcher {
	if q.protocol == "" {
		return m
	}
	p := protocols[q.protocol]
	return func(b *table.Packets, i int) bool { return p.has(b, i) && m(b, i) }
}

func inNet(q qualifiers, prefix netip.Prefix) matcher {
	low := addressOf(prefix.Addr())
	bits := prefix.Bits()
	if low.Version == 4 {
		bits += 96 // an IPv4 address stands in the lowest bits
	}
	hi, lo := ones(bits), ones(bits-64)
	test := func(column func(b *table.Packets) []table.Addr) matcher {
		return func(b *table.Packets, i int) bool {
			a := &column(b)[i]
			return a.Version == low.Version && a.Hi&hi == low.Hi && a.Lo&lo == low.Lo
		}
	}
	return limited(q, directed(q,
		test(func(b *table.Packets) []table.Addr { return b.SrcIp.Values }),
		test(func(b *table.Packets) []table.Addr { return b.DstIp.Values })))
}

// ones returns a number whose first bits are 1.
func ones(n int) uint64 {
	switch {
	case n <= 0:
		return 0
	case n >= 64:
		return math.MaxUint64
	}
	return ^(math.MaxUint64 >> n)
}

func addressOf(a netip.Addr) table.Addr {
	b := a.As16()
	if a.Is4() {
		return table.Addr{Lo: uint64(binary.BigEndian.Uint32(b[12:])), Version: 4}
	}
	return table.AddrFrom16(b[:])
}

func inPorts(q qualifiers, low, high int32) matcher {
	test := func(column func(b *table.Packets) *table.Int32) matcher {
		return func(b *table.Packets, i int) bool {
			c := column(b)
			return c.Valid[i] != 0 && c.Values[i] >= low && c.Values[i] <= high &&
				b.IpProto.Valid[i] != 0 && slices.Contains(withPorts, b.IpProto.Values[i])
		}
	}
	return limited(q, directed(q,
		test(func(b *table.Packets) *table.Int32 { return &b.SrcPort }),
		test(func(b *table.Packets) *table.Int32 { return &b.DstPort })))
}

func hasVLAN(b *table.Packets, i int) bool { return b.VlanId.Valid[i] != 0 }

func vlanIs(n int32) matcher {
	return func(b *table.Packets, i int) bool {
		return b.VlanId.Valid[i] != 0 && b.VlanId.Values[i] == n || b.VlanInnerId.Valid[i] != 0 && b.VlanInnerId.Values[i] == n
	}
}

// lengthIs tests the length on the wire: at most n for less, at least n for greater.
func lengthIs(less bool, n int64) matcher {
	if less {
		return func(b *table.Packets, i int) bool { return b.FrameLen.Values[i] <= n }
	}
	return func(b *table.Packets, i int) bool { return b.FrameLen.Values[i] >= n }
}
