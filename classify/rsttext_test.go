package classify

import (
	"testing"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestRstText keeps printable text of the RST that counts, also where it is the first packet.
func TestRstText(t *testing.T) {
	for _, c := range []struct {
		name, payload, want string
		lone                bool
		cutter              Cutter
	}{
		{"text", "[F5RST: No local listener]", "[F5RST: No local listener]", false, CutDefault},
		{"zero bytes behind it", "Go away\x00\x00", "Go away", false, CutDefault},
		{"lone RST", "tcp_close, during connect", "tcp_close, during connect", true, CutDefault},
		{"lone RST, cut as Zeek does", "tcp_close, during connect", "tcp_close, during connect", true, CutZeek},
		{"not text", "\x33\xaa\x00\x04\x00\x00\x00\x00", "", false, CutDefault},
		{"nothing", "", "", false, CutDefault},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w wire
			if !c.lone {
				w.packet(0, 1, 1001, true, flagSYN, 100, 0, 0)
			}
			w.packet(1, 1, 1001, false, flagRST|flagACK, 0, 101, len(c.payload))
			b := w.batches[0]
			if c.payload != "" {
				b.PayloadHead.Set(b.N-1, []byte(c.payload))
			}
			b.PayloadHead.Close(b.N)
			cl := New(Options{Cutter: c.cutter})
			err := cl.Run(w.next(), func(*table.Packets) error { return nil }, func(b *table.Connections) error {
				if got := string(b.FirstRstPayloadText.Value(0)); got != c.want || (b.FirstRstPayloadText.Valid[0] != 0) != (c.want != "") {
					t.Errorf("text is %q, want %q", got, c.want)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
