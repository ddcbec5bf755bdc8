package facts

import "github.com/pcap-teardown/teardown/schemas"

// plain reports whether a segment is of the kind that most are: data or an acknowledgment on an
// established connection that nobody has begun to close. For these there is a version of Step in
// Go and in Lua, which the generator makes from Step and from this condition.
func plain(c *Connection, d, other *Direction, s *Segment) bool {
	return s.HasAck && !s.Syn && !s.Fin && !s.Rst &&
		c.Phase == schemas.ConnPhaseEstablished && c.Established && !c.Ended && !c.Rst.Seen &&
		d.Seen && d.AckSeen && !d.FinSeen && !d.RstSeen && !d.LastWasRst && !d.LastWasSyn &&
		other.Seen && other.AckSeen && !other.FinSeen && !other.RstSeen && !other.LastWasRst && !other.LastWasSyn
}

// usual reports what else holds for most plain segments and their connections. Where nothing is rare, too,
// there is a shorter version of Step.
func usual(c *Connection, d, other *Direction, s *Segment) bool {
	return !c.OnlyProbes && !c.CaptureLoss && d.Answered && other.Answered && d.Next == s.Seq && other.Window != 0 && s.Window != 0 && s.App == 0
}

// quiet reports whether nothing that is rare of both directions matters to usual segments: neither repeats, nor asks
// whether the other is there. The shorter version of Step in Lua takes these, too.
func quiet(d, other *Direction) bool {
	return !d.KeepAlivePending && d.RtxCount == 0 && d.KeepAlives == 0 &&
		!other.KeepAlivePending && other.RtxCount == 0 && other.KeepAlives == 0
}
