package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// appHeads are the payloads that may say something. All others are turned away with two loads.
var appHeads = func() (may table.Heads) {
	for i := range may {
		if facts.AppFirst(int64(i)) {
			may[i] |= table.HeadFirst
		}
		if facts.AppFifth(int64(i)) {
			may[i] |= table.HeadFifth
		}
	}
	return may
}()

// Heads returns the payloads that are read, beside those of RSTs.
func Heads() *table.Heads { return &appHeads }

// readApp takes from the row of a segment with payload what an application says about the end of
// the connection, if it does so where it can be seen: in the first bytes, in clear.
func readApp(b *table.Packets, i int, s *facts.Segment) {
	payload := b.PayloadHead.Value(i)
	if !appHeads.Has(payload) {
		return
	}
	var h facts.Head
	fillHead(&h, payload, s.Length)
	s.App = facts.AppError(&h)
}
