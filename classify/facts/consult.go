package facts

import "github.com/pcap-teardown/teardown/schemas"

// NeedsKnown reports whether a row may ask for what Consult gives. Where it does not, Explain is
// content with nothing known: most connections close in order or stay open, and to look up four
// records costs more than all rules.
func NeedsKnown(c *Connection, e *Ending) bool {
	return c.Rst.Seen || attempt(e) || silentPeer(e) || e.Teardown == schemas.TeardownAckWithoutConnection
}

// Consult asks what is known about the hosts, the service and the pair of a connection, as of the
// time of its first effective RST, or of its last SYN or repetition without one. o and r are the
// hosts of originator and responder; records that the tables do not have are given as zero ones.
func Consult(c *Connection, e *Ending, o, r *Host, v *Service, p *Pair, port int64, k *Known) {
	sender := r
	silent := r
	k.Time = c.Dir[0].SynTime
	if c.Rst.Seen {
		k.Time = c.Rst.Time
		if c.Rst.From == 0 {
			sender = o
		}
	} else if e.Teardown == schemas.TeardownTimeoutRetransmission {
		k.Time = c.Dir[0].RtxTime
		if c.Dir[1].RtxTime > k.Time {
			k.Time = c.Dir[1].RtxTime
			silent = o
		}
		if persisted(c) {
			k.Time = c.LastTime
			silent = r
			if c.Dir[1].LastTime > c.Dir[0].LastTime {
				silent = o
			}
		}
	}
	k.Ttl = 0
	if sender.TtlCount[0] > 0 && sender.TtlCount[1] == 0 {
		k.Ttl = sender.Ttl[0]
	}
	k.Rtt = 0
	if sender.RttCount >= 2 {
		k.Rtt = sender.Rtt
	}
	k.Linux = r.Linux
	// Linux gives a label to refusals as well; BSD has none where no socket answers (tcp_respond).
	k.Labels = sender.LabelSeen && !sender.LabelZero && sender.Linux
	k.OneWay = o.OneWay
	consultService(v, k)
	k.Alive = false
	k.Scans = false
	// Pauses between SYNs double (RFC 6298 5.5): the attempt began at most two of them before its last SYN.
	during := int64(10000000)
	if e.Teardown == schemas.TeardownSynUnanswered {
		during += 2 * int64(c.Dir[0].SynInterval)
	}
	for i := int64(0); i < 4; i++ {
		if near(&silent.Answers[i], k.Time, 10000000, during) {
			k.Alive = true
		}
		if near(&p.Scan[i], k.Time, 0, scanWindow) || near(&o.Scan[i], k.Time, 0, scanWindow) {
			k.Scans = true
		}
	}
	k.EcnThenPlain = c.Dir[0].SynEcn && p.PlainAccepted && int64(p.EcnPort) == port && p.PlainTime >= k.Time && p.PlainTime-k.Time <= 10000000
}

// near reports whether a time lies in the run, or at most before ahead of it, or after behind it.
func near(r *Run, time, before, after int64) bool {
	return r.Used && time >= r.First-before && time <= r.Last+after
}

// consultService finds the acceptances around a refusal, and completed connections before it.
func consultService(v *Service, k *Known) {
	k.Accepted = false
	k.AcceptedAge = 0
	k.Accepts = false
	k.AcceptsIn = 0
	k.Completes = false
	for i := int64(0); i < 4; i++ {
		f := &v.Refusals[i]
		if f.Used && k.Time >= f.First && k.Time <= f.Last {
			k.Accepted = f.Before
			k.Accepts = f.After
			if f.Before {
				k.AcceptedAge = k.Time - f.AcceptBefore
			}
			if f.After {
				k.AcceptsIn = f.AcceptAfter - k.Time
			}
		}
		if near(&v.Completed[i], k.Time, 0, 5000000) {
			k.Completes = true
		}
	}
	// An attempt that was not refused stands in no run: only the last acceptance is known.
	if !k.Accepted && !k.Accepts && v.Accepts {
		if v.LastAccept <= k.Time {
			k.Accepted = true
			k.AcceptedAge = k.Time - v.LastAccept
		} else {
			k.Accepts = true
			k.AcceptsIn = v.LastAccept - k.Time
		}
	}
}
