package classify

import (
	"math/rand/v2"
	"testing"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// one returns one of several values.
func one[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

// number returns any number, and often one at an edge.
func number(rng *rand.Rand) uint32 {
	return one(rng, 0, 1, 1<<31-1, 1<<31, 1<<32-1500, 1<<32-2, 1<<32-1, rng.Uint32N(70000), rng.Uint32(), rng.Uint32(), rng.Uint32())
}

// A form is what the SYNs of one scanner have in common.
type form struct {
	packet  packetInfo
	segment facts.Segment
	vlan    int16
	version uint8
	tunnel  string
}

func newForm(rng *rand.Rand) form {
	x := form{vlan: one[int16](rng, -1, -1, 7), version: one[uint8](rng, 4, 4, 6), tunnel: one(rng, "", "", "", "gre")}
	p, s := &x.packet, &x.segment
	p.isTCP, p.hasNs, p.hasTTL = true, rng.IntN(8) > 0, rng.IntN(8) > 0
	p.flags = flagSYN | one[uint16](rng, 0, 0, 0, 0xc0, 0x40, 8, 0x20, 0xe00, 0x1c0)
	p.payload = one[int64](rng, 0, 0, 0, 1, 24, 1400, 70000)
	p.ipLen = 40 + p.payload
	p.cut = p.payload > 0 && rng.IntN(2) == 0
	p.ttl, p.mss, p.scale, p.sack = one(rng, 64, 128, uint8(rng.IntN(256))), one(rng, 0, 1460, uint16(rng.Uint32())), one[int8](rng, -1, 0, 7, 14, 15), rng.IntN(2) == 0
	s.Length, s.Flags, s.Syn = p.payload, int64(p.flags), true
	s.Window, s.Tos = one(rng, 0, 1, 512, 1024, 2048, 64240, 65535, rng.Int64N(65536)), one[int64](rng, 0, 0, 1, 2, 3, 0x10, 0xb8)
	s.Ttl, s.Mss, s.Scale = int64(p.ttl), int64(p.mss), int64(p.scale)
	s.HasOptions, s.HasTs = rng.IntN(3) > 0, rng.IntN(2) == 0
	return x
}

// syn returns a SYN of that form in which all else is anything; id is its identification.
func (x *form) syn(rng *rand.Rand, id int64) (t task, p packetInfo, s facts.Segment) {
	p, s = x.packet, x.segment
	s.Seq, s.Ack, s.TsVal, s.TsEcr = number(rng), number(rng), number(rng), number(rng)
	if x.version == 4 {
		s.IpId = id
	} else {
		s.FlowLabel = rng.Int64N(1 << 20)
	}
	p.ack, p.frame, p.time, p.ns = s.Ack, 1+rng.Int64N(frameMask), rng.Int64N(3_000_000_000), rng.Int64()-1<<62
	s.Time, s.Frame = p.time, p.frame
	if !p.hasNs {
		p.ns = 0
	}
	address := func() table.Addr {
		a := table.Addr{Version: x.version, Lo: uint64(one(rng, 0x0a000001+rng.Uint32N(3), rng.Uint32(), 0xffffffff))}
		if x.version == 6 {
			a.Hi = rng.Uint64()
		}
		return a
	}
	port := func() uint16 { return one(rng, 0, 22, 80, 443, 6667, 65535, uint16(id), uint16(rng.Uint32())) }
	src, dst := address(), address()
	t.digest = true
	t.reversed = t.key.set(&src, &dst, port(), port(), protoTCP, false)
	t.hash = t.key.hash()
	return t, p, s
}

// fill makes e such a SYN.
func (x *form) fill(rng *rand.Rand, e *embryo, id int64) {
	t, p, s := x.syn(rng, id)
	e.fill(nil, 0, &t, &p, &s, one[int64](rng, 0, 0, 0, 0, 0, 0, 0, 1)<<frameBits+p.frame, 1+rng.Int32N(1000), 0)
	e.vlan, e.complete = x.vlan, complete(0, true, p.flags, p.payload)
}

// observedAtRandom makes k know what hosts did.
func (k *knowledge) observedAtRandom(rng *rand.Rand, n int) {
	for range n {
		var o observed
		o.orig = table.Addr{Version: 4, Lo: uint64(0x0a000001 + rng.IntN(3))}
		o.resp = table.Addr{Version: 4, Lo: uint64(0x0a000001 + rng.IntN(3))}
		o.respPort = one[uint16](rng, 22, 80, 443)
		o.Observation = facts.Observation{Kind: 1 + rng.Int64N(5), Time: rng.Int64N(3_000_000_000), From: rng.Int64N(2), Ttl: 64,
			Rtt: rng.Int64N(1000), Ecn: rng.IntN(2) == 0, Linux: rng.IntN(2) == 0, Serves: rng.IntN(2) == 0}
		k.apply(&o)
	}
}

// ways writes the same rows as copies, where that is possible, and the way of all rows.
type ways struct {
	short, long rowWriter
	got, want   *table.Connections
	details     [2][]ZeekDetails
	copied      int
}

func newWays(k *knowledge, seed uint16) *ways {
	return &ways{short: rowWriter{seed: seed, knowledge: k, file: "x"}, long: rowWriter{seed: seed, knowledge: k, file: "x"},
		got: table.NewConnections(table.ConnectionRows), want: table.NewConnections(table.ConnectionRows)}
}

func (x *ways) write(f finished, stream int64) {
	g := f
	if like := x.short.copy(x.got, &f, stream); like != nil {
		x.details[0] = append(x.details[0], like.details)
		x.copied++
	} else {
		x.short.write(x.got, &f, stream)
		x.details[0] = append(x.details[0], x.short.row.zeekDetails())
		x.short.keep(x.got, &f, stream)
	}
	x.long.write(x.want, &g, stream)
	x.details[1] = append(x.details[1], x.long.row.zeekDetails())
}

// compare holds that both ways wrote the same rows, those of the embryos.
func (x *ways) compare(t *testing.T, embryos []embryo) {
	t.Helper()
	x.short.finish(x.got)
	for _, b := range []*table.Connections{x.got, x.want} {
		b.CommunityId.Close(b.N)
		b.CauseAlternatives.Close(b.N)
		b.CauseEvidence.Close(b.N)
	}
	for i := range embryos {
		if a, b := text(x.got, i), text(x.want, i); a != b {
			t.Fatalf("%+v\ncopied   %s\nexpected %s", embryos[i], a, b)
		}
		if x.short.arena.details && x.details[0][i] != x.details[1][i] {
			t.Fatalf("details %v, expected %v", x.details[0][i], x.details[1][i])
		}
	}
}

// TestAlike holds that the row of a lone SYN is the same whether it is a copy of another or found the way of all rows: the
// SYNs of a form are made to differ in all else.
func TestAlike(t *testing.T) {
	copied, rows := 0, 0
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 11))
		k := newKnowledge(knownLimit)
		if seed%2 == 0 {
			k.observedAtRandom(rng, 300)
		}
		x := newWays(k, uint16(seed))
		x.short.arena.details, x.long.arena.details = seed%3 == 0, seed%3 == 0
		for range rng.IntN(3) * int(seed%2) {
			at := rng.Int64N(3_000_000_000)
			facts.NoteBreak(&x.short.breaks, at, at+61_000_000)
		}
		x.long.breaks = x.short.breaks
		all := make([]embryo, table.ConnectionRows)
		forms := make([]form, 1+rng.IntN(4))
		for i := range forms {
			forms[i] = newForm(rng)
		}
		for i := range all {
			e, form := &all[i], &forms[rng.IntN(len(forms))]
			form.fill(rng, e, rng.Int64N(65536))
			f := finished{embryo: e, connID: e.connID, tunnel: form.tunnel}
			f.finish.Reason = schemas.FinishCaptureEnd
			silence, stream := int64(30_000_000), rng.Int64N(1<<40)
			switch rng.IntN(32) {
			case 0:
				f.finish.Reason = schemas.Finish(1 + rng.IntN(len(schemas.FinishWords.Text)-1))
			case 1:
				stream = -1
			case 2:
				f.tunnel = "vxlan"
			case 3, 4:
				silence = rng.Int64N(240_000_000_000)
			}
			if seed%8 == 0 { // all near the limits of rules
				silence = one(rng, 0, 1, 999_999, 1_000_000, 1_000_001, 2_999_999, 3_000_000, 3_000_001, rng.Int64N(5_000_000))
			}
			f.finish.Time = e.time + silence
			x.write(f, stream)
		}
		x.compare(t, all)
		copied, rows = copied+x.copied, rows+len(all)
	}
	if copied < rows/4 {
		t.Errorf("%d of %d rows were copied", copied, rows)
	}
}

// TestAlikeNumbers holds the same of a usual SYN with every port and identification.
func TestAlikeNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 13))
	usual := form{version: 4, vlan: -1}
	p, s := &usual.packet, &usual.segment
	p.isTCP, p.hasNs, p.hasTTL, p.flags, p.ipLen, p.ttl, p.mss, p.scale, p.sack = true, true, true, flagSYN, 60, 64, 1460, 7, true
	s.Flags, s.Syn, s.Window, s.Ttl, s.Mss, s.Scale, s.HasOptions, s.HasTs = flagSYN, true, 64240, 64, 1460, 7, true, true
	k := newKnowledge(knownLimit)
	const stride = 40503 // odd, so that its multiples take all values
	for id := 0; id < 65536; id += table.ConnectionRows {
		x := newWays(k, 0)
		all := make([]embryo, table.ConnectionRows)
		for i := range all {
			e, n := &all[i], id+i
			usual.fill(rng, e, int64(n))
			e.key.aPort, e.key.bPort = uint16(n*stride), uint16((n+7)*stride*3)
			f := finished{embryo: e, connID: e.connID}
			f.finish.Reason, f.finish.Time = schemas.FinishCaptureEnd, e.time+30_000_000
			x.write(f, 1)
		}
		x.compare(t, all)
		if x.copied < len(all)/2 {
			t.Fatalf("%d of %d rows were copied", x.copied, len(all))
		}
	}
}

// TestBeginAlike holds that a packet says the same whether a SYN like it was the last one or the rules look at it.
func TestBeginAlike(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 12))
	short, long := newShard(0, (&Options{}).limits(), new(arena)), newShard(0, (&Options{}).limits(), new(arena))
	short.columns, long.columns = true, true
	j, alike := newJob(1, 1), 0
	for round := range 1000 {
		got, want := table.NewPackets(32), table.NewPackets(32)
		got.N, want.N = 32, 32
		forms := [2]form{newForm(rng), newForm(rng)}
		for i := range got.N {
			tk, p, s := forms[rng.IntN(12)/11].syn(rng, int64((round*32+i)%65536))
			s.App = rng.Int64N(12) / 11
			q, u := p, s
			short.arena.said.reason = -1 // the way of all packets forgets it
			short.begin(j, 0, &tk, got, i, &p, &s, 1, 1)
			if short.arena.said.reason == -1 {
				short.arena.said.reason = 0
				alike++
			}
			long.arena.syn = firstSyn{}
			long.begin(j, 0, &tk, want, i, &q, &u, 1, 1)
			if a, b := text(got, i), text(want, i); a != b {
				t.Fatalf("%+v\nlike the last one %s\nexpected          %s", u, a, b)
			}
		}
		for list := range short.lists {
			if short.lists[list] != long.lists[list] {
				t.Fatalf("list %d is %v, expected %v", list, short.lists[list], long.lists[list])
			}
		}
		if len(j.observed[0]) > 0 {
			t.Fatal("a lone SYN was observed")
		}
	}
	if alike < 1000*32/2 {
		t.Errorf("%d SYNs were like the last one", alike)
	}
}

// flood fills the wire with n SYNs from other addresses.
func (w *wire) flood(n int) {
	for i := range n {
		w.packet(i/100, i, uint16(i), true, flagSYN, uint32(i)*77, 0, 0)
	}
}

// TestFlood holds that lone SYNs give the same rows whoever writes them, and that none allocates anything of its own.
func TestFlood(t *testing.T) {
	few, many := wire{}, wire{}
	few.flood(8 * table.BatchRows)
	many.flood(16 * table.BatchRows)
	count := func(w *wire) float64 {
		return testing.AllocsPerRun(1, func() {
			c := New(Options{Workers: 1})
			if err := c.Run(w.next(), func(*table.Packets) error { return nil }, func(b *table.Connections) error { c.Release(b); return nil }); err != nil {
				t.Fatal(err)
			}
		})
	}
	if more := count(&many) - count(&few); more > 8*table.BatchRows/32 { // chunks of memory, no more
		t.Errorf("%.0f more allocations for %d more SYNs", more, 8*table.BatchRows)
	}
	for _, limit := range []int{0, 6400} { // with evictions
		var want string
		for _, workers := range []int{1, 2, 3} {
			var w wire
			w.flood(4 * table.BatchRows)
			_, c := w.rows(t, Options{Workers: workers, Writers: workers, MaxConnections: limit})
			if workers == 1 {
				want = c
			}
			if c != want {
				t.Fatalf("the rows differ with %d workers", workers)
			}
		}
	}
}
