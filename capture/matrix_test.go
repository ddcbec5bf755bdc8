package capture_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"

	"github.com/pcap-teardown/teardown/capture"
	ct "github.com/pcap-teardown/teardown/capture/capturetest"
)

// A wrapping puts an IP packet, of version 4 or 6, into something.
type wrapping struct {
	name   string
	link   int
	wrap   func(version int, packet []byte) []byte
	behind int // bytes behind the packet, where there are more than 4
}

func etherType(version int) int {
	if version == 6 {
		return 0x86dd
	}
	return 0x0800
}

func asFrame(version int, packet []byte) []byte { return ct.Ethernet(etherType(version), packet) }

func snapped(version int, packet []byte) []byte {
	return ct.Cat([]byte{0xaa, 0xaa, 3, 0, 0, 0}, ct.U16(etherType(version)), packet)
}

func pppd(version int, packet []byte) []byte {
	return ct.Cat([]byte{0xff, 3}, ct.U16(map[int]int{4: 0x21, 6: 0x57}[version]), packet)
}

func wlanData(version int, packet []byte) []byte {
	return ct.Cat([]byte{0x08, 0x01}, make([]byte, 22), snapped(version, packet))
}

// prefixed puts bytes before a packet.
func prefixed(head ...byte) func(int, []byte) []byte {
	return func(_ int, packet []byte) []byte { return ct.Cat(head, packet) }
}

// typed puts bytes and the EtherType before a packet.
func typed(before, after int) func(int, []byte) []byte {
	return func(version int, packet []byte) []byte {
		return ct.Cat(make([]byte, before), ct.U16(etherType(version)), make([]byte, after), packet)
	}
}

var linkWrappings = []wrapping{
	{name: "Ethernet", link: 1, wrap: asFrame},
	{name: "Ethernet with FCS", link: 1 | 2<<28 | 1<<26, wrap: func(v int, p []byte) []byte { return ct.Cat(asFrame(v, p), make([]byte, 4)) }},
	{name: "Ethernet, 802.1Q", link: 1, wrap: func(v int, p []byte) []byte { return ct.Ethernet(0x8100, ct.VLAN(5, etherType(v), p)) }},
	{name: "Ethernet, 802.1ad", link: 1, wrap: func(v int, p []byte) []byte {
		return ct.Ethernet(0x88a8, ct.VLAN(6, 0x8100, ct.VLAN(5, etherType(v), p)))
	}},
	{name: "Ethernet, LLC and SNAP", link: 1, wrap: func(v int, p []byte) []byte { return ct.Ethernet(8+len(p), snapped(v, p)) }},
	{name: "Ethernet, PPPoE", link: 1, wrap: func(v int, p []byte) []byte {
		return ct.Ethernet(0x8864, ct.Cat([]byte{0x11, 0, 0, 1}, ct.U16(2+len(p)), pppd(v, p)[2:]))
	}},
	{name: "Ethernet, MPLS", link: 1, wrap: func(_ int, p []byte) []byte { return ct.Ethernet(0x8847, ct.Cat(ct.U32(99<<12|0x140), p)) }},
	{name: "Ethernet, HSR", link: 1, wrap: func(v int, p []byte) []byte { return ct.Ethernet(0x892f, typed(4, 0)(v, p)) }},
	{name: "Ethernet, TRILL", link: 1, wrap: func(v int, p []byte) []byte {
		return ct.Ethernet(0x22f3, ct.Cat([]byte{0, 0x7f, 0, 1, 0, 2, 0, 0, 0, 0}, asFrame(v, p)))
	}},
	{name: "Ethernet, MACsec without encryption", link: 1, behind: 16, wrap: func(v int, p []byte) []byte {
		return ct.Ethernet(0x88e5, ct.Cat([]byte{0x20, 0, 0, 0, 0, 1}, make([]byte, 8), typed(0, 0)(v, p), make([]byte, 16)))
	}},
	{name: "Linux cooked", link: 113, wrap: func(v int, p []byte) []byte { return ct.Cat(make([]byte, 3), []byte{1}, typed(10, 0)(v, p)) }},
	{name: "Linux cooked 2", link: 276, wrap: func(v int, p []byte) []byte { return typed(0, 18)(v, p) }},
	{name: "raw IP", link: 101, wrap: prefixed()},
	{name: "BSD loopback", link: 0, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{map[int]byte{4: 2, 6: 30}[v], 0, 0, 0}, p) }},
	{name: "OpenBSD loopback", link: 108, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{0, 0, 0, map[int]byte{4: 2, 6: 24}[v]}, p) }},
	{name: "PPP", link: 9, wrap: pppd},
	{name: "PPP in HDLC-like framing", link: 50, wrap: pppd},
	{name: "PPP with direction", link: 204, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{0}, pppd(v, p)) }},
	{name: "PPPoE", link: 51, wrap: func(v int, p []byte) []byte {
		return ct.Cat([]byte{0x11, 0, 0, 1}, ct.U16(2+len(p)), pppd(v, p)[2:])
	}},
	{name: "Cisco HDLC", link: 104, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{0x0f, 0}, typed(0, 0)(v, p)) }},
	{name: "Frame Relay", link: 107, wrap: func(v int, p []byte) []byte {
		return ct.Cat([]byte{0x18, 0x41, 3, map[int]byte{4: 0xcc, 6: 0x8e}[v]}, p)
	}},
	{name: "IEEE 802.11", link: 105, wrap: wlanData},
	{name: "IEEE 802.11, radiotap", link: 127, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{0, 0, 8, 0, 0, 0, 0, 0}, wlanData(v, p)) }},
	{name: "IEEE 802.11, Prism", link: 119, wrap: func(v int, p []byte) []byte {
		return ct.Cat([]byte{0x44, 0, 0, 0, 144, 0, 0, 0}, make([]byte, 136), wlanData(v, p))
	}},
	{name: "IEEE 802.11, AVS", link: 163, wrap: func(v int, p []byte) []byte {
		return ct.Cat(ct.U32(0x80211001), ct.U32(64), make([]byte, 56), wlanData(v, p))
	}},
	{name: "PPI", link: 192, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{0, 0, 8, 0, 1, 0, 0, 0}, asFrame(v, p)) }},
	{name: "MPLS", link: 219, wrap: prefixed(0, 6, 0x31, 64)},
	{name: "FDDI", link: 10, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{0x50}, make([]byte, 12), snapped(v, p)) }},
	{name: "token ring", link: 6, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{0x10, 0x40}, make([]byte, 12), snapped(v, p)) }},
	{name: "IP over InfiniBand", link: 242, wrap: typed(40, 2)},
	{name: "IP over Fibre Channel", link: 122, wrap: func(v int, p []byte) []byte { return ct.Cat(make([]byte, 16), snapped(v, p)) }},
	{name: "ATM, LLC", link: 100, wrap: snapped},
	{name: "NFLOG", link: 239, wrap: func(v int, p []byte) []byte {
		n := binary.LittleEndian.AppendUint16([]byte{map[int]byte{4: 2, 6: 10}[v], 0, 0, 0}, uint16(4+len(p)))
		return ct.Cat(n, []byte{9, 0}, p)
	}},
	{name: "PFLOG", link: 117, wrap: func(v int, p []byte) []byte {
		return ct.Cat([]byte{61, map[int]byte{4: 2, 6: 24}[v]}, make([]byte, 62), p)
	}},
	{name: "ENC", link: 109, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte{map[int]byte{4: 2, 6: 24}[v]}, make([]byte, 11), p) }},
	{name: "PKTAP", link: 258, wrap: func(v int, p []byte) []byte {
		return ct.Cat([]byte{108, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, make([]byte, 96), asFrame(v, p))
	}},
	{name: "netANALYZER", link: 240, wrap: func(v int, p []byte) []byte { return ct.Cat(make([]byte, 4), asFrame(v, p)) }},
	{name: "Ethernet mPackets", link: 274, wrap: func(v int, p []byte) []byte { return ct.Cat([]byte("UUUUUUU\xd5"), asFrame(v, p)) }},
	{name: "ERF", link: 197, wrap: func(v int, p []byte) []byte {
		return ct.Cat(make([]byte, 8), []byte{2, 4, 0, 0, 0, 0}, ct.U16(len(p)+14), []byte{0, 0}, asFrame(v, p))
	}},
}

func outer(proto int, payload ...[]byte) []byte {
	return ct.IP{Src: "192.0.2.1", Dst: "192.0.2.2", Proto: proto, Payload: ct.Cat(payload...)}.Bytes()
}

func outerUDP(port int, payload ...[]byte) []byte {
	return ct.UDP{Src: "192.0.2.1:50000", Dst: fmt.Sprintf("192.0.2.2:%d", port), Payload: ct.Cat(payload...)}.Packet()
}

// tunnelWrappings are named as the column tunnel names them.
var tunnelWrappings = []wrapping{
	{name: "", wrap: prefixed()},
	{name: "ipip", wrap: func(v int, p []byte) []byte { return outer(map[int]int{4: 4, 6: 41}[v], p) }},
	{name: "gre", wrap: func(v int, p []byte) []byte { return outer(47, ct.U16(0), ct.U16(etherType(v)), p) }},
	{name: "erspan", wrap: func(v int, p []byte) []byte {
		return outer(47, ct.U16(0x1000), ct.U16(0x88be), make([]byte, 4), []byte{0x10}, make([]byte, 7), asFrame(v, p))
	}},
	{name: "etherip", wrap: func(v int, p []byte) []byte { return outer(97, []byte{0x30, 0}, asFrame(v, p)) }},
	{name: "mpls", wrap: func(_ int, p []byte) []byte { return outer(137, ct.U32(99<<12|0x140), p) }},
	{name: "pim", wrap: func(_ int, p []byte) []byte { return outer(103, []byte{0x21}, make([]byte, 7), p) }},
	{name: "vxlan", wrap: func(v int, p []byte) []byte { return outerUDP(4789, []byte{8}, make([]byte, 7), asFrame(v, p)) }},
	{name: "geneve", wrap: func(v int, p []byte) []byte {
		return outerUDP(6081, []byte{0, 0, 0x65, 0x58}, make([]byte, 4), asFrame(v, p))
	}},
	{name: "gtp", wrap: func(_ int, p []byte) []byte {
		return outerUDP(2152, []byte{0x30, 255}, ct.U16(len(p)), make([]byte, 4), p)
	}},
	{name: "teredo", wrap: func(_ int, p []byte) []byte { return outerUDP(3544, p) }},
	{name: "l2tp", wrap: func(v int, p []byte) []byte { return outerUDP(1701, []byte{0, 2, 0, 0, 0, 0}, pppd(v, p)) }},
	{name: "ayiya", wrap: func(v int, p []byte) []byte {
		return outerUDP(5072, []byte{0x40, 0x50, 1, map[int]byte{4: 4, 6: 41}[v]}, make([]byte, 4+16+20), p)
	}},
	{name: "capwap", wrap: func(v int, p []byte) []byte { return outerUDP(5247, []byte{0, 0x10}, make([]byte, 6), asFrame(v, p)) }},
	{name: "lisp", wrap: func(_ int, p []byte) []byte { return outerUDP(4341, make([]byte, 8), p) }},
	{name: "tzsp", wrap: func(v int, p []byte) []byte { return outerUDP(37008, []byte{1, 0, 0, 1, 1}, asFrame(v, p)) }},
}

var compressionsWritten = []struct {
	name string
	open func(io.Writer) (io.WriteCloser, error)
}{
	{"plain", nil},
	{"gzip", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
	{"zstd", func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) }},
	{"lz4", func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil }},
	{"xz", func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }},
}

// Every format, link type and tunnel together, and every compression with all of these in
// one pcapng file: the innermost packet is the same row everywhere. The golden file is the table of link types and tunnels.
func TestMatrix(t *testing.T) {
	inner := map[int][]byte{4: data(client4, server4, "inner").Packet(), 6: data(client6, server6, "inner").Packet()}
	var table strings.Builder
	table.WriteString("| link type |")
	for _, tun := range tunnelWrappings[1:] {
		table.WriteString(" " + tun.name + " |")
	}
	table.WriteString("\n|---|" + strings.Repeat("---|", len(tunnelWrappings)-1) + "\n")
	var ng ct.Pcapng
	ng.Section()
	var want []string
	for number, link := range linkWrappings {
		ng.Interface(link.link&0xffff, 0, ng.Opt(13, []byte{map[bool]byte{true: 4}[link.link>>16 != 0]}))
		var packets []ct.Packet
		var wantLink []string
		fmt.Fprintf(&table, "| %s |", link.name)
		for _, tun := range tunnelWrappings {
			for _, version := range []int{4, 6} {
				if version == 4 && tun.name == "teredo" {
					continue // carries IPv6 alone
				}
				outside := version
				if tun.name != "" {
					outside = 4
				}
				frame := link.wrap(outside, tun.wrap(version, inner[version]))
				packets = append(packets, ct.Packet{Data: frame})
				ng.Enhanced(number, 0, frame, len(frame))
				wantLink = append(wantLink, innerRow(t, version, tun.name, inner[version]))
			}
			if tun.name != "" {
				table.WriteString(" yes |")
			}
		}
		table.WriteString("\n")
		want = append(want, wantLink...)
		for _, f := range []ct.File{{Link: link.link}, {Link: link.link, Nano: true, Order: binary.BigEndian}} {
			compareInner(t, link.name, ct.Pcap(f, packets...), wantLink, number == 0)
		}
	}
	compareInner(t, "pcapng", ng.B, want, true)
	golden(t, "matrix.golden", table.String())
}

// outsideColumns depend on what is around the packet.
var outsideColumns = append([]string{"frame_len", "cap_len", "eth_src", "eth_dst", "vlan_id", "vlan_inner_id"}, inFile...)

func innerRow(t *testing.T, version int, tunnel string, packet []byte) string {
	t.Helper()
	row := mustRead(t, ct.Pcap(ct.File{Link: 101}, ct.Packet{Data: packet}), outsideColumns...)[0]
	if tunnel == "ipip" && version == 6 {
		tunnel = "6in4"
	}
	if tunnel != "" {
		row = "tunnel=" + tunnel + " " + row
	}
	return row
}

// compareInner reads a capture plain, or in every compression.
func compareInner(t *testing.T, name string, file []byte, want []string, all bool) {
	t.Helper()
	for i, c := range compressionsWritten {
		if i > 0 && !all {
			break
		}
		packed := file
		if c.open != nil {
			var out bytes.Buffer
			w, err := c.open(&out)
			if err != nil {
				t.Fatal(err)
			}
			w.Write(file)
			w.Close()
			packed = out.Bytes()
		}
		rows, stats, err := read(bytes.NewReader(packed), capture.Options{BatchRows: 64}, outsideColumns...)
		if err != io.EOF || len(stats.Damage) > 0 || len(rows) != len(want) {
			t.Errorf("%s, %s: %d rows, want %d; damage %v, error %v", name, c.name, len(rows), len(want), stats.Damage, err)
			continue
		}
		for i := range rows {
			if rows[i] != want[i] {
				t.Errorf("%s, %s, row %d:\ngot  %s\nwant %s", name, c.name, i, rows[i], want[i])
			}
		}
	}
}
