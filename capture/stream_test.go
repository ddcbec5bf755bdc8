package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/capture"
	ct "github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// mix returns a capture of n frames of many kinds, the same for the same seed.
func mix(n int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var packets []ct.Packet
	for i := range n {
		client := fmt.Sprintf("10.0.%d.%d:%d", rnd.IntN(4), rnd.IntN(250), 1024+rnd.IntN(60000))
		var b []byte
		switch payload := make([]byte, rnd.IntN(1400)); rnd.IntN(8) {
		case 0:
			b = syn(client, server4).Frame()
		case 1:
			b = ct.UDP{Src: client, Dst: "10.0.0.2:53", Payload: payload[:len(payload)/8]}.Frame()
		case 2:
			b = data(client6, server6, string(payload)).Frame()
		case 3:
			b = ct.ICMPError("10.9.9.9", "10.0.0.1", 3, 1, syn(client, server4).Packet())
		case 4:
			b = ct.Ethernet(0x8100, ct.VLAN(7, 0x0800, data(client, server4, "x").Packet()))
		default:
			b = data(client, server4, string(payload)).Frame()
		}
		p := ct.Packet{Time: int64(i)*1e6 + rnd.Int64N(2e6), Data: b}
		if rnd.IntN(10) == 0 {
			p.Data, p.Wire = b[:rnd.IntN(len(b))], len(b)
		}
		packets = append(packets, p)
	}
	return ct.Pcap(ct.File{Link: 1}, packets...)
}

func TestOutputDoesNotDependOnWorkersOrBatches(t *testing.T) {
	for name, data := range map[string][]byte{
		"sound":   mix(8000, 1),
		"damaged": mix(2000, 2)[:700000],
	} {
		want, stats, _ := read(bytes.NewReader(data), capture.Options{Workers: 1})
		for _, opt := range []capture.Options{{Workers: 2}, {Workers: 3}, {Workers: 2, BatchRows: 1}, {Workers: 3, BatchRows: 1000}, {Workers: 8, BatchRows: 7}} {
			got, other, _ := read(bytes.NewReader(data), opt)
			if !slices.Equal(got, want) {
				t.Errorf("%s: other rows with %+v", name, opt)
			}
			if fmt.Sprint(stats) != fmt.Sprint(other) {
				t.Errorf("%s: statistics are %v with %+v, want %v", name, other, opt, stats)
			}
		}
	}
}

func TestBatches(t *testing.T) {
	s := capture.NewStream(bytes.NewReader(mix(250, 3)), "a.pcap", capture.Options{Workers: 2, BatchRows: 100, InputIndex: 5})
	frame := int64(0)
	for _, want := range []int{100, 100, 50} {
		b, err := s.Next()
		if err != nil || b.N != want {
			t.Fatalf("a batch of %v rows and error %v, want %d", b, err, want)
		}
		for i := range b.N {
			frame++
			if b.Frame.Values[i] != frame || b.InputIndex.Values[i] != 5 || b.File.Value(i) != "a.pcap" {
				t.Fatalf("row %d of frame %d: %s", i, frame, ct.Row(b, i))
			}
		}
		s.Release(b)
	}
	for range 2 {
		if _, err := s.Next(); err != io.EOF {
			t.Fatalf("the error at the end is %v", err)
		}
	}
	if n := s.BytesRead(); n != s.Stats().Bytes || n != int64(len(mix(250, 3))) {
		t.Errorf("%d bytes read, %d in the statistics", n, s.Stats().Bytes)
	}
}

// A caller may drop rows of a batch, as the selection by time does: what it leaves behind
// must not shine through in the next one.
func TestReleaseAfterDroppingRows(t *testing.T) {
	tcp, arp := syn(client4, server4).Frame(), ct.Ethernet(0x0806, make([]byte, 28))
	var packets []ct.Packet
	for i := range 64 {
		packets = append(packets, ct.Packet{Data: [][]byte{tcp, arp}[i/4%2]})
	}
	s := capture.NewStream(bytes.NewReader(ct.Pcap(ct.File{Link: 1}, packets...)), "a.pcap", capture.Options{BatchRows: 4})
	for {
		b, err := s.Next()
		if err != nil {
			return
		}
		for i := range b.N {
			if frame := b.Frame.Values[i]; b.IpVersion.Null(i) != ((frame-1)/4%2 == 1) {
				t.Fatalf("frame %d: %s", frame, ct.Row(b, i))
			}
		}
		b.N = 1
		s.Release(b)
	}
}

// Batches of very long frames are cut by bytes, so that memory stays bounded.
func TestLongFrames(t *testing.T) {
	long := ct.Packet{Data: ct.Cat(frameA, make([]byte, 5<<20))}
	var packets []ct.Packet
	for range 20 {
		packets = append(packets, long, pair[1])
	}
	s := capture.NewStream(bytes.NewReader(ct.Pcap(ct.File{Link: 1, Snap: 8 << 20}, packets...)), "a.pcap", capture.Options{})
	var rows []int
	for {
		b, err := s.Next()
		if err != nil {
			break
		}
		rows = append(rows, b.N)
		for i := range b.N {
			if want := int64(len(packets[(int(b.Frame.Values[i])-1)%2].Data)); b.CapLen.Values[i] != want || b.DecodeError.Codes[i] != 0 {
				t.Fatalf("row %s", ct.Row(b, i))
			}
		}
		s.Release(b)
	}
	if fmt.Sprint(rows) != "[13 14 13]" || len(s.Stats().Damage) > 0 {
		t.Errorf("batches of %v rows, damage %v", rows, s.Stats().Damage)
	}
}

func TestStop(t *testing.T) {
	before := runtime.NumGoroutine()
	blocked, feed := io.Pipe()
	for _, r := range []io.Reader{bytes.NewReader(mix(50000, 4)), blocked} {
		s := capture.NewStream(r, "a.pcap", capture.Options{Workers: 3, BatchRows: 64})
		if r != io.Reader(blocked) {
			if _, err := s.Next(); err != nil {
				t.Fatal(err)
			}
		}
		s.Stop()
		s.Stop()
		feed.Close() // as the caller closes its file
		for i := 0; ; i++ {
			if _, err := s.Next(); err != nil {
				break
			}
			if i > 10 {
				t.Fatal("batches go on after Stop")
			}
		}
	}
	for runtime.NumGoroutine() > before { // one that stays shows in what the runtime says when the time of the tests is over
		time.Sleep(time.Millisecond)
	}
}

// A stream in steady state allocates nothing per packet: twice the packets, the same
// number of allocations but for a few. How many batches are on their way at once, one or a few, depends on who gets the
// core when.
func TestAllocations(t *testing.T) {
	measure := func(n int) float64 {
		data := mix(n, 6)
		return testing.AllocsPerRun(3, func() {
			s := capture.NewStream(bytes.NewReader(data), "a.pcap", capture.Options{Workers: 1, BatchRows: 256})
			for {
				b, err := s.Next()
				if err != nil {
					return
				}
				s.Release(b)
			}
		})
	}
	batch := testing.AllocsPerRun(3, func() { table.NewPackets(256) })
	few, many := measure(20000), measure(60000)
	if perPacket := (many - few - 2*batch) / 40000; perPacket > 0.001 {
		t.Errorf("%.4f allocations per packet (%v for 20,000, %v for 60,000)", perPacket, few, many)
	}
}

func benchmarkRead(b *testing.B, workers int) {
	const n = 100000
	data := mix(n, 9)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		s := capture.NewStream(bytes.NewReader(data), "a.pcap", capture.Options{Workers: workers})
		for {
			batch, err := s.Next()
			if err != nil {
				break
			}
			s.Release(batch)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/packet")
}

func BenchmarkRead1(b *testing.B) { benchmarkRead(b, 1) }
func BenchmarkRead2(b *testing.B) { benchmarkRead(b, 2) }
