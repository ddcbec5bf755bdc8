package rare

import (
	"testing"

	"github.com/pcap-teardown/teardown/classify/facts"
)

// A side of the connections of these tests.
const (
	orig = iota
	resp
)

// A connection whose packets come one millisecond after the other.
type connection struct {
	facts.Connection
	lender *Lender
	time   int64
}

func begin(l *Lender) *connection {
	c := &connection{lender: l}
	l.Blank(&c.Connection)
	return c
}

// packet takes a packet of 100 bytes, or an RST.
func (c *connection) packet(from int64, seq, ack uint32, rst bool) {
	c.time += 1000
	s := facts.Segment{From: from, Time: c.time, Frame: c.time / 1000, Seq: seq, Ack: ack, Length: 100, HasAck: true, Flags: 16, Window: 1000, Ttl: 64, Scale: -1}
	if rst {
		s.Rst, s.Length, s.Flags = true, 0, 20
	}
	if c.time == 1000 {
		facts.Start(&c.Connection, &s)
	}
	var x facts.Derived
	var v facts.Verdict
	c.lender.Step(&c.Connection, &s, &x, &v)
}

// TestLender follows connections that share a lender: each has what it needs, and nothing of another.
func TestLender(t *testing.T) {
	var l Lender
	lent := func(connections, directions int) {
		t.Helper()
		if c, d := l.Lent(); c != connections || d != directions {
			t.Errorf("lent %d and %d, want %d and %d", c, d, connections, directions)
		}
		if !Intact() || l.written != (set{}) {
			t.Error("what all share is not zero")
		}
	}
	plain, lossy := begin(&l), begin(&l)
	for i := range uint32(10) {
		plain.packet(orig, 100*i, 1+100*i, false)
		plain.packet(resp, 1+100*i, 100+100*i, false)
		lossy.packet(orig, 100*i, 1, false)
	}
	lent(0, 0)
	lossy.packet(orig, 1100, 1, false) // 1000 to 1100 is missing
	lent(0, 1)
	if g := lossy.Dir[orig].Gaps[1]; g.Start != 1000 || g.End != 1100 {
		t.Errorf("gap from %d to %d, want 1000 to 1100", g.Start, g.End)
	}
	plain.packet(resp, 1001, 1000, true)
	lent(1, 1)
	if r := &plain.Rst; !r.Seen || r.From != resp || r.Seq != 1001 {
		t.Errorf("the RST is %+v", *r)
	}
	lossy.packet(orig, 1200, 1, false)
	lossy.packet(resp, 1, 2000, false) // what was never captured is missing too, behind what was
	if lossy.Rst.Seen || plain.Dir[orig].Gaps != [2]facts.Gap{} {
		t.Error("one connection has what belongs to the other")
	}
	l.Settle(&plain.Connection)
	l.Settle(&lossy.Connection)
	for _, d := range []*facts.DirectionRare{plain.Dir[orig].DirectionRare, plain.Dir[resp].DirectionRare, lossy.Dir[resp].DirectionRare} {
		if d != &none.directions[0] {
			t.Error("a finished connection shares what steps of others write")
		}
	}
	if lossy.ConnectionRare != &none.connection || !plain.Rst.Seen {
		t.Error("a finished connection has not what it had")
	}
	l.Release(&lossy.Connection)
	lent(1, 0)
	l.Release(&plain.Connection)
	lent(0, 0)
}

// TestAllocations: records that were taken back are lent again.
func TestAllocations(t *testing.T) {
	var l Lender
	c := begin(&l)
	if n := testing.AllocsPerRun(200, func() {
		l.Release(&c.Connection)
		l.Blank(&c.Connection)
		c.time = 0
		for i := range uint32(10) {
			c.packet(orig, 200*i, 1, false)
		}
		c.packet(orig, 200, 1, true)
	}); n > 0 {
		t.Errorf("%v allocations for a connection with gaps and an RST", n)
	}
	if a, b := l.Lent(); a != 1 || b != 1 {
		t.Errorf("lent %d and %d, want 1 and 1", a, b)
	}
}
