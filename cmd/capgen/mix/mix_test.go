package mix

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// TestMixes wants from each mix the number of packets asked for, the same bytes twice,
// other bytes for another seed, and segments that another decoder finds whole.
func TestMixes(t *testing.T) {
	const packets = 3000
	for _, m := range Mixes {
		if m.Live > 1000 {
			m.Live = 1000 // so that data comes, too
		}
		t.Run(m.Name, func(t *testing.T) {
			first, second, other := write(t, m, packets, 1), write(t, m, packets, 1), write(t, m, packets, 2)
			if !bytes.Equal(first, second) {
				t.Error("equal seeds give different bytes")
			}
			if bytes.Equal(first, other) {
				t.Error("different seeds give equal bytes")
			}
			n := 0
			for b := first[24:]; len(b) > 0; n++ {
				length := binary.LittleEndian.Uint32(b[8:])
				checkSegment(t, n+1, b[recordBytes:recordBytes+length])
				b = b[recordBytes+length:]
			}
			if n != packets {
				t.Errorf("%d packets, want %d", n, packets)
			}
		})
	}
}

func write(t *testing.T, m Mix, packets int64, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, m, packets, seed); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// checkSegment decodes a frame, computes its checksum anew and compares.
func checkSegment(t *testing.T, number int, frame []byte) {
	t.Helper()
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	tcp, ok := p.TransportLayer().(*layers.TCP)
	if !ok || p.ErrorLayer() != nil {
		t.Fatalf("frame %d is no TCP segment: %v", number, p.ErrorLayer())
	}
	if err := tcp.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
		t.Fatal(err)
	}
	want := tcp.Checksum
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{ComputeChecksums: true}, tcp, gopacket.Payload(tcp.Payload)); err != nil {
		t.Fatal(err)
	}
	if tcp.Checksum != want {
		t.Fatalf("frame %d: checksum %04x, want %04x", number, want, tcp.Checksum)
	}
}
