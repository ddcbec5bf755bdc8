package facts

import "github.com/pcap-teardown/teardown/schemas"

// addEvidence notes evidence that holds and adds its points. What decides is marked.
func addEvidence(out *Evidence, id schemas.Evidence, points int64, decides bool) {
	if out.Count < 32 {
		out.Ids[out.Count] = uint16(id)
		out.Count++
	}
	out.Score += points
	if points > 0 {
		out.Positive++
	}
	if decides {
		out.Decisive = true
	}
}
