package classify

import (
	"testing"

	"github.com/pcap-teardown/teardown/classify/rare/raretest"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// TestMain holds, too, that no test writes to what connections share.
func TestMain(m *testing.M) { raretest.Main(m) }

// TestRareIsTakenBack: connections with RSTs, gaps and repetitions leave nothing behind when their rows are
// written; those that are live at the end of the capture keep what they have.
func TestRareIsTakenBack(t *testing.T) {
	var w wire
	for h := range 50 {
		for i := range 10 {
			w.packet(i, h, 5000, true, flagACK, uint32(1000*i), 1, 100)
			w.packet(i, h, 5000, true, flagACK, uint32(1000*i), 1, 100) // once more, with another identification
		}
		w.packet(20, h, 5000, false, flagRST|flagACK, 1, 9100, 0)
	}
	w.packet(10_000_000, 1, 6000, true, flagACK, 100, 1, 10) // the limits of all are over
	w.packet(10_000_001, 1, 6000, true, flagACK, 200, 1, 10)
	c := New(Options{Workers: 2})
	rows := 0
	if err := c.Run(w.next(), func(*table.Packets) error { return nil }, func(b *table.Connections) error {
		rows += b.N
		c.Release(b)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	connections, directions := 0, 0
	for _, s := range c.shards {
		s.reclaim()
	}
	for w := range c.workers { // shards of a worker share a lender
		c, d := c.shards[w].arena.lender.Lent()
		connections, directions = connections+c, directions+d
	}
	if rows != 51 || connections != 0 || directions != 1 {
		t.Errorf("%d rows, want 51; %d and %d records are lent, want none and the one of a live connection", rows, connections, directions)
	}
}
