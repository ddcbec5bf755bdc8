package parity

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	ct "github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/cmd/compare/plugin"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// both runs the comparison with the two versions of tshark.
func both(t *testing.T, captures string) {
	tools.Need(t, "ready")
	trixie, err := tools.Path("trixie")
	if err != nil {
		t.Fatal(err)
	}
	for _, tshark := range []string{"tshark", plugin.ChrootPrefix + trixie} {
		t.Run(filepath.Base(tshark), func(t *testing.T) {
			if err := Run(context.Background(), []string{"-tshark", tshark, captures}); err != nil {
				t.Error(err)
			}
		})
	}
}

// The captures of testdata are equal in the plugin.
func TestRun(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	both(t, filepath.Join(root, "testdata", "captures"))
}

// conversation returns the IP packets of a connection from port that is opened,
// used and reset, between IPv4 or IPv6 addresses.
func conversation(port, version int) [][]byte {
	client, server := fmt.Sprintf("10.1.1.1:%d", port), "10.2.2.2:443"
	if version == 6 {
		client, server = fmt.Sprintf("[2001:db8::1]:%d", port), "[2001:db8::2]:443"
	}
	open := ct.Cat(ct.MSS(1460), ct.SACKPermitted(), ct.Timestamps(1, 0), ct.Scale(7))
	orig := func(flags int, seq, ack uint32, options []byte, payload string) []byte {
		return ct.TCP{Src: client, Dst: server, Seq: 4294967290 + seq, Ack: 700 + ack, Flags: flags, Window: 512,
			Options: options, Payload: []byte(payload), IP: ct.IP{ID: int(seq) + 1}}.Packet()
	}
	resp := func(flags int, seq, ack uint32, options []byte, payload string) []byte {
		return ct.TCP{Src: server, Dst: client, Seq: 700 + seq, Ack: 4294967290 + ack, Flags: flags, Window: 600,
			Options: options, Payload: []byte(payload), IP: ct.IP{ID: int(seq) + 9}}.Packet()
	}
	stamps := ct.Cat([]byte{1, 1}, ct.Timestamps(5, 6))
	return [][]byte{
		orig(ct.SYN, 0, 0, open, ""),
		resp(ct.SYN|ct.ACK, 0, 1, open, ""),
		orig(ct.ACK, 1, 1, nil, ""),
		orig(ct.ACK|ct.PSH, 1, 1, stamps, "a request that crosses zero"),
		resp(ct.ACK|ct.PSH, 1, 28, stamps, "response"),
		orig(ct.ACK|ct.FIN, 28, 9, nil, ""),
		resp(ct.RST|ct.ACK, 9, 29, nil, ""),
		resp(ct.RST, 9, 0, nil, ""),
	}
}

// A wrapping puts an IP packet into a frame of a link type.
type wrapping struct {
	link int
	wrap func(version int, packet []byte) []byte
}

func etherType(version int) int { return map[int]int{4: 0x0800, 6: 0x86dd}[version] }

func ethernet(version int, packet []byte) []byte { return ct.Ethernet(etherType(version), packet) }

func inIP(proto int, head ...byte) func(int, []byte) []byte {
	return func(_ int, packet []byte) []byte {
		return ct.IP{Src: "192.0.2.1", Dst: "192.0.2.2", Proto: proto, Payload: ct.Cat(head, packet)}.Frame()
	}
}

func inUDP(port int, head ...byte) func(int, []byte) []byte {
	return func(version int, packet []byte) []byte {
		return ct.UDP{Src: "192.0.2.1:50000", Dst: fmt.Sprintf("192.0.2.2:%d", port), Payload: ct.Cat(head, ethernet(version, packet))}.Frame()
	}
}

var wrappings = []wrapping{
	{1, ethernet},
	{1, func(v int, p []byte) []byte { return ct.Ethernet(0x8100, ct.VLAN(5, etherType(v), p)) }},
	{1, func(v int, p []byte) []byte {
		return ct.Ethernet(0x88a8, ct.VLAN(6, 0x8100, ct.VLAN(5, etherType(v), p)))
	}},
	{1, func(v int, p []byte) []byte {
		return ct.Ethernet(8+len(p), ct.Cat([]byte{0xaa, 0xaa, 3, 0, 0, 0}, ct.U16(etherType(v)), p))
	}},
	{1, func(v int, p []byte) []byte { return inIP(map[int]int{4: 4, 6: 41}[v])(v, p) }},
	{1, func(v int, p []byte) []byte { return inIP(47, ct.Cat(ct.U16(0), ct.U16(etherType(v)))...)(v, p) }},
	{1, inUDP(4789, 8, 0, 0, 0, 0, 0, 1, 0)},
	{1, func(_ int, p []byte) []byte { return ct.Ethernet(0x8847, ct.Cat(ct.U32(99<<12|0x140), p)) }},
	{113, func(v int, p []byte) []byte {
		return ct.Cat(make([]byte, 3), []byte{1}, make([]byte, 10), ct.U16(etherType(v)), p)
	}},
	{276, func(v int, p []byte) []byte { return ct.Cat(ct.U16(etherType(v)), make([]byte, 18), p) }},
	{101, func(_ int, p []byte) []byte { return p }},
	{0, func(v int, p []byte) []byte { return ct.Cat([]byte{map[int]byte{4: 2, 6: 30}[v], 0, 0, 0}, p) }},
	{108, func(v int, p []byte) []byte { return ct.Cat([]byte{0, 0, 0, map[int]byte{4: 2, 6: 24}[v]}, p) }},
	{9, func(v int, p []byte) []byte {
		return ct.Cat([]byte{0xff, 3}, ct.U16(map[int]int{4: 0x21, 6: 0x57}[v]), p)
	}},
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Link layers and tunnels, whole, and cut at every length of the headers.
func TestLayers(t *testing.T) {
	dir := t.TempDir()
	for i, w := range wrappings {
		var whole, cut []ct.Packet
		now := int64(1_700_000_000_123456789)
		add := func(list *[]ct.Packet, data []byte, keep int) {
			now += 1_234_567
			*list = append(*list, ct.Packet{Time: now, Data: data[:keep], Wire: len(data)})
		}
		for _, version := range []int{4, 6} {
			for _, p := range conversation(2000, version) {
				f := w.wrap(version, p)
				add(&whole, f, len(f))
			}
			for n, p := range conversation(3000, version) {
				f := w.wrap(version, p)
				for keep := len(f) - len(p); keep <= len(f); keep++ {
					p = conversation(3000+keep, version)[n]
					add(&cut, w.wrap(version, p), keep)
				}
			}
		}
		write(t, dir, fmt.Sprintf("%02d_whole.pcap", i), ct.Pcap(ct.File{Link: w.link, Nano: true}, whole...))
		write(t, dir, fmt.Sprintf("%02d_cut.pcap", i), ct.Pcap(ct.File{Link: w.link, Nano: true}, cut...))
	}
	both(t, dir)
}

// Headers that are not as they should be, fragments, extension headers, errors
// that quote, one after the other in the midst of connections.
func TestHeaders(t *testing.T) {
	var frames [][]byte
	put := func(f []byte, change ...byte) { // change: pairs of offset and value
		f = bytes.Clone(f)
		for i := 0; i < len(change); i += 2 {
			f[change[i]] = change[i+1]
		}
		frames = append(frames, f)
	}
	const ip, ipLen, frag, tcp, tcp6 = 14, 16, 20, 34, 54
	for n, p := range conversation(4000, 4) {
		f := ethernet(4, p)
		put(f)
		for i, change := range [][]byte{
			{ip, 0x44}, {ip, 0x46}, {ip, 0x4f}, {ip, 0x55}, {ipLen, 0, ipLen + 1, 0}, {ipLen, 0, ipLen + 1, 39}, {ipLen, 0, ipLen + 1, 19}, {ipLen, 9},
			{frag, 0x20}, {frag, 0x20, frag + 1, 1}, {frag + 1, 9}, {frag, 0x40}, {tcp + 12, 0x40}, {tcp + 12, 0x60}, {tcp + 12, 0xf0}, {tcp + 12, 0x51},
		} {
			put(ethernet(4, conversation(4100+i, 4)[n]), change...)
		}
		f6 := conversation(5000, 6)[n]
		put(ethernet(6, f6))
		put(ethernet(6, f6), tcp6+12, 0x10)
		for i, ext := range [][]byte{
			{0, 6, 0, 1, 4, 0, 0, 0, 0}, {60, 6, 0, 1, 4, 0, 0, 0, 0}, {43, 6, 0, 0, 0, 0, 0, 0, 0}, {44, 6, 0, 0, 1, 0, 0, 0, 1}, {44, 6, 0, 0, 0, 0, 0, 0, 1},
			{44, 6, 0, 0, 9, 0, 0, 0, 1}, {51, 6, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, {0, 6, 9, 1, 4, 0, 0, 0, 0}, {59, 6, 0, 0, 0, 0, 0, 0, 0},
		} {
			seg := conversation(5100+i, 6)[n][40:]
			put(ct.IP{Src: "2001:db8::1", Dst: "2001:db8::2", Proto: int(ext[0]), Payload: ct.Cat(ext[1:], seg)}.Frame())
		}
		put(ct.IP{Src: "10.1.1.1", Dst: "10.2.2.2", Proto: 6, Options: []byte{1, 1, 1, 0}, Payload: conversation(4300, 4)[n][20:]}.Frame())
	}
	// Unanswered SYNs, each with an error that quotes it.
	for i, kind := range []int{1, 2, 3, 4, 5, 8, 11, 12} {
		for j, keep := range []int{19, 20, 22, 24, 28, 39, 40, 48} {
			for k, from := range []string{"10.2.2.2", "10.9.9.9"} {
				syn := conversation(6000+i*100+j*10+k, 4)[0]
				put(ethernet(4, syn))
				put(ct.ICMPError(from, "10.1.1.1", kind, 1, syn[:min(keep, len(syn))]))
			}
			syn := conversation(7000+i*100+j*10, 6)[0]
			put(ethernet(6, syn))
			put(ct.ICMPError("2001:db8::9", "2001:db8::1", kind, 1, syn[:min(keep+20, len(syn))]))
		}
	}
	var packets []ct.Packet
	for i, f := range frames {
		packets = append(packets, ct.Packet{Time: 1_700_000_000e9 + int64(i)*1_000_001, Data: f})
	}
	dir := t.TempDir()
	write(t, dir, "headers.pcap", ct.Pcap(ct.File{Link: 1, Nano: true}, packets...))
	both(t, dir)
}

// Times: nanoseconds, back and forth, silences of seconds to months, none at all.
func TestTimes(t *testing.T) {
	dir := t.TempDir()
	const second, day = int64(1e9), int64(86400e9)
	for i, start := range []int64{0, 1_700_000_000_999999999, 1_700_000_000_999999000} {
		var packets []ct.Packet
		now := start
		step := []int64{1, 999, 1001, -5000, 999_999, 3, 1_000_000_001, -2_000_000_000, 129 * second, 2 * second, 241 * second, 7439 * second, 7441 * second, 3 * day, 20 * day, 70 * day}
		for round := range 40 {
			for n, p := range conversation(2000+round%7, 4+round%2*2) {
				packets = append(packets, ct.Packet{Time: now, Data: ethernet(4+round%2*2, p)})
				if next := now + step[(round*3+n*5)%len(step)]; next >= start && next < 4_000_000_000e9 {
					now = next
				}
			}
		}
		write(t, dir, fmt.Sprintf("%d.pcap", i), ct.Pcap(ct.File{Link: 1, Nano: true}, packets...))
	}
	for i, simple := range []int{0, 1, 3} { // every simple-th packet has no time
		var w ct.Pcapng
		w.Section()
		w.Interface(1, 0)
		now, count := uint64(1_700_000_000_000000), 0
		for round := range 8 {
			for _, p := range conversation(2000+round, 4) {
				f := ethernet(4, p)
				now += 1_234_567
				if count++; simple > 0 && count%simple == 0 {
					w.Simple(f, len(f))
				} else {
					w.Enhanced(0, now, f, len(f))
				}
			}
		}
		write(t, dir, fmt.Sprintf("simple%d.pcapng", i), w.B)
	}
	both(t, dir)
}
