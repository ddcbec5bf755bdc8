package classify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// stamped gives the segments of every other host timestamps, of which some are older than the one before, those of resets much older.
func (w *wire) stamped() {
	for _, b := range w.batches {
		for i := range b.N {
			if (b.SrcPort.Values[i]+int32(b.SrcIp.Values[i].Lo+b.DstIp.Values[i].Lo))%2 != 0 {
				continue
			}
			now := b.Frame.Values[i] / 2
			if b.TcpFlags.Values[i]&flagRST != 0 {
				now -= b.Frame.Values[i] % 3 * 100
			}
			b.TcpTsval.Set(i, 1000+now-b.Frame.Values[i]%7/6)
			b.TcpTsecr.Set(i, b.Frame.Values[i]/9)
			b.TcpHeaderLen.Set(i, 32)
		}
	}
}

// digested makes the digests of all rows, which are TCP over IPv4.
func (w *wire) digested() {
	for _, b := range w.batches {
		b.WantDigests()
		b.Digested = b.N
		for i := range b.N {
			x := &b.Digests[i]
			*x = table.Digest{Frame: b.Frame.Values[i], TsNs: b.TsNs.Values[i], Scale: -1, Bits: table.DigestSet | table.DigestTime}
			x.Src, x.Dst = uint32(b.SrcIp.Values[i].Lo), uint32(b.DstIp.Values[i].Lo)
			x.SrcPort, x.DstPort = uint16(b.SrcPort.Values[i]), uint16(b.DstPort.Values[i])
			x.Seq, x.Ack = uint32(b.TcpSeq.Values[i]), uint32(b.TcpAck.Values[i])
			x.Flags, x.Window = uint16(b.TcpFlags.Values[i]), uint16(b.TcpWindow.Values[i])
			x.IpLen, x.IpId, x.PayloadLen = uint16(b.IpLen.Values[i]), uint16(b.IpId.Values[i]), uint16(b.PayloadLen.Values[i])
			x.Ttl = uint8(b.IpTtl.Values[i])
			if b.TcpTsval.Valid[i] != 0 {
				x.Bits |= table.DigestTimestamps | table.DigestOptions
				x.TsVal, x.TsEcr = uint32(b.TcpTsval.Values[i]), uint32(b.TcpTsecr.Values[i])
			}
		}
	}
}

// text returns all values of a row.
func text(b table.Batch, i int) string {
	var s strings.Builder
	for _, c := range b.Columns() {
		switch c := c.(type) {
		case *table.Int32:
			if c.Valid == nil || c.Valid[i] != 0 {
				fmt.Fprint(&s, c.Values[i])
			}
		case *table.Int64:
			if c.Valid == nil || c.Valid[i] != 0 {
				fmt.Fprint(&s, c.Values[i])
			}
		case *table.Bool:
			if c.Valid == nil || c.Valid[i] != 0 {
				fmt.Fprint(&s, c.Values[i])
			}
		case *table.Word:
			fmt.Fprint(&s, c.Codes[i])
		case *table.WordList:
			fmt.Fprint(&s, c.Codes[c.Offsets[i]:c.Offsets[i+1]])
		case *table.Symbol:
			fmt.Fprintf(&s, "%q", c.Value(i))
		case *table.Address:
			fmt.Fprint(&s, c.Values[i])
		case *table.Text:
			if c.Valid[i] != 0 {
				fmt.Fprintf(&s, "%q", c.Value(i))
			}
		}
		s.WriteByte(' ')
	}
	return s.String()
}

// TestUsual holds that rows with digests, of which most take the short way, come out as rows without, which never do.
func TestUsual(t *testing.T) {
	rows := func(seed uint64, digests bool, opt Options) []string {
		var w wire
		w.talk(12000, seed)
		w.stamped()
		if digests {
			w.digested()
		}
		var all []string
		c := New(opt)
		err := c.Run(w.next(), func(b *table.Packets) error {
			for i := range b.N {
				all = append(all, text(b, i))
			}
			return nil
		}, func(b *table.Connections) error {
			for i := range b.N {
				all = append(all, text(b, i))
			}
			c.Release(b)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for seed := range uint64(4) {
		for _, none := range []bool{false, true} {
			want, got := rows(seed, false, Options{NoColumns: none}), rows(seed, true, Options{NoColumns: none})
			if len(want) != len(got) {
				t.Fatalf("%d rows with digests, %d without", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("seed %d, no columns %v: with digests\n%s\nwithout\n%s", seed, none, got[i], want[i])
				}
			}
		}
	}
}
