package capture_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"

	"github.com/pcap-teardown/teardown/capture"
	ct "github.com/pcap-teardown/teardown/capture/capturetest"
)

// What an interrupt cuts is no damage, wherever it cuts the last record; without one it is. Whole records are rows in
// both cases.
func TestInterrupted(t *testing.T) {
	packets := []ct.Packet{pair[0], pair[1], pair[0], pair[1]}
	last := len(packets) - 1
	var w ct.Pcapng
	w.Section()
	w.Interface(1, 0)
	for _, p := range packets[:last] {
		w.Enhanced(0, 1, p.Data, len(p.Data))
	}
	before := len(w.B)
	w.Enhanced(0, 1, packets[last].Data, len(packets[last].Data))
	for _, x := range []struct {
		name  string
		data  []byte
		start int // of the last record
	}{
		{"pcap", ct.Pcap(ct.File{Link: 1}, packets...), len(ct.Pcap(ct.File{Link: 1}, packets[:last]...))},
		{"pcapng", w.B, before},
	} {
		for n := x.start; n < len(x.data); n++ {
			for _, interrupted := range []bool{false, true} {
				rows, stats, _ := read(bytes.NewReader(x.data[:n]), capture.Options{Interrupted: func() bool { return interrupted }})
				damaged, cut := len(stats.Damage) > 0, n > x.start
				if len(rows) != last || damaged != (cut && !interrupted) {
					t.Errorf("%s, %d of %d bytes, interrupted %t: %d rows, damage %v", x.name, n, len(x.data), interrupted, len(rows), stats.Damage)
				}
			}
		}
	}
}

// So it is where compressed bytes end too early, though all records come out of them.
func TestInterruptedGzip(t *testing.T) {
	var z bytes.Buffer
	packed := gzip.NewWriter(&z)
	packed.Write(ct.Pcap(ct.File{Link: 1}, pair...))
	packed.Flush()
	for _, interrupted := range []bool{false, true} {
		rows, stats, _ := read(bytes.NewReader(z.Bytes()), capture.Options{Interrupted: func() bool { return interrupted }})
		if damaged := len(stats.Damage) > 0; len(rows) != 2 || damaged == interrupted {
			t.Errorf("interrupted %t: %d rows, damage %v", interrupted, len(rows), stats.Damage)
		}
	}
}

// Damage of other kinds stays what it is, and an input that ends as it should is asked nothing.
func TestInterruptedDamage(t *testing.T) {
	plain := ct.Pcap(ct.File{Link: 1}, pair...)
	_, stats, _ := read(bytes.NewReader(plain), capture.Options{Interrupted: func() bool { t.Error("asked"); return true }})
	if len(stats.Damage) > 0 {
		t.Errorf("damage %v", stats.Damage)
	}
	yes := capture.Options{Interrupted: func() bool { return true }}
	lie := ct.Cat(plain)
	binary.LittleEndian.PutUint32(lie[24+8:], 0xffffffff)
	if _, stats, _ = read(bytes.NewReader(lie), yes); len(stats.Damage) != 1 {
		t.Errorf("record of 4 GiB: damage %v", stats.Damage)
	}
	// A block that claims more than there is, though blocks follow that can be trusted.
	var w ct.Pcapng
	w.Section()
	w.Interface(1, 0)
	head := len(w.B)
	for range 3 {
		w.Enhanced(0, 1, frameA, len(frameA))
	}
	binary.LittleEndian.PutUint32(w.B[head+4:], 1<<20)
	rows, stats, _ := read(bytes.NewReader(w.B), yes)
	if len(rows) != 2 || len(stats.Damage) != 1 || stats.Damage[0].Length != int64(len(w.B)-head)/3 {
		t.Errorf("block of 1 MiB: %d rows, damage %v", len(rows), stats.Damage)
	}
}
