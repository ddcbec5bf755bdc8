package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// appByte says of a byte whether a payload that has it in the first or in the fifth place may
// say something. All others are turned away with two loads.
var appByte = func() (may [256]struct{ first, fifth bool }) {
	for i := range may {
		may[i].first, may[i].fifth = facts.AppFirst(int64(i)), facts.AppFifth(int64(i))
	}
	return may
}()

// readApp takes from the row of a segment with payload what an application says about the end of
// the connection, if it does so where it can be seen: in the first bytes, in clear.
func readApp(b *table.Packets, i int, s *facts.Segment) {
	payload := b.PayloadHead.Value(i)
	if len(payload) < 4 || !appByte[payload[0]].first && (len(payload) < 5 || !appByte[payload[4]].fifth) {
		return
	}
	var h facts.Head
	fillHead(&h, payload, s.Length)
	s.App = facts.AppError(&h)
}
