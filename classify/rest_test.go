package classify

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/classify/zeek"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// talk fills the wire with connections that exchange data, mostly in order: the rest is repeated, missing, late,
// acknowledges what nobody sent, closes windows, or goes on from beyond the end of all numbers.
func (w *wire) talk(n int, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 9))
	type end struct{ next, acked uint32 }
	hosts := make([][2]end, 40)
	for i := range n {
		h := rng.IntN(len(hosts))
		side := rng.IntN(2)
		me, peer := &hosts[h][side], &hosts[h][1-side]
		packet := func(flags uint16, seq, ack uint32, length int) {
			w.packet(i/10, h, 5000, side == 0, flags, seq, ack, length)
		}
		switch {
		case me.next == 0 || rng.IntN(300) == 0: // a new handshake
			*me, *peer = end{next: rng.Uint32()}, end{next: rng.Uint32()}
			if rng.IntN(3) == 0 {
				me.next = -uint32(rng.IntN(20000)) // its numbers wrap around soon
			}
			side = 0
			packet(flagSYN, me.next-1, 0, 0)
			side = 1
			packet(flagSYN|flagACK, peer.next-1, me.next, 0)
			side = 0
			packet(flagACK, me.next, peer.next, 0)
			hosts[h] = [2]end{{me.next, me.next}, {peer.next, peer.next}}
			continue
		case rng.IntN(100) == 0:
			flags := []uint16{flagFIN | flagACK, flagRST, flagRST | flagACK}[rng.IntN(3)]
			packet(flags, me.next, peer.next, 0)
			if flags&flagRST != 0 && rng.IntN(2) == 0 {
				hosts[h] = [2]end{} // else it was in vain
			}
			continue
		}
		length := []int{0, 0, 1, 100, 1448, 1448}[rng.IntN(6)]
		seq, ack := me.next, peer.next
		switch rng.IntN(60) {
		case 0:
			seq -= uint32(rng.IntN(2000)) // repeated
		case 1:
			seq += 100 // something is missing
		case 2:
			ack += 100
		case 3:
			ack = peer.acked
		case 4:
			seq-- // probes
			length = rng.IntN(2)
		}
		packet(flagACK, seq, ack, length)
		if rng.IntN(80) == 0 {
			b := w.batches[len(w.batches)-1]
			b.TcpWindow.Set(b.N-1, 0)
		}
		if end := seq + uint32(length); int32(end-me.next) > 0 {
			me.next = end
		}
		if int32(ack-peer.acked) > 0 {
			peer.acked = ack
		}
	}
}

// TestRest holds that Zeek's columns are the same whether its machine sees every packet or rests: who asks for details
// keeps it awake.
func TestRest(t *testing.T) {
	rows := func(seed uint64, opt Options) string {
		var w wire
		w.talk(30000, seed)
		var text strings.Builder
		c := New(opt)
		err := c.Run(w.next(), func(*table.Packets) error { return nil }, func(b *table.Connections) error {
			for i := range b.N {
				fmt.Fprintln(&text, b.ConnId.Values[i], schemas.ZeekConnState(b.ZeekConnState.Codes[i]), b.ZeekHistory.Value(i),
					b.OrigStreamBytes.Valid[i], b.OrigStreamBytes.Values[i], b.RespStreamBytes.Values[i], b.TeardownRule.Codes[i])
			}
			c.Release(b)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	for seed := range uint64(5) {
		awake := rows(seed, Options{Zeek: func([]ZeekDetails) {}})
		if rests := rows(seed, Options{}); rests != awake {
			a, b := strings.Split(awake, "\n"), strings.Split(rests, "\n")
			for i := range min(len(a), len(b)) {
				if a[i] != b[i] {
					t.Fatalf("seed %d: awake it says\n%s\nresting\n%s", seed, a[i], b[i])
				}
			}
		}
	}
	var x tcpPart
	x.account.rests = zeek.Rest(1, 0)
	if zeek.Rest(1, 0) == zeek.Rest(0, 0) || zeek.Rest(0, 1) == zeek.Rest(0, 0) {
		t.Error("kinds of packets are not told apart")
	}
}
