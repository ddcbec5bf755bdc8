package capture_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	ct "github.com/pcap-teardown/teardown/capture/capturetest"
)

// A frameCase is a frame of some link type; its row stands in a golden file.
type frameCase struct {
	name string
	link int
	data []byte
	wire int // 0 is all of data
}

func testFrames(t *testing.T, file string, cases []frameCase) {
	t.Helper()
	var out strings.Builder
	for _, c := range cases {
		rows := mustRead(t, ct.Pcap(ct.File{Link: c.link}, ct.Packet{Time: 1e9, Data: c.data, Wire: c.wire}), inFile...)
		fmt.Fprintf(&out, "%s\n    %s\n", c.name, strings.Join(rows, "\n    "))
	}
	golden(t, file, out.String())
}

const (
	ethernet = 1
	client4  = "10.0.0.1:40000"
	server4  = "10.0.0.2:80"
	client6  = "[2001:db8::1]:40000"
	server6  = "[2001:db8::2]:80"
)

func syn(client, server string) ct.TCP {
	return ct.TCP{Src: client, Dst: server, Seq: 0xfffffff0, Flags: ct.SYN, Window: 64240,
		Options: ct.Cat(ct.MSS(1460), ct.SACKPermitted(), ct.Timestamps(100, 0)[2:], ct.Scale(7))}
}

func data(client, server, text string) ct.TCP {
	return ct.TCP{Src: client, Dst: server, Seq: 1, Ack: 2, Flags: ct.PSH | ct.ACK, Window: 500,
		Options: ct.Timestamps(101, 99), Payload: []byte(text)}
}

// patched changes bytes of a frame at an offset.
func patched(frame []byte, at int, bytes ...byte) []byte {
	out := ct.Cat(frame)
	copy(out[at:], bytes)
	return out
}

func TestTCP(t *testing.T) {
	s, d := syn(client4, server4).Frame(), data(client4, server4, "GET / HTTP/1.1\r\nHost: a").Frame()
	all := ct.TCP{Src: client4, Dst: server4, Flags: 0xfff, Window: 1}
	rst := ct.TCP{Src: server4, Dst: client4, Flags: ct.RST, Payload: []byte(strings.Repeat("why the connection ends. ", 4))}
	options := func(o ...[]byte) []byte {
		return ct.TCP{Src: client4, Dst: server4, Flags: ct.ACK, Options: ct.Cat(o...)}.Frame()
	}
	const tcp = 34 // offset of the header in the frame
	testFrames(t, "tcp.golden", []frameCase{
		{"SYN with the usual options", ethernet, s, 0},
		{"data: 16 bytes of payload are kept", ethernet, d, 0},
		{"RST with words: 64 bytes are kept", ethernet, rst.Frame(), 0},
		{"SYN with a wrong checksum", ethernet, patched(s, tcp+16, 0x12, 0x34), 0},
		{"SYN whose checksum the network card writes", ethernet, patched(s, tcp+16, 0x14, 0x31), 0},
		{"SYN in a fragment", ethernet, ct.TCP{Src: client4, Dst: server4, Flags: ct.SYN, IP: ct.IP{MF: true}}.Frame(), 0},
		{"IPv6", ethernet, syn(client6, server6).Frame(), 0},
		{"all 12 flags", ethernet, all.Frame(), 0},
		{"ACK number without ACK flag", ethernet, ct.TCP{Src: client4, Dst: server4, Ack: 77, Flags: ct.SYN}.Frame(), 0},
		{"padding of short Ethernet frames is no payload", ethernet, ct.Cat(ct.TCP{Src: client4, Dst: server4, Flags: ct.ACK}.Frame(), make([]byte, 6)), 0},
		{"IP length 0: the frame counts", ethernet, patched(d, 16, 0, 0), 0},
		{"IP length beyond the frame: the frame counts", ethernet, patched(d, 16, 1, 0), 0},
		{"data offset below 20", ethernet, patched(d, tcp+12, 0x40), 0},
		{"data offset beyond the segment", ethernet, patched(ct.TCP{Src: client4, Dst: server4, Flags: ct.ACK}.Frame(), tcp+12, 0xf0), 0},
		{"SACK blocks", ethernet, options([]byte{1, 1}, ct.Option(5, ct.Cat(ct.U32(5), ct.U32(9))...)), 0},
		{"fast open, MPTCP, unknown kind", ethernet, options(ct.Option(34, 1, 2, 3, 4), ct.Option(30, 1, 2), ct.Option(200, 9)), 0},
		{"padding after EOL is told, what follows is not", ethernet, options(ct.MSS(1000), []byte{0, 0}, ct.Option(4)), 0},
		{"option length 0", ethernet, options([]byte{1, 8, 0, 1}), 0},
		{"option longer than the header", ethernet, options([]byte{1, 1, 8, 10}), 0},
		{"window scale of 255", ethernet, options([]byte{1}, ct.Option(3, 255)), 0},
		{"options cut by the snap length", ethernet, s[:tcp+20+11], len(s)},
		{"payload cut by the snap length", ethernet, d[:tcp+32+5], len(d)},
		{"header cut after 18 bytes", ethernet, d[:tcp+18], len(d)},
		{"header cut after 13 bytes", ethernet, d[:tcp+13], len(d)},
		{"header cut after 8 bytes", ethernet, d[:tcp+8], len(d)},
		{"header cut after 3 bytes", ethernet, d[:tcp+3], len(d)},
		{"header cut after 0 bytes", ethernet, d[:tcp], len(d)},
	})
}

func TestIP(t *testing.T) {
	udp4 := ct.UDP{Src: "10.0.0.1:5000", Dst: "10.0.0.2:53", Payload: []byte("question?")}
	udp6 := ct.UDP{Src: "[2001:db8::1]:5000", Dst: "[2001:db8::2]:53", Payload: []byte("question?")}
	with4 := func(change func(*ct.IP)) []byte {
		u := udp4
		change(&u.IP)
		return u.Frame()
	}
	ip6 := func(next int, payload ...[]byte) []byte {
		return ct.IP{Src: "2001:db8::1", Dst: "2001:db8::2", Proto: next, TOS: 0xb9, Flow: 0xabcde, Payload: ct.Cat(payload...)}.Frame()
	}
	datagram := udp6.Datagram()
	options := []byte{17, 0, 1, 4, 0, 0, 0, 0}
	chain := ct.Cat([]byte{43, 0, 5, 2, 0, 0, 1, 0}, []byte{60, 0, 4, 0, 0, 0, 0, 0}, []byte{44, 0, 1, 4, 0, 0, 0, 0},
		[]byte{51, 0, 0, 0, 0, 0, 0, 9}, []byte{17, 4, 0, 0}, make([]byte, 20))
	whole := udp6.Frame()
	testFrames(t, "ip.golden", []frameCase{
		{"IPv4", ethernet, with4(func(p *ct.IP) { p.TOS, p.ID, p.DF, p.TTL = 0x2e<<2|1, 4660, true, 128 }), 0},
		{"IPv4 with options", ethernet, with4(func(p *ct.IP) { p.Options = []byte{0x94, 4, 0, 0} }), 0},
		{"first fragment", ethernet, with4(func(p *ct.IP) { p.MF = true }), 0},
		{"later fragment", ethernet, with4(func(p *ct.IP) { p.FragOffset = 1480 }), 0},
		{"first fragment of TCP", ethernet, ct.TCP{Src: client4, Dst: server4, Flags: ct.ACK, Payload: []byte("part"), IP: ct.IP{MF: true}}.Frame(), 0},
		{"header length 16", ethernet, patched(udp4.Frame(), 14, 0x44), 0},
		{"total length below the header length", ethernet, patched(udp4.Frame(), 16, 0, 19), 0},
		{"version 5", ethernet, patched(udp4.Frame(), 14, 0x55), 0},
		{"IPv6 behind the EtherType of IPv4", ethernet, patched(whole, 12, 8, 0), 0},
		{"IPv4 header cut after 9 bytes", ethernet, udp4.Frame()[:23], 60},
		{"IPv4 header cut after 16 bytes", ethernet, udp4.Frame()[:30], 60},
		{"IPv4 options cut", ethernet, with4(func(p *ct.IP) { p.Options = make([]byte, 40) })[:50], 100},
		{"nothing of the packet captured", ethernet, udp4.Frame()[:14], 60},
		{"IPv6", ethernet, ip6(17, datagram), 0},
		{"IPv6 hop-by-hop", ethernet, ip6(0, options, datagram), 0},
		{"IPv6 hop-by-hop, routing, destination, atomic fragment, AH", ethernet, ip6(0, chain, datagram), 0},
		{"IPv6 first fragment", ethernet, ip6(44, []byte{17, 0, 0, 1, 0, 1, 2, 3}, datagram), 0},
		{"IPv6 later fragment", ethernet, ip6(44, []byte{17, 0, 0, 8, 0, 1, 2, 3}, datagram), 0},
		{"IPv6 no next header", ethernet, ip6(59, []byte{1, 2, 3}), 0},
		{"IPv6 jumbogram", ethernet, patched(ip6(0, []byte{17, 0, 0xc2, 4, 0, 1, 0, 0}, patched(datagram, 4, 0, 0)), 18, 0, 0), 0},
		{"IPv6 extension header cut", ethernet, ip6(0, options[:5]), 0},
		{"IPv6 header cut after 7 bytes", ethernet, whole[:21], len(whole)},
		{"IPv6 header cut after 30 bytes", ethernet, whole[:44], len(whole)},
		{"IPv4 AH", ethernet, ct.IP{Src: "10.0.0.1", Dst: "10.0.0.2", Proto: 51, Payload: ct.Cat([]byte{17, 4, 0, 0}, make([]byte, 20), udp4.Datagram())}.Frame(), 0},
		{"ESP", ethernet, ct.IP{Src: "10.0.0.1", Dst: "10.0.0.2", Proto: 50, Payload: make([]byte, 16)}.Frame(), 0},
		{"UDP without payload", ethernet, ct.UDP{Src: "10.0.0.1:1", Dst: "10.0.0.2:2"}.Frame(), 0},
		{"UDP length 7", ethernet, patched(udp4.Frame(), 38, 0, 7), 0},
		{"UDP length beyond the packet", ethernet, patched(udp4.Frame(), 38, 0, 200), 0},
		{"UDP header cut", ethernet, udp4.Frame()[:38], 60},
		{"UDP-Lite", ethernet, ct.IP{Src: "10.0.0.1", Dst: "10.0.0.2", Proto: 136, Payload: udp4.Datagram()}.Frame(), 0},
		{"SCTP", ethernet, ct.IP{Src: "10.0.0.1", Dst: "10.0.0.2", Proto: 132, Payload: make([]byte, 12)}.Frame(), 0},
		{"DCCP cut", ethernet, ct.IP{Src: "10.0.0.1", Dst: "10.0.0.2", Proto: 33, Payload: []byte{1, 2}}.Frame(), 0},
		{"IGMP", ethernet, ct.IP{Src: "10.0.0.1", Dst: "224.0.0.1", Proto: 2, Payload: make([]byte, 8)}.Frame(), 0},
	})
}

func TestICMP(t *testing.T) {
	tcp4, tcp6 := syn(client4, server4).Packet(), syn(client6, server6).Packet()
	udp4 := ct.UDP{Src: client4, Dst: "10.0.0.2:53", Payload: []byte("question?")}.Packet()
	fragment := ct.UDP{Src: client4, Dst: "10.0.0.2:53", IP: ct.IP{FragOffset: 800}}.Packet()
	echo := ct.IP{Src: "10.0.0.1", Dst: "10.0.0.2", Proto: 1, Payload: []byte{8, 0, 0, 0, 0, 1, 0, 1, 'x'}}
	behind := ct.IP{Src: "2001:db8::1", Dst: "2001:db8::2", Proto: 60, Payload: ct.Cat([]byte{6, 0, 1, 4, 0, 0, 0, 0}, tcp6[40:])}.Bytes()
	e4 := func(kind, code int, quoted []byte) []byte {
		return ct.ICMPError("10.9.9.9", "10.0.0.1", kind, code, quoted)
	}
	e6 := func(kind, code int, quoted []byte) []byte {
		return ct.ICMPError("2001:db8::9", "2001:db8::1", kind, code, quoted)
	}
	testFrames(t, "icmp.golden", []frameCase{
		{"echo request", ethernet, echo.Frame(), 0},
		{"port unreachable quotes UDP", ethernet, e4(3, 3, udp4), 0},
		{"unreachable quotes 8 bytes of TCP", ethernet, e4(3, 13, tcp4[:28]), 0},
		{"time exceeded quotes the whole TCP header", ethernet, e4(11, 0, tcp4), 0},
		{"quotes a later fragment", ethernet, e4(11, 1, fragment), 0},
		{"quote cut inside the IP header", ethernet, e4(3, 1, tcp4[:12]), 0},
		{"ICMPv6 unreachable quotes TCP", ethernet, e6(1, 4, tcp6), 0},
		{"ICMPv6 packet too big quotes TCP behind an extension header", ethernet, e6(2, 0, behind), 0},
		{"ICMPv6 neighbour solicitation quotes nothing", ethernet, e6(135, 0, tcp6), 0},
		{"header cut after 1 byte", ethernet, echo.Frame()[:35], 60},
	})
}

func TestLinks(t *testing.T) {
	p4, p6 := data(client4, server4, "x").Packet(), data(client6, server6, "x").Packet()
	frame := data(client4, server4, "x").Frame()
	cooked := func(arphrd, kind int, payload []byte) []byte {
		return ct.Cat(ct.U16(0), ct.U16(arphrd), ct.U16(6), make([]byte, 8), ct.U16(kind), payload)
	}
	snap := ct.Cat([]byte{0xaa, 0xaa, 3, 0, 0, 0}, ct.U16(0x0800), p4)
	wlan := ct.Cat([]byte{0x88, 0x01, 0, 0}, make([]byte, 18), []byte{0, 0}, []byte{0, 0}, snap)
	radiotap := ct.Cat([]byte{0, 0, 9, 0, 2, 0, 0, 0, 0x10}, wlan, []byte{1, 2, 3, 4})
	prism := ct.Cat(binary.LittleEndian.AppendUint32([]byte{0x44, 0, 0, 0}, 144), make([]byte, 136), wlan)
	nflog := func(order binary.AppendByteOrder) []byte {
		tlv := order.AppendUint16(order.AppendUint16([]byte{2, 0, 0, 0}, 8), 1)
		tlv = order.AppendUint16(append(tlv, 0, 0, 0, 0), uint16(4+len(p4)))
		return append(order.AppendUint16(tlv, 9), p4...)
	}
	ppp := ct.Cat([]byte{0xff, 3}, ct.U16(0x0021), p4)
	mpls := ct.Cat(ct.U32(16<<12|64), ct.U32(17<<12|0x100|64), p4)
	testFrames(t, "links.golden", []frameCase{
		{"Ethernet", ethernet, frame, 0},
		{"Ethernet with FCS bits", ethernet | 2<<28 | 1<<26, patched(ct.Cat(frame, []byte{9, 9, 9, 9}), 16, 0, 0), 0},
		{"Ethernet cut", ethernet, frame[:13], 60},
		{"ARP", ethernet, ct.Ethernet(0x0806, make([]byte, 28)), 0},
		{"802.1Q", ethernet, ct.Ethernet(0x8100, ct.VLAN(0x6000|100, 0x0800, p4)), 0},
		{"802.1ad", ethernet, ct.Ethernet(0x88a8, ct.VLAN(200, 0x8100, ct.VLAN(100, 0x86dd, p6))), 0},
		{"QinQ 0x9100, three tags", ethernet, ct.Ethernet(0x9100, ct.VLAN(3, 0x8100, ct.VLAN(2, 0x8100, ct.VLAN(1, 0x0800, p4)))), 0},
		{"TRILL with options of 8 bytes", ethernet, ct.Ethernet(0x22f3, ct.Cat([]byte{0, 0x9f, 0, 1, 0, 2}, make([]byte, 8), frame)), 0},
		{"TRILL cut", ethernet, ct.Ethernet(0x22f3, []byte{0, 0x9f, 0, 1, 0, 2, 0}), 99},
		{"MACsec without channel identifier", ethernet, ct.Ethernet(0x88e5, ct.Cat([]byte{0, 0, 0, 0, 0, 1}, ct.U16(0x0800), p4, make([]byte, 16))), 0},
		{"MACsec, encrypted", ethernet, ct.Ethernet(0x88e5, ct.Cat([]byte{0x0c, 0, 0, 0, 0, 1}, ct.U16(0x0800), p4, make([]byte, 16))), 0},
		{"MACsec cut", ethernet, ct.Ethernet(0x88e5, []byte{0x20, 0, 0, 0, 0, 1, 0}), 99},
		{"HSR in 802.1Q", ethernet, ct.Ethernet(0x8100, ct.VLAN(5, 0x892f, ct.Cat([]byte{0, 60, 0, 1}, ct.U16(0x0800), p4))), 0},
		{"VLAN tag cut", ethernet, ct.Ethernet(0x8100, ct.VLAN(7, 0x0800, nil))[:17], 60},
		{"LLC and SNAP", ethernet, ct.Ethernet(len(snap), ct.Cat(snap, make([]byte, 3))), 0},
		{"LLC without SNAP", ethernet, ct.Ethernet(3+len(p4), ct.Cat([]byte{6, 6, 3}, p4)), 0},
		{"LLC cut", ethernet, ct.Ethernet(40, []byte{0xaa, 0xaa}), 54},
		{"spanning tree", ethernet, ct.Ethernet(38, ct.Cat([]byte{0x42, 0x42, 3}, make([]byte, 35))), 0},
		{"Linux cooked", 113, cooked(1, 0x0800, p4), 0},
		{"Linux cooked with VLAN", 113, cooked(1, 0x8100, ct.VLAN(5, 0x0800, p4)), 0},
		{"Linux cooked LLC", 113, cooked(1, 4, snap), 0},
		{"Linux cooked netlink", 113, cooked(824, 0, make([]byte, 30)), 0},
		{"Linux cooked cut", 113, cooked(1, 0x0800, nil)[:15], 60},
		{"Linux cooked 2", 276, ct.Cat(ct.U16(0x86dd), make([]byte, 6), ct.U16(1), make([]byte, 10), p6), 0},
		{"raw IPv4", 101, p4, 0},
		{"raw IPv6", 101, p6, 0},
		{"raw, DLT 12", 12, p4, 0},
		{"raw, DLT 14", 14, p6, 0},
		{"raw, neither", 101, []byte{0x12, 0x34}, 0},
		{"IPv4", 228, p4, 0},
		{"IPv6", 229, p6, 0},
		{"BSD loopback, little endian", 0, ct.Cat([]byte{2, 0, 0, 0}, p4), 0},
		{"BSD loopback, big endian", 0, ct.Cat([]byte{0, 0, 0, 30}, p6), 0},
		{"OpenBSD loopback", 108, ct.Cat([]byte{0, 0, 0, 24}, p6), 0},
		{"PPP", 9, ppp, 0},
		{"PPP without address, protocol compressed", 9, ct.Cat([]byte{0x57}, p6), 0},
		{"PPP serial with Cisco HDLC", 50, ct.Cat([]byte{0x0f, 0}, ct.U16(0x0800), p4), 0},
		{"PPP with direction", 204, ct.Cat([]byte{1}, ppp), 0},
		{"PPPoE link", 51, ct.Cat([]byte{0x11, 0}, ct.U16(1), ct.U16(2+len(p4)), ct.U16(0x0021), p4), 0},
		{"PPPoE in Ethernet", ethernet, ct.Ethernet(0x8864, ct.Cat([]byte{0x11, 0}, ct.U16(1), ct.U16(2+len(p4)), ct.U16(0x0021), p4)), 0},
		{"Cisco HDLC", 104, ct.Cat([]byte{0x0f, 0}, ct.U16(0x86dd), p6), 0},
		{"Frame Relay, NLPID", 107, ct.Cat([]byte{0x18, 0x41, 3, 0xcc}, p4), 0},
		{"Frame Relay, SNAP", 107, ct.Cat([]byte{0x18, 0x41, 3, 0, 0x80, 0, 0, 0}, ct.U16(0x0800), p4), 0},
		{"Frame Relay, Cisco", 107, ct.Cat([]byte{0x18, 0x41}, ct.U16(0x0800), p4), 0},
		{"802.11", 105, wlan, 0},
		{"802.11 encrypted", 105, patched(wlan, 1, 0x41), 0},
		{"802.11 beacon", 105, patched(wlan, 0, 0x80), 0},
		{"802.11 cut", 105, wlan[:20], 60},
		{"radiotap with FCS", 127, radiotap, 0},
		{"radiotap cut", 127, radiotap[:8], 60},
		{"Prism", 119, prism, 0},
		{"AVS", 163, ct.Cat(ct.U32(0x80211001), ct.U32(64), make([]byte, 56), wlan), 0},
		{"PPI with Ethernet", 192, ct.Cat([]byte{0, 0, 8, 0, 1, 0, 0, 0}, frame), 0},
		{"PPI with 802.11", 192, ct.Cat([]byte{0, 0, 8, 0, 105, 0, 0, 0}, wlan), 0},
		{"MPLS link", 219, mpls, 0},
		{"MPLS in Ethernet", ethernet, ct.Ethernet(0x8847, mpls), 0},
		{"MPLS pseudowire with control word", ethernet, ct.Ethernet(0x8847, ct.Cat(ct.U32(16<<12|0x100|64), ct.U32(0), frame)), 0},
		{"MPLS cut", ethernet, ct.Ethernet(0x8847, mpls[:6]), 80},
		{"FDDI", 10, ct.Cat([]byte{0x50}, make([]byte, 12), snap), 0},
		{"token ring with source routing", 6, ct.Cat([]byte{0x10, 0x40}, make([]byte, 6), []byte{0x80, 0, 0, 0, 0, 0}, []byte{2, 0}, snap), 0},
		{"IP over InfiniBand", 242, ct.Cat(make([]byte, 40), ct.U16(0x0800), ct.U16(0), p4), 0},
		{"IP over InfiniBand without routing header", 242, ct.Cat(make([]byte, 20), ct.U16(0x86dd), ct.U16(0), p6), 0},
		{"NFLOG", 239, nflog(binary.LittleEndian), 0},
		{"NFLOG, big endian", 239, nflog(binary.BigEndian), 0},
		{"PFLOG", 117, ct.Cat([]byte{61, 2, 0, 0}, make([]byte, 60), p4), 0},
		{"ENC", 109, ct.Cat(make([]byte, 12), p4), 0},
		{"ERF", 197, ct.Cat(make([]byte, 8), []byte{2, 4, 0, 0, 0, 0}, ct.U16(len(frame)), []byte{0, 0}, frame, []byte("padding")), 0},
		{"USB", 220, make([]byte, 64), 0},
		{"Bluetooth", 201, make([]byte, 20), 0},
		{"802.15.4", 195, make([]byte, 20), 0},
		{"netlink", 253, make([]byte, 32), 0},
		{"unknown link type", 147, []byte{1, 2, 3}, 0},
		{"empty frame", ethernet, nil, 0},
		{"empty frame of a lost packet", ethernet, nil, 60},
	})
}

func TestTunnels(t *testing.T) {
	in4, in6 := data(client4, server4, "inner").Packet(), data(client6, server6, "inner").Packet()
	inner := data(client4, server4, "inner").Frame()
	ip := func(proto int, payload ...[]byte) []byte {
		return ct.IP{Src: "192.0.2.1", Dst: "192.0.2.2", Proto: proto, Payload: ct.Cat(payload...)}.Frame()
	}
	ip6 := func(proto int, payload ...[]byte) []byte {
		return ct.IP{Src: "2001:db8:f::1", Dst: "2001:db8:f::2", Proto: proto, Payload: ct.Cat(payload...)}.Frame()
	}
	udp := func(port int, payload ...[]byte) []byte {
		return ct.UDP{Src: "192.0.2.1:50000", Dst: fmt.Sprintf("192.0.2.2:%d", port), Payload: ct.Cat(payload...)}.Frame()
	}
	vxlan := ct.Cat([]byte{8, 0, 0, 0, 0, 0, 1, 0}, inner)
	nested := in4
	for range 20 {
		nested = ct.IP{Src: "192.0.2.1", Dst: "192.0.2.2", Proto: 4, Payload: nested}.Bytes()
	}
	testFrames(t, "tunnels.golden", []frameCase{
		{"IPv4 in IPv4", ethernet, ip(4, in4), 0},
		{"IPv6 in IPv4", ethernet, ip(41, in6), 0},
		{"IPv4 in IPv6", ethernet, ip6(4, in4), 0},
		{"IPv6 in IPv6", ethernet, ip6(41, in6), 0},
		{"GRE", ethernet, ip(47, ct.U16(0), ct.U16(0x0800), in4), 0},
		{"GRE with checksum, key and sequence number", ethernet, ip(47, ct.U16(0xb000), ct.U16(0x86dd), make([]byte, 12), in6), 0},
		{"GRE with Ethernet", ethernet, ip(47, ct.U16(0x2000), ct.U16(0x6558), ct.U32(1), inner), 0},
		{"PPTP", ethernet, ip(47, ct.U16(0x3081), ct.U16(0x880b), make([]byte, 12), []byte{0xff, 3, 0, 0x21}, in4), 0},
		{"GRE cut", ethernet, ip(47, ct.U16(0xb000), ct.U16(0x0800), []byte{1}), 0},
		{"ERSPAN type II", ethernet, ip(47, ct.U16(0x1000), ct.U16(0x88be), make([]byte, 4), []byte{0x10}, make([]byte, 7), inner), 0},
		{"ERSPAN type I", ethernet, ip(47, ct.U16(0), ct.U16(0x88be), inner), 0},
		{"ERSPAN type III", ethernet, ip(47, ct.U16(0x1000), ct.U16(0x22eb), make([]byte, 4), []byte{0x20}, make([]byte, 11), inner), 0},
		{"VXLAN", ethernet, udp(4789, vxlan), 0},
		{"VXLAN with ARP: the outer packet counts", ethernet, udp(4789, vxlan[:8], ct.Ethernet(0x0806, make([]byte, 28))), 0},
		{"VXLAN in VLAN, with VLAN", ethernet, ct.Ethernet(0x8100, ct.VLAN(9, 0x0800, udp(8472, vxlan[:8], ct.Ethernet(0x8100, ct.VLAN(4, 0x0800, in4)))[14:])), 0},
		{"VXLAN-GPE", ethernet, udp(4790, []byte{0x0c, 0, 0, 2, 0, 0, 1, 0}, in6), 0},
		{"Geneve with options", ethernet, udp(6081, []byte{1, 0, 0x65, 0x58, 0, 0, 1, 0, 1, 2, 3, 4}, inner), 0},
		{"GTP-U", ethernet, udp(2152, []byte{0x30, 255, 0, byte(len(in4)), 0, 0, 0, 1}, in4), 0},
		{"GTP-U with extension header", ethernet, udp(2152, []byte{0x34, 255, 0, byte(8 + len(in6)), 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0}, in6), 0},
		{"GTP echo", ethernet, udp(2152, []byte{0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0}), 0},
		{"GTP version 0", ethernet, udp(3386, []byte{0x1e, 255, 0, byte(len(in4))}, make([]byte, 16), in4), 0},
		{"GTP version 0, cut", ethernet, udp(3386, []byte{0x1e, 255, 0, byte(len(in4))}, make([]byte, 16), in4[:1])[:62], 99},
		{"GTP version 0, echo", ethernet, udp(3386, []byte{0x1e, 1, 0, 0}, make([]byte, 16)), 0},
		{"Teredo with authentication and origin", ethernet, udp(3544, []byte{0, 1, 0, 0}, make([]byte, 9), make([]byte, 8), in6), 0},
		{"L2TP", ethernet, udp(1701, ct.U16(0x0002), make([]byte, 4), []byte{0xff, 3, 0, 0x21}, in4), 0},
		{"AYIYA", ethernet, udp(5072, []byte{0x43, 0x52, 0x11, 41, 0, 0, 0, 0}, make([]byte, 36), in6), 0},
		{"CAPWAP with Ethernet", ethernet, udp(5247, []byte{0, 0x10, 2, 0, 0, 0, 0, 0}, inner), 0},
		{"EtherIP", ethernet, ip(97, []byte{0x30, 0}, inner), 0},
		{"MPLS in IP", ethernet, ip(137, ct.U32(0x100|64), in4), 0},
		{"MPLS in UDP", ethernet, udp(6635, ct.U32(0x100|64), in4), 0},
		{"LISP", ethernet, udp(4341, make([]byte, 8), in4), 0},
		{"TZSP", ethernet, udp(37008, []byte{1, 0, 0, 1, 1}, inner), 0},
		{"PIM register", ethernet, ip(103, []byte{0x21, 0, 0, 0, 0, 0, 0, 0}, in4), 0},
		{"GRE in VXLAN in IPv6", ethernet, ip6(17, ct.UDP{Src: "[2001:db8:f::1]:50000", Dst: "[2001:db8:f::2]:4789", Payload: ct.Cat(vxlan[:8], ip(47, ct.U16(0), ct.U16(0x0800), in4))}.Datagram()), 0},
		{"twenty headers", 101, nested, 0},
		{"first fragment of a tunnel", ethernet, patched(ip(4, in4), 20, 0x20), 0},
		{"not the packet that the header announces", ethernet, ip(4, []byte("zero packets here")), 0},
		{"a port of a tunnel with a system port", ethernet, ct.UDP{Src: "192.0.2.1:4789", Dst: "192.0.2.2:53", Payload: vxlan}.Frame(), 0},
		{"an ICMP error quotes a tunnel: its outer packet", ethernet, ct.ICMPError("192.0.2.9", "192.0.2.1", 3, 1, ip(4, in4)[14:]), 0},
	})
}
