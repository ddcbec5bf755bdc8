package classify

import (
	"testing"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestMaxStreams holds that the first streams have their numbers and all others none, also where a shard has no room
// before the limit is reached; null is -1 here.
func TestMaxStreams(t *testing.T) {
	const streams, packetsEach = 3000, 3
	for _, c := range []struct {
		name         string
		max, inShard int // inShard: room in each shard, 0 for what the option means
		noColumns    bool
		ended        int64 // first frame without a number, 0 where the shard decides
	}{
		{"all", streams, 0, false, 0},
		{"some", 1000, 0, false, 1000*packetsEach + 1},
		{"connections only", 1000, 0, true, 1000*packetsEach + 1},
		{"full shard", streams, 20, false, -1},
		{"full shard, connections only", streams, 20, true, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w wire
			for n := range streams {
				for i, flags := range []uint16{flagSYN, flagSYN | flagACK, flagACK} {
					w.packet(n, n/1000, uint16(1000+n%1000), i != 1, flags, uint32(i%2*500), uint32(i*250), 0)
				}
			}
			cl := New(Options{MaxStreams: c.max, NoColumns: c.noColumns})
			for _, s := range cl.shards {
				if c.inShard > 0 {
					s.streams.limit = c.inShard
				}
			}
			packets, connections := map[int64]int64{}, map[int64]int64{} // by frame
			err := cl.Run(w.next(), func(b *table.Packets) error {
				for i := range b.N {
					packets[b.Frame.Values[i]] = orNull(&b.TcpStream, i)
				}
				return nil
			}, func(b *table.Connections) error {
				for i := range b.N {
					connections[b.FirstFrame.Values[i]] = orNull(&b.TcpStream, i)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			ended := cl.StreamsEnded()
			if c.ended >= 0 && ended != c.ended || c.ended < 0 && (ended <= 20*packetsEach || ended%packetsEach != 1) {
				t.Fatalf("numbers end at frame %d, not %d", ended, c.ended)
			}
			for frame := int64(1); frame <= streams*packetsEach; frame++ {
				want := (frame - 1) / packetsEach
				if ended > 0 && frame >= ended {
					want = -1
				}
				if !c.noColumns && packets[frame] != want {
					t.Fatalf("frame %d: tcp_stream %d, not %d", frame, packets[frame], want)
				}
				if frame%packetsEach == 1 && connections[frame] != want {
					t.Fatalf("connection of frame %d: tcp_stream %d, not %d", frame, connections[frame], want)
				}
			}
		})
	}
}

func orNull(c *table.Int64, i int) int64 {
	if c.Valid[i] == 0 {
		return -1
	}
	return c.Values[i]
}
