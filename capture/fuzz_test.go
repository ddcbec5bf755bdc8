package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/pcap-teardown/teardown/capture"
	ct "github.com/pcap-teardown/teardown/capture/capturetest"
)

// FuzzRead reads any bytes: nothing panics, rows and frames add up, damage lies inside the
// input, and neither workers nor the size of batches nor of reads matter.
func FuzzRead(f *testing.F) {
	f.Add(ct.Pcap(ct.File{Link: 1}, pair...))
	f.Add(ct.Pcap(ct.File{Link: 1, Minor: 3}, pair...)[:100])
	var w ct.Pcapng
	w.Section()
	w.Interface(1, 0, w.Opt(9, []byte{0x8a}))
	w.Enhanced(0, 1, frameA, len(frameA))
	w.Custom(0xbad, 1, []byte("x"))
	w.Simple(frameB, 99)
	f.Add(w.B)
	f.Add(patched(w.B, 80, 0xff))
	f.Add([]byte("\x1f\x8b\x08\x00garbage"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, stats, err := read(bytes.NewReader(data), capture.Options{Workers: 1})
		if stats.Frames != int64(len(rows)) {
			t.Fatalf("%d frames, %d rows", stats.Frames, len(rows))
		}
		end := int64(0)
		for _, d := range stats.Damage {
			if d.Offset < end || d.Length < 0 || stats.Compression == "" && d.Offset+d.Length > int64(len(data)) {
				t.Fatalf("damage %+v of %d bytes after %d", d, len(data), end)
			}
			end = d.Offset
		}
		again, other, err2 := read(oneByOne{bytes.NewReader(data)}, capture.Options{Workers: 3, BatchRows: 5})
		if err != io.EOF {
			stats.Bytes, other.Bytes = 0, 0 // how far ahead was read
		}
		if !slices.Equal(rows, again) || fmt.Sprint(stats, err) != fmt.Sprint(other, err2) {
			t.Fatalf("other rows with other options:\n%v %v\n%v %v", stats, err, other, err2)
		}
	})
}

// oneByOne reads a byte at a time.
type oneByOne struct{ r *bytes.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.r.Read(p[:min(1, len(p))]) }

// FuzzDecode compares frames with gopacket, where both understand all of their headers.
func FuzzDecode(f *testing.F) {
	for _, b := range [][]byte{
		syn(client4, server4).Frame(), data(client6, server6, "text").Frame(),
		ct.UDP{Src: client4, Dst: "10.0.0.2:53", Payload: []byte("question")}.Frame(),
		ct.Ethernet(0x8100, ct.VLAN(7, 0x86dd, data(client6, server6, "text").Packet())),
		ct.ICMPError("10.9.9.9", "10.0.0.1", 3, 1, syn(client4, server4).Packet()),
		ct.TCP{Src: client4, Dst: server4, Flags: ct.ACK, IP: ct.IP{Options: []byte{1, 1, 1, 0}, TOS: 3, ID: 9, DF: true}}.Frame(),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) > 65535 {
			return
		}
		ours := decodeOurs(t, frame)
		theirs := decodeGopacket(frame)
		if ours != "" && theirs != "" && ours != theirs {
			t.Fatalf("frame %x\n  ours     %s\n  gopacket %s", frame, ours, theirs)
		}
	})
}

// decodeOurs returns the fields that are compared, or nothing where decoding stopped early,
// or the packet was in a tunnel.
func decodeOurs(t *testing.T, frame []byte) string {
	s := capture.NewStream(bytes.NewReader(ct.Pcap(ct.File{Link: 1}, ct.Packet{Data: frame})), "x", capture.Options{BatchRows: 1})
	b, err := s.Next()
	if err != nil {
		t.Fatalf("frame %x: %v", frame, err)
	}
	defer s.Next()
	defer s.Release(b)
	if b.DecodeError.Codes[0] != 0 || b.Tunnel.Codes[0] != 0 || b.SrcPort.Null(0) || b.IpFragOffset.Values[0] != 0 {
		return ""
	}
	out := fmt.Sprintf("%v %v proto %d ttl %d ports %d %d", b.SrcIp.Values[0].Netip(), b.DstIp.Values[0].Netip(),
		b.IpProto.Values[0], b.IpTtl.Values[0], b.SrcPort.Values[0], b.DstPort.Values[0])
	if !b.TcpSeq.Null(0) {
		out += fmt.Sprintf(" seq %d ack %d flags %#x window %d header %d", b.TcpSeq.Values[0], b.TcpAck.Values[0],
			b.TcpFlags.Values[0], b.TcpWindow.Values[0], b.TcpHeaderLen.Values[0])
	}
	return out
}

func decodeGopacket(frame []byte) string {
	p := gopacket.NewPacket(frame, layers.LinkTypeEthernet, gopacket.DecodeOptions{NoCopy: true})
	if p.ErrorLayer() != nil || p.Metadata().Truncated {
		return ""
	}
	var out string
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			out = fmt.Sprintf("%v %v proto %d ttl %d", l.SrcIP, l.DstIP, l.Protocol, l.TTL)
		case *layers.IPv6:
			if l.NextHeader != layers.IPProtocolTCP && l.NextHeader != layers.IPProtocolUDP {
				return "" // gopacket does not know all extension headers
			}
			out = fmt.Sprintf("%v %v proto %d ttl %d", l.SrcIP, l.DstIP, l.NextHeader, l.HopLimit)
		case *layers.UDP:
			return out + fmt.Sprintf(" ports %d %d", l.SrcPort, l.DstPort)
		case *layers.TCP:
			flags := int(l.BaseLayer.Contents[12]&15)<<8 | int(l.BaseLayer.Contents[13])
			return out + fmt.Sprintf(" ports %d %d seq %d ack %d flags %#x window %d header %d", l.SrcPort, l.DstPort,
				l.Seq, l.Ack, flags, l.Window, int(l.DataOffset)*4)
		}
	}
	return ""
}

// FuzzLinks decodes any bytes as any link type: nothing panics, and every frame is a row.
func FuzzLinks(f *testing.F) {
	inner := data(client4, server4, "x")
	vxlan := ct.UDP{Src: "192.0.2.1:5", Dst: "192.0.2.2:4789", Payload: ct.Cat([]byte{8, 0, 0, 0, 0, 0, 1, 0}, inner.Frame())}
	for _, link := range []uint16{0, 1, 6, 9, 10, 12, 50, 51, 100, 101, 104, 105, 107, 108, 109, 113, 117, 119, 122, 127,
		138, 163, 166, 192, 197, 204, 205, 206, 219, 228, 229, 239, 242, 274, 276} {
		f.Add(link, inner.Packet(), uint32(80))
		f.Add(link, vxlan.Frame(), uint32(1500))
	}
	for _, port := range []int{1701, 2152, 3544, 4341, 4754, 4790, 5072, 5247, 6081, 6635, 37008} {
		f.Add(uint16(1), ct.UDP{Src: "192.0.2.1:50000", Dst: fmt.Sprintf("192.0.2.2:%d", port), Payload: inner.Packet()}.Frame(), uint32(0))
	}
	for _, proto := range []int{4, 41, 47, 51, 94, 97, 103, 137, 143} {
		f.Add(uint16(1), ct.IP{Src: "192.0.2.1", Dst: "192.0.2.2", Proto: proto, Payload: inner.Packet()}.Frame(), uint32(0))
	}
	f.Fuzz(func(t *testing.T, link uint16, data []byte, wire uint32) {
		if len(data) > 65535 {
			return
		}
		file := ct.Pcap(ct.File{Link: int(link)}, ct.Packet{Data: data, Wire: int(wire)})
		rows, stats, err := read(bytes.NewReader(file), capture.Options{BatchRows: 1})
		if len(rows) != 1 || err != io.EOF || len(stats.Damage) > 0 {
			t.Fatalf("rows %q, damage %v, error %v", rows, stats.Damage, err)
		}
	})
}
