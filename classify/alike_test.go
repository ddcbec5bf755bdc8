package classify

import (
	"fmt"
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

// syn makes e a SYN of that form in which all else is anything; id is its identification.
func (x *form) syn(rng *rand.Rand, e *embryo, id int64) {
	p, s := x.packet, x.segment
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
	t := task{digest: true}
	t.reversed = t.key.set(&src, &dst, port(), port(), protoTCP, false)
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

// TestAlike holds that the row of a lone SYN is the same whether it is a copy of another or found the way of all rows: the
// SYNs of a form are made to differ in all else.
func TestAlike(t *testing.T) {
	copied, rows := 0, 0
	for seed := range uint64(256) {
		rng := rand.New(rand.NewPCG(seed, 11))
		k := newKnowledge(knownLimit)
		if seed%2 == 0 {
			k.observedAtRandom(rng, 300)
		}
		short, long := &rowWriter{seed: uint16(seed), knowledge: k, file: "x"}, &rowWriter{seed: uint16(seed), knowledge: k, file: "x"}
		short.arena.details, long.arena.details = seed%3 == 0, seed%3 == 0
		if seed%4 < 2 {
			for range rng.IntN(3) {
				at := rng.Int64N(3_000_000_000)
				facts.NoteBreak(&short.breaks, at, at+61_000_000)
			}
			long.breaks = short.breaks
		}
		got, want := table.NewConnections(table.ConnectionRows), table.NewConnections(table.ConnectionRows)
		var details [2][]ZeekDetails
		all := make([]embryo, table.ConnectionRows)
		forms := make([]form, 1+rng.IntN(4))
		for i := range forms {
			forms[i] = newForm(rng)
		}
		for i := range all {
			e := &all[i]
			x := &forms[rng.IntN(len(forms))]
			x.syn(rng, e, int64((int(seed)*len(all)+i)%65536))
			f := finished{embryo: e, connID: e.connID, tunnel: x.tunnel}
			f.finish.Reason = schemas.FinishCaptureEnd
			silence, stream := int64(30_000_000), rng.Int64N(1<<40)
			switch rng.IntN(32) {
			case 0:
				f.finish.Reason = schemas.Finish(1 + rng.IntN(len(schemas.FinishWords.Text)-1))
			case 1:
				stream = -1
			case 2, 3, 4:
				silence = rng.Int64N(240_000_000_000)
			}
			if seed%8 == 0 { // all near the limits of rules
				silence = one(rng, 0, 1, 999_999, 1_000_000, 1_000_001, 2_999_999, 3_000_000, 3_000_001, rng.Int64N(5_000_000))
			}
			f.finish.Time = e.time + silence
			g := f
			if like := short.copy(got, &f, stream); like != nil {
				details[0] = append(details[0], like.details)
				copied++
			} else {
				short.write(got, &f, stream)
				details[0] = append(details[0], short.row.zeekDetails())
				short.keep(got, &f, stream)
			}
			long.write(want, &g, stream)
			details[1] = append(details[1], long.row.zeekDetails())
			rows++
		}
		short.finish(got)
		for _, b := range []*table.Connections{got, want} {
			b.CommunityId.Close(b.N)
			b.CauseAlternatives.Close(b.N)
			b.CauseEvidence.Close(b.N)
		}
		for i := range all {
			if a, b := text(got, i), text(want, i); a != b {
				t.Fatalf("seed %d, row %d of %+v\ncopied   %s\nexpected %s", seed, i, all[i], a, b)
			}
			if short.arena.details && details[0][i] != details[1][i] {
				t.Fatal(fmt.Sprint("details: ", details[0][i], ", expected ", details[1][i]))
			}
		}
	}
	if copied < rows/4 {
		t.Errorf("%d of %d rows were copied", copied, rows)
	}
}
