package facts

import "github.com/pcap-teardown/teardown/schemas"

// What the rows of the causes ask for.

// declares reports whether the first effective RST says itself why it was sent.
func declares(c *Connection) bool {
	return c.Rst.Seen && c.Rst.ReasonKind >= 1 && c.Rst.ReasonKind <= 2
}

// reset reports whether an effective RST ended the connection before both sides had closed.
func reset(c *Connection) bool { return c.Rst.Seen && !c.Rst.FinsAcked }

// live reports whether there was a connection that the RST could end, as far as captured.
func live(c *Connection) bool {
	return !c.Rst.FinsAcked && (c.Rst.Established || c.Pickup == schemas.PickupMidstream && c.Dir[0].Answered && c.Dir[1].Answered)
}

// established reports whether the connection was established before the RST, or its beginning was
// not captured.
func established(c *Connection) bool {
	return c.Rst.Established || c.Pickup == schemas.PickupMidstream
}

// refused reports whether the SYN was answered by an RST.
func refused(e *Ending) bool { return e.Teardown == schemas.TeardownSynRefusedRst }

// cancels reports whether the originator reset its own attempt.
func cancels(e *Ending) bool {
	return e.Teardown == schemas.TeardownHandshakeRstByOrig || e.Teardown == schemas.TeardownSynCancelled
}

// inHandshake reports whether an RST ended the handshake.
func inHandshake(e *Ending) bool {
	return e.Teardown == schemas.TeardownHandshakeRstByOrig || e.Teardown == schemas.TeardownHandshakeRstByResp
}

// lonely reports whether nothing but the RST and what it answers was captured.
func lonely(e *Ending) bool {
	return e.Teardown == schemas.TeardownRstWithoutConnection || e.Teardown == schemas.TeardownAckWithoutConnection ||
		e.Teardown == schemas.TeardownFinWithoutConnection || e.Teardown == schemas.TeardownSynackWithoutSyn
}

// closed reports whether both sides closed in order.
func closed(e *Ending) bool {
	switch e.Teardown {
	case schemas.TeardownFinFourSegment, schemas.TeardownFinThreeSegment, schemas.TeardownFinSimultaneous, schemas.TeardownFinHalfClose:
		return true
	}
	return false
}

// activeReset reports whether an owner of the connection sent the RST, by its form.
func activeReset(c *Connection) bool {
	return reset(c) && (c.Rst.Form == schemas.RstFormActive || c.Rst.Form == schemas.RstFormActiveStale)
}

// ownFinFirst reports whether the sender of the RST had sent FIN before it.
func ownFinFirst(e *Ending) bool {
	return e.Teardown == schemas.TeardownFinThenRstSameSide || e.Teardown == schemas.TeardownFinBothThenRst
}

// peerFin reports whether the other side had sent FIN before the RST.
func peerFin(c *Connection) bool {
	return c.Rst.From == 0 && c.Rst.RespFin || c.Rst.From == 1 && c.Rst.OrigFin
}

// notAccepted reports whether a completed handshake was answered by an RST of a responder that
// never showed the connection to an application.
func notAccepted(c *Connection, x *Direction, e *Ending) bool {
	return e.Teardown == schemas.TeardownRstPostHandshake && c.Rst.Form == schemas.RstFormReplyToAck && !x.Answered
}

// letHandshakePass reports whether the ACK of the handshake drew no answer for longer than its receiver takes, so that the RST
// answers what came behind it. A host that has no such connection, or no room, answers that ACK already.
func letHandshakePass(x *Direction, r *Reset) bool {
	return x.Answers >= 1 && int64(r.Age) > 2*int64(x.Least)+2000
}

// idleReset reports whether an RST after a minute's silence can come from a device that forgot
// the connection: it answers a segment, or both sides were reset unasked; and it is not clearly the
// endpoint's.
func idleReset(c *Connection, w *Why) bool {
	return c.Rst.Silence >= 58000 && (c.Rst.Form == schemas.RstFormReplyToAck || c.Rst.BothWays || c.Rst.Crossed) && w.Score > -5 &&
		!c.Rst.OrigFin && !c.Rst.RespFin
}

// oddHeader reports whether the IP header of the RST is not as its sender's.
func oddHeader(x *Direction, r *Reset, k *Known) bool {
	return ttlStep(x, r, k) > 0 || ttlOther(x, r, k) || r.TosDropped || r.LabelZero
}

// fromSender reports whether the IP header of the RST is its sender's, seen where this tells anything.
func fromSender(x *Direction, r *Reset, k *Known) bool {
	known := ttlKnown(x, r, k)
	return r.LabelSame || known != 0 && int64(r.Ttl) == known && hops(known) > 0
}

// appError reports whether the sender of the RST had reported an error of its protocol.
func appError(c *Connection) bool {
	return c.Rst.AppFrom == c.Rst.From && (c.Rst.App == 4 || c.Rst.App == 5 || c.Rst.App >= 7)
}

// ownFin reports whether the sender of the RST had sent FIN before it.
func ownFin(c *Connection) bool {
	return c.Rst.From == 0 && c.Rst.OrigFin || c.Rst.From == 1 && c.Rst.RespFin
}

// atOnce reports whether the RST acknowledges a segment as soon as its sender answers at all.
func atOnce(x *Direction, r *Reset) bool {
	return r.Age > 0 && x.Answers > 0 && int64(r.Age) <= 2*int64(x.Least)+5000
}

// otherSystem reports whether the RST came after a second of silence from a host that is not Linux, which answers only bare for
// what it does not know.
func otherSystem(x *Direction, r *Reset) bool {
	return r.SenderSilent >= 1000 && x.SynSeen && !x.SynLinux
}

// startedAgain reports whether the RST answers an ACK of what its sender had sent before it started
// again with the same initial number.
func startedAgain(x *Direction, r *Reset) bool {
	return r.BadAck && x.SynSeen && between(x.Isn+2, r.Seq, x.Next)
}

// attempt reports whether a connection did not come about.
func attempt(e *Ending) bool {
	switch e.Teardown {
	case schemas.TeardownSynRefusedRst, schemas.TeardownSynUnanswered, schemas.TeardownSynPendingAtCaptureEnd, schemas.TeardownSynCancelled,
		schemas.TeardownHandshakeRstByOrig, schemas.TeardownHandshakeUnfinished:
		return true
	}
	return false
}

// silentPeer reports whether a side never answered, as far as captured.
func silentPeer(e *Ending) bool {
	return e.Teardown == schemas.TeardownSynUnanswered || e.Teardown == schemas.TeardownTimeoutRetransmission
}

// unanswered reports whether a side waited in vain, whether or not it said so in the end.
func unanswered(e *Ending) bool { return silentPeer(e) || e.Teardown == schemas.TeardownSynCancelled }

// wholeSchedule reports whether the originator reset its attempt when the repetitions of its SYN were
// used up: the pauses had grown to 8 s, which programs seldom wait for, and a longer one had passed.
func wholeSchedule(o *Direction, r *Reset) bool {
	return o.SynInterval >= 8000000 && int64(r.SenderSilent)*2000 >= int64(o.SynInterval)*3
}

// unused reports whether the originator reset a connection that had carried no data.
func unused(c *Connection) bool {
	return c.Rst.From == 0 && c.Rst.Established && c.Dir[0].DataSegments == 0 && c.Dir[1].DataSegments == 0 && c.Pickup == schemas.PickupSyn
}
