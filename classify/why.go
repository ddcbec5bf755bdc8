package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// writeWhy writes why a TCP connection ended.
func writeWhy(out *table.Connections, i int, w *facts.Why) {
	if w.Origin != 0 {
		out.RstOrigin.Codes[i] = uint16(w.Origin)
		out.OriginScore.Set(i, int32(w.Score))
	}
	out.MiddleboxMode.Codes[i] = uint16(w.Mode)
	out.Cause.Codes[i] = uint16(w.Cause)
	out.CauseClass.Codes[i] = schemas.CauseWords.Class[w.Cause]
	out.CauseConfidence.Set(i, int32(w.Confidence))
	out.CauseTier.Codes[i] = uint16(w.Tier)
	out.CauseRule.Codes[i] = uint16(w.Rule)
	out.CauseAlternatives.SetEmpty(i)
	for _, word := range w.Alternatives[:w.Count] {
		out.CauseAlternatives.Append(i, word)
	}
	out.CauseEvidence.SetEmpty(i)
	for _, id := range w.Evidence.Ids[:w.Evidence.Count] {
		out.CauseEvidence.Append(i, id)
	}
	if w.HasReason {
		out.ReasonCode.Set(i, int32(w.Reason))
	}
}
