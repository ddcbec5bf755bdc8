package classify

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/zeek"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A wire writes decoded packets without a capture.
type wire struct {
	batches []*table.Packets
	frame   int64
	order   int64
	size    int // rows of a batch, 0 for those of a capture
}

// packet adds a TCP packet from 10.0.0.(1+host) or to it, at millisecond ms.
func (w *wire) packet(ms, host int, port uint16, fromHost bool, flags uint16, seq, ack uint32, length int) {
	if n := len(w.batches); n == 0 || w.batches[n-1].N == cmp.Or(w.size, table.BatchRows) {
		w.batches = append(w.batches, table.NewPackets(cmp.Or(w.size, table.BatchRows)))
	}
	b := w.batches[len(w.batches)-1]
	i := b.N
	b.N++
	w.frame++
	w.order = max(w.order, int64(ms)*1_000_000)
	b.File.Set(i, "wire")
	b.Frame.Set(i, w.frame)
	b.TsNs.Set(i, int64(ms)*1_000_000)
	b.OrderNs.Set(i, w.order)
	b.InputIndex.Set(i, 0)
	src, dst := table.Addr{Lo: uint64(0x0a000001 + host), Version: 4}, table.Addr{Lo: 0x0a00ffff, Version: 4}
	srcPort, dstPort := int32(port), int32(80)
	if !fromHost {
		src, dst, srcPort, dstPort = dst, src, dstPort, srcPort
	}
	b.IpVersion.Set(i, 4)
	b.SrcIp.Values[i], b.DstIp.Values[i] = src, dst
	b.IpProto.Set(i, protoTCP)
	b.IpLen.Set(i, int64(40+length))
	b.IpTtl.Set(i, int32(64-host%3))
	b.IpId.Set(i, w.frame%65536)
	b.IpDscp.Set(i, 0)
	b.IpEcn.Set(i, 0)
	b.SrcPort.Set(i, srcPort)
	b.DstPort.Set(i, dstPort)
	b.TcpFlags.Set(i, int32(flags))
	b.TcpSeq.Set(i, int64(seq))
	b.TcpAck.Set(i, int64(ack))
	b.TcpWindow.Set(i, 1000)
	b.TcpHeaderLen.Set(i, 20)
	b.PayloadLen.Set(i, int64(length))
}

// random fills the wire with packets of many connections that begin, end and are reused; back says whether time
// goes back now and then.
func (w *wire) random(n int, seed uint64, back bool) {
	rng := rand.New(rand.NewPCG(seed, 7))
	ms := 0
	for range n {
		ms += rng.IntN(40)
		if rng.IntN(2000) == 0 {
			ms += 300_000 // silence longer than some limits
		}
		if back && rng.IntN(2000) == 0 {
			ms -= min(ms, 1_000_000)
		}
		flags := []uint16{flagSYN, flagSYN | flagACK, flagACK, flagACK, flagACK | 8, flagFIN | flagACK, flagRST, flagRST | flagACK}[rng.IntN(8)]
		w.packet(ms, rng.IntN(50), uint16(1000+rng.IntN(20)), rng.IntN(2) == 0, flags, rng.Uint32N(500), rng.Uint32N(500), rng.IntN(3)*10)
	}
}

func (w *wire) next() func() (*table.Packets, error) {
	i := 0
	return func() (*table.Packets, error) {
		if i == len(w.batches) {
			return nil, io.EOF
		}
		i++
		return w.batches[i-1], nil
	}
}

// rows classifies the wire and returns all rows as text.
func (w *wire) rows(t *testing.T, opt Options) (packets, connections string) {
	t.Helper()
	var p, c strings.Builder
	cl := New(opt)
	err := cl.Run(w.next(), func(b *table.Packets) error {
		for i := range b.N {
			fmt.Fprintln(&p, b.Frame.Values[i], b.ConnId.Values[i], b.Direction.Codes[i], b.Rule.Codes[i], b.ConnPhase.Codes[i],
				b.RstForm.Codes[i], b.RstRole.Codes[i], b.RstOffenderFrame.Valid[i], b.TcpStream.Values[i], b.TcpSeqRel.Values[i])
		}
		return nil
	}, func(b *table.Connections) error {
		for i := range b.N {
			fmt.Fprintln(&c, b.ConnId.Values[i], b.FirstFrame.Values[i], b.LastFrame.Values[i], b.OrigPackets.Values[i], b.RespPackets.Values[i],
				schemas.Teardown(b.Teardown.Codes[i]), schemas.TeardownRule(b.TeardownRule.Codes[i]), b.TeardownFrame.Values[i], b.TcpStream.Values[i], b.LatePackets.Values[i],
				schemas.CauseRule(b.CauseRule.Codes[i]), b.OriginScore.Values[i]*int32(b.OriginScore.Valid[i]), b.DurationNs.Values[i])
		}
		cl.Release(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.String(), c.String()
}

// TestWorkers holds that the number of workers changes no row and no order, also when
// connections are evicted.
func TestWorkers(t *testing.T) {
	for _, limit := range []int{0, 640} {
		t.Run(fmt.Sprint("limit ", limit), func(t *testing.T) {
			var wantP, wantC string
			for _, workers := range []int{1, 2, 3, 8} {
				var w wire
				w.random(30000, 1, false)
				p, c := w.rows(t, Options{Workers: workers, Writers: workers, MaxConnections: limit})
				if workers == 1 {
					wantP, wantC = p, c
					if evicted := strings.Contains(c, " evicted "); evicted != (limit > 0) {
						t.Errorf("evicted: %v", evicted)
					}
				} else if p != wantP || c != wantC {
					t.Errorf("%d workers give other rows than one", workers)
				}
			}
		})
	}
}

// TestBatches holds that neither cutter sees where a batch ends, also where time goes back.
func TestBatches(t *testing.T) {
	for _, cutter := range []Cutter{CutDefault, CutZeek} {
		var wantP, wantC string
		for _, size := range []int{table.BatchRows, 1, 7, 1000} {
			w := wire{size: size}
			w.random(20000, 2, true)
			p, c := w.rows(t, Options{Workers: 2, Cutter: cutter})
			if wantP == "" {
				wantP, wantC = p, c
			} else if p != wantP || c != wantC {
				t.Errorf("cutter %v: batches of %d rows give other rows than those of %d", cutter, size, table.BatchRows)
			}
		}
	}
}

// TestCounts holds that every packet belongs to one connection and every connection has its row.
func TestCounts(t *testing.T) {
	var w wire
	w.random(20000, 2, false)
	packets := map[int64]int64{}
	cl := New(Options{Workers: 2})
	err := cl.Run(w.next(), func(b *table.Packets) error {
		for i := range b.N {
			packets[b.ConnId.Values[i]]++
		}
		return nil
	}, func(b *table.Connections) error {
		for i := range b.N {
			id := b.ConnId.Values[i]
			if n := b.OrigPackets.Values[i] + b.RespPackets.Values[i]; n != packets[id] && packets[id] != 0 {
				t.Errorf("connection %d has %d packets, its row says %d", id, packets[id], n)
			}
			delete(packets, id)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	// Rows can come before the packets of their batch, never after the end.
	for id := range packets {
		t.Errorf("connection %d has no row", id)
	}
}

// TestOrder holds that rows come in the order of finalisation: the packet that finished a
// connection, then conn_id; and that a limit is over at the first packet later than it.
func TestOrder(t *testing.T) {
	var w wire
	w.packet(0, 1, 1001, true, flagSYN, 100, 0, 0)
	w.packet(10, 2, 1002, true, flagSYN, 100, 0, 0)
	w.packet(20, 3, 1003, true, flagRST, 100, 0, 0)      // ends at once: look-ahead 130 s
	w.packet(130_020, 4, 1004, true, flagSYN, 100, 0, 0) // exactly at the limit: not yet over
	w.packet(240_005, 5, 1005, true, flagSYN, 100, 0, 0) // host 3 and 1 are over
	w.packet(240_006, 5, 1005, true, flagSYN, 200, 0, 0) // superseded
	w.packet(240_007, 5, 1005, false, flagRST|flagACK, 0, 201, 0)
	_, got := w.rows(t, Options{Workers: 2})
	want := "" +
		"1 1 1 1 0 syn_unanswered syn_overdue 1 0 0 syn_unheard 0 0\n" +
		"3 3 3 1 0 rst_without_connection lone_rst 3 2 0 lone_reset -1 0\n" +
		"5 5 5 1 0 superseded_by_reuse reuse 5 4 0 attempt_again 0 0\n" +
		"2 2 2 1 0 syn_unanswered syn_overdue 2 1 0 syn_unheard 0 0\n" +
		"4 4 4 1 0 syn_unanswered syn_overdue 4 3 0 syn_unheard 0 0\n" +
		"6 6 7 1 1 syn_refused_rst syn_refused 7 5 0 refused -2 1000000\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestSizes holds the memory per connection of which two packets or more were seen: 136 bytes of conn (key
// 40, links 8, account 80, pointer 8), 84 of the account of TCP and 4 of padding, 112 of Zeek's machine, and
// 560 of what the rules remember: 464 for two directions (of each the ring is 112), 8 for the pointer to what
// RSTs change, 88 for the rest. Together 896.
//
// Beside its record a connection owns a slot of 8 bytes in the index, which is three to six eighths full,
// and what hardly one has: 120 bytes from an RST on; 96 bytes for each direction from its first repetition, gap,
// probe, closed window, error of an application, repeated SYN or second flow label on; wide of 184 bytes; and
// Zeek's of 160 from the first hole, wrap or long history on. Its flow, which stays for the whole capture, has
// 56 bytes in streams, a slot and 8 bytes in numbers.
func TestSizes(t *testing.T) {
	if n := unsafe.Sizeof(embryo{}); n > 128 {
		t.Errorf("an embryo has %d bytes", n)
	}
	if n := unsafe.Sizeof(tcpConn{}); n > 896 {
		t.Errorf("a connection has %d bytes: conn %d, account of TCP %d, Zeek's machine %d, what the rules remember %d", n,
			unsafe.Sizeof(conn{}), unsafe.Sizeof(tcpAccount{}), unsafe.Sizeof(zeek.TCP{}), unsafe.Sizeof(facts.Connection{}))
	}
	if c, d := unsafe.Sizeof(facts.ConnectionRare{}), unsafe.Sizeof(facts.DirectionRare{}); c > 120 || d > 96 {
		t.Errorf("what is rare has %d bytes for a connection and %d for a direction", c, d)
	}
}

// TestIdleLimitsOption shortens a limit.
func TestIdleLimitsOption(t *testing.T) {
	var w wire
	w.packet(0, 1, 1001, true, flagACK, 100, 5, 10)
	w.packet(2000, 1, 1001, true, flagACK, 110, 5, 10)
	_, c := w.rows(t, Options{IdleEstablished: time.Second})
	if n := strings.Count(c, "\n"); n != 2 {
		t.Errorf("%d connections, want 2:\n%s", n, c)
	}
}
