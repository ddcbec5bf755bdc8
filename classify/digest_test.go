package classify

import (
	"math/rand"
	"testing"

	"github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestDigest holds that a row's digest says what its columns say, and that nothing of the row before is left.
func TestDigest(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	var packets []capturetest.Packet
	for range 20000 {
		p := capturetest.TCP{Src: "10.0.0.1:40000", Dst: "10.0.0.2:80", Flags: r.Intn(256)}
		if r.Intn(2) == 0 {
			p.Src, p.Dst = p.Dst, p.Src
		}
		switch r.Intn(8) {
		case 0:
			p.Dst = p.Src
		case 1:
			p.Src, p.Dst = "[2001:db8::1]:40000", "[2001:db8::2]:80"
		}
		p.Payload, p.Options = randomWords(r)
		switch r.Intn(4) {
		case 0:
			p.Options = capturetest.Timestamps(r.Intn(1<<30), r.Intn(1<<30))
		case 1:
			p.Options = append(append(capturetest.MSS(r.Intn(1<<16)), capturetest.Scale(r.Intn(256))...), capturetest.SACKPermitted()...)
			p.Options = append(p.Options, 1, 1)
		}
		data := p.Frame()
		if len(data) > 54 && r.Intn(2) == 0 && data[12] == 8 {
			for _, i := range []int{15, 18, 19, 22, 38, 39, 42, 43, 48, 49} { // TOS, id, TTL, seq, ack, window
				data[i] = byte(r.Intn(256))
			}
		}
		wire := len(data)
		if r.Intn(4) == 0 {
			data = data[:54+r.Intn(len(data)-53)]
		}
		packets = append(packets, capturetest.Packet{Data: data, Wire: wire})
	}
	digests, said := 0, 0
	var gotPacket packetInfo
	var gotSegment facts.Segment
	decoded(t, capturetest.Pcap(capturetest.File{Link: 1}, packets...), func(b *table.Packets) {
		for i := range b.Digested {
			d := &b.Digests[i]
			if d.Bits == 0 {
				continue
			}
			digests++
			var packet packetInfo
			var segment facts.Segment
			readPacket(b, i, 77, &packet)
			readSegment(b, i, &packet, &segment)
			readDigest(b, i, d, 77, &gotPacket, &gotSegment)
			if gotPacket != packet || gotSegment != segment {
				t.Fatalf("row %d:\n%+v\n%+v\n%+v\n%+v", i, gotPacket, packet, gotSegment, segment)
			}
			if segment.ReasonKind != 0 || segment.App != 0 {
				said++
			}
			var want task
			var k key
			if !packetTask(b, i, false, &want) || want.stray || want.quoted || k.setDigest(d) != want.reversed || k != want.key {
				t.Fatalf("row %d: key %+v, want %+v", i, k, want)
			}
		}
	})
	if digests < 10000 || said < 1000 {
		t.Errorf("%d digests, of which %d say something", digests, said)
	}
}
