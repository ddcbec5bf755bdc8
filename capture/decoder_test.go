package capture

import (
	"testing"

	"github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// benchmarkDecode decodes one frame again and again.
func benchmarkDecode(b *testing.B, data []byte) {
	d := newDecoder("a.pcap", &Options{})
	link := &linkLayer{linkType: linkEthernet, fcs: -1}
	raw := &rawBatch{first: 1}
	for range table.BatchRows {
		raw.records = append(raw.records, record{data: data, link: link, wire: uint32(len(data))})
	}
	raw.out = table.NewPackets(table.BatchRows)
	b.ReportAllocs()
	for b.Loop() {
		d.batch(raw)
		raw.out.Reset()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/table.BatchRows, "ns/packet")
}

func BenchmarkDecode(b *testing.B) {
	tcp := capturetest.TCP{Src: "10.0.0.1:1000", Dst: "10.0.0.2:80", Flags: capturetest.ACK, Payload: make([]byte, 1000)}
	b.Run("tcp", func(b *testing.B) { benchmarkDecode(b, tcp.Frame()) })
	tcp.Options = capturetest.Timestamps(1, 2)
	b.Run("tcp-timestamps", func(b *testing.B) { benchmarkDecode(b, tcp.Frame()) })
	tcp.Options = capturetest.Cat(capturetest.MSS(1460), capturetest.SACKPermitted(), capturetest.Timestamps(1, 2)[2:], capturetest.Scale(7))
	b.Run("syn", func(b *testing.B) { benchmarkDecode(b, tcp.Frame()) })
	b.Run("udp", func(b *testing.B) {
		benchmarkDecode(b, capturetest.UDP{Src: "10.0.0.1:1000", Dst: "10.0.0.2:53", Payload: make([]byte, 100)}.Frame())
	})
}
