package facts

import "github.com/pcap-teardown/teardown/schemas"

// mostSupport is what independent support can add to the confidence, percent.
const mostSupport = 15

// Confidence from which on a tier is stated, percent.
const (
	tierHigh   = 85
	tierMedium = 60
	tierLow    = 35
)

// Explain lets the rules decide why a finished connection ended. k is what Consult gave, or nothing
// where NeedsKnown says so. It notes in e what f says about the recording.
func Explain(c *Connection, f *Finish, e *Ending, k *Known, w *Why) {
	x := &c.Dir[0]
	y := &c.Dir[1]
	if c.Rst.Seen && c.Rst.From == 1 {
		x = &c.Dir[1]
		y = &c.Dir[0]
	}
	e.Unheard = unheard(c, f, e)
	v := &w.Evidence
	v.Count = 0
	v.Score = 0
	v.Positive = 0
	v.Decisive = false
	w.Origin = 0
	w.Score = 0
	w.Foreign = 0
	w.Mode = 0
	w.HasReason = c.Rst.Seen && (c.Rst.ReasonKind == reasonDiagnostic || c.Rst.ReasonKind == reasonMptcp || c.Rst.ReasonKind == reasonVendor)
	w.Reason = 0
	if w.HasReason {
		w.Reason = int64(c.Rst.Reason)
	}
	if c.Rst.Seen {
		Origin(c, x, &c.Rst, k, v)
		w.Score = v.Score
		w.Foreign = v.Positive
		w.Origin = RstOriginWord(RstOrigin(w))
		if foreign(w) {
			w.Mode = MiddleboxModeWord(MiddleboxMode(w, &c.Rst))
		}
	}
	w.Rule = Cause(c, &c.Rst, &c.Dir[0], &c.Dir[1], x, y, e, k, w)
	w.Cause = CauseWord(w.Rule)
	v.Score = 0
	Support(c, &c.Rst, x, y, f, e, k, w, v)
	w.Confidence = confidence(c, x, y, w)
	v.Score = w.Score
	w.Count = 0
	if w.Confidence < tierLow && w.Cause != schemas.CauseUndetermined {
		// The guess is the likeliest of several.
		addAlternative(w, w.Cause)
		w.Cause = schemas.CauseUndetermined
	}
	w.Tier = tierOf(w.Confidence)
	for i := int64(0); i < 8; i++ {
		a := CauseAlternative(w.Rule, i)
		if a != 0 && a != w.Cause {
			addAlternative(w, a)
		}
	}
	if (w.Origin == schemas.RstOriginUndetermined || w.Foreign > 0) && activeReset(c) && (w.Cause == schemas.CauseAppAbort || w.Cause == schemas.CauseAppCloseUnread) {
		addAlternative(w, schemas.CauseMiddleboxReset) // nothing shows that it is no good forgery
	}
}

// addAlternative adds a cause that the packets allow as well, if it is not among them.
func addAlternative(w *Why, cause schemas.Cause) {
	for i := int64(0); i < w.Count; i++ {
		if w.Alternatives[i] == uint16(cause) {
			return
		}
	}
	if w.Count < 8 {
		w.Alternatives[w.Count] = uint16(cause)
		w.Count++
	}
}

// confidence is what the row is worth, with support and with what the capture lacks.
func confidence(c *Connection, x, y *Direction, w *Why) int64 {
	base := CauseBase(w.Rule)
	highest := CauseCap(w.Rule)
	if base == 0 {
		return 0
	}
	support := w.Evidence.Score
	if support > mostSupport {
		support = mostSupport
	}
	n := base + support
	if n > highest {
		n = highest
	}
	if !c.Rst.Seen && (w.Cause == schemas.CauseNormalClose || w.Cause == schemas.CauseNoneOpen) {
		return n // what was captured says it by itself
	}
	if c.Pickup == schemas.PickupMidstream && !declares(c) && w.Cause != schemas.CauseScanProbe {
		n = n * 4 / 5
	}
	if c.Rst.Seen && (c.Rst.Loss || lastLost(x, &c.Rst)) {
		n = n * 4 / 5
	}
	if c.Rst.Seen && !y.Seen && w.Cause != schemas.CauseUndetermined && !c.Dir[0].SynSeen {
		n = n * 7 / 10
	}
	if needsRtt(w) && x.Answers == 0 && y.Answers == 0 {
		n = n * 9 / 10
	}
	return n
}

// needsRtt reports whether the cause was told by times that the round trip is compared with.
func needsRtt(w *Why) bool {
	return w.Rule == schemas.CauseRuleUnreadUpload || w.Rule == schemas.CauseRuleResetBare || w.Rule == schemas.CauseRuleResetBareOdd
}

func tierOf(n int64) schemas.CauseTier {
	switch {
	case n >= tierHigh:
		return schemas.CauseTierHigh
	case n >= tierMedium:
		return schemas.CauseTierMedium
	case n >= tierLow:
		return schemas.CauseTierLow
	}
	return schemas.CauseTierNone
}
