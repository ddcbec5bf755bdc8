package facts

import "github.com/pcap-teardown/teardown/schemas"

// Kinds of observations.
const (
	observesAccept = 1 // the first SYN-ACK in answer to a SYN that was seen
	observesRefuse = 2 // a SYN was answered by an RST
	observesCancel = 3 // the originator reset before it had acknowledged anything
	observesAnswer = 4 // the first segment of a side that is no SYN, SYN-ACK or RST
	observesOneWay = 5 // a side acknowledged more and more of the other, of which nothing was captured
)

// observesReset returns what the first effective RST tells about hosts and services.
func observesReset(c *Connection, d *Direction, s *Segment) int64 {
	if s.From == 1 && c.Rst.Form == schemas.RstFormReplyToSyn {
		return observesRefuse
	}
	if s.From == 0 && d.SynSeen && !d.AckSeen {
		return observesCancel
	}
	return 0
}

// Observe fills in what a packet tells about hosts and services, where v.Observes says that it
// tells anything. Step has taken the packet.
func Observe(c *Connection, s *Segment, v *Verdict, o *Observation) {
	d := &c.Dir[s.From]
	o.Kind = v.Observes
	o.Time = s.Time
	o.From = s.From
	o.Ttl = s.Ttl
	o.Label = s.FlowLabel
	o.Rtt = 0
	if v.Observes == observesAccept || v.Observes == observesAnswer && s.From == 0 {
		o.Rtt = int64(d.Rtt)
	}
	o.Ecn = c.Dir[0].SynEcn
	o.Linux = d.SynLinux
	o.Full = !d.SynSeen || d.SynFull
	o.Serves = v.Observes == observesAnswer && s.From == 1 && d.SynAckSeen && c.Dir[0].SynSeen
}

// Which records an observation concerns. The table of pairs makes a record only for failures; for
// an acceptance it is asked, not extended.

// ConcernsSender reports whether NoteHost wants the host of the packet's sender.
func ConcernsSender(o *Observation) bool { return o.Kind != observesCancel }

// ConcernsService reports whether NoteService wants the service of the responder.
func ConcernsService(o *Observation) bool {
	return o.Kind == observesAccept || o.Kind == observesRefuse || o.Serves
}

// ConcernsPair reports whether NotePair wants the pair, if there is a record of it.
func ConcernsPair(o *Observation) bool {
	return o.Kind == observesAccept || MakesPair(o)
}

// MakesPair reports whether NotePair wants the pair even if there was no record of it.
func MakesPair(o *Observation) bool {
	return o.Kind == observesRefuse || o.Kind == observesCancel
}

// NoteHost remembers what the sender of a packet has shown.
func NoteHost(h *Host, o *Observation) {
	if o.Rtt > 0 {
		if h.RttCount == 0 || o.Rtt < int64(h.Rtt) {
			h.Rtt = short(o.Rtt)
		}
		h.RttCount++
	}
	if o.Kind == observesAccept && o.Linux {
		h.Linux = true
	}
	if o.Kind == observesOneWay {
		h.OneWay = true
	}
	if o.Kind == observesAnswer {
		noteTtl(h, o.Ttl)
		if o.Label == 0 {
			h.LabelZero = true
		} else if !o.Full {
			h.LabelSeen = true // BSD's labels are gone where no socket resets
		}
	}
	// Answers 20 s apart cover every time within 10 s of one of them.
	at := h.AnswerAt
	if !h.Answers[at].Used || o.Time-h.Answers[at].Last > 20000000 {
		at = nextRun(at, h.Answers[at].Used)
		h.AnswerAt = at
		beginRun(&h.Answers[at], o.Time)
	}
	h.Answers[at].Last = o.Time
}

// noteTtl counts a time to live among three candidates; the rarest makes place.
func noteTtl(h *Host, ttl int64) {
	least := int64(0)
	for i := int64(0); i < 3; i++ {
		if h.TtlCount[i] > 0 && int64(h.Ttl[i]) == ttl {
			h.TtlCount[i] = uint32(int64(h.TtlCount[i]) + 1)
			return
		}
		if h.TtlCount[i] < h.TtlCount[least] {
			least = i
		}
	}
	h.Ttl[least] = uint8(ttl)
	h.TtlCount[least] = uint32(int64(h.TtlCount[least]) + 1)
}

// nextRun returns the entry for the next run: the oldest of four.
func nextRun(at int64, used bool) int64 {
	if !used {
		return at
	}
	return (at + 1) % 4
}

func beginRun(r *Run, time int64) {
	r.Used = true
	r.First = time
	r.Last = time
}

// NoteService remembers what a service did.
func NoteService(v *Service, o *Observation) {
	switch o.Kind {
	case observesAccept:
		f := &v.Refusals[v.RefusalAt]
		if f.Used && !f.After {
			f.After = true
			f.AcceptAfter = o.Time
		}
		v.Accepts = true
		v.LastAccept = o.Time
	case observesRefuse:
		noteRefusal(v, o)
	case observesAnswer:
		at := v.CompletedAt
		if !v.Completed[at].Used || o.Time-v.Completed[at].Last > 5000000 {
			at = nextRun(at, v.Completed[at].Used)
			v.CompletedAt = at
			beginRun(&v.Completed[at], o.Time)
		}
		v.Completed[at].Last = o.Time
	}
}

// noteRefusal extends the run of refusals, or begins one after an acceptance.
func noteRefusal(v *Service, o *Observation) {
	at := v.RefusalAt
	if !v.Refusals[at].Used || v.Refusals[at].After {
		at = nextRun(at, v.Refusals[at].Used)
		v.RefusalAt = at
		f := &v.Refusals[at]
		f.Used = true
		f.Before = v.Accepts
		f.After = false
		f.First = o.Time
		f.AcceptBefore = v.LastAccept
		f.AcceptAfter = 0
	}
	v.Refusals[at].Last = o.Time
}

// NotePair remembers what became of an attempt of the originator at a port of the responder. It
// reports whether the originator failed at a host that it had not failed at for a minute: then
// NoteTarget wants the originator's host.
func NotePair(p *Pair, o *Observation, port int64) bool {
	if o.Kind == observesAccept {
		if !o.Ecn && p.EcnRefused && int64(p.EcnPort) == port {
			p.EcnRefused = false
			p.PlainAccepted = true
			p.PlainTime = o.Time
		}
		return false
	}
	if o.Kind == observesRefuse && o.Ecn {
		p.EcnRefused = true
		p.EcnPort = uint16(port)
	}
	latest := int64(0)
	count := int64(0)
	first := o.Time
	known := false
	for i := int64(0); i < 16; i++ {
		latest = most(latest, p.PortTimes[i])
		if p.PortTimes[i] != 0 && int64(p.Ports[i]) == port {
			p.PortTimes[i] = o.Time + 1
			known = true
		}
		if p.PortTimes[i] != 0 && o.Time-(p.PortTimes[i]-1) <= scanWindow {
			count++
			if p.PortTimes[i]-1 < first {
				first = p.PortTimes[i] - 1
			}
		}
	}
	if !known {
		// The place that is written next held the oldest port, or one that was tried again.
		at := p.PortAt
		if p.PortTimes[at] == 0 || o.Time-(p.PortTimes[at]-1) > scanWindow {
			count++
		}
		p.Ports[at] = uint16(port)
		p.PortTimes[at] = o.Time + 1
		p.PortAt = (at + 1) % 16
	}
	if count >= scanLeast {
		p.ScanAt = extendScan(&p.Scan[p.ScanAt], p.ScanAt, first)
		noteScan(&p.Scan[p.ScanAt], o.Time, first)
	}
	return latest == 0 || o.Time-(latest-1) > scanWindow
}

// NoteTarget remembers that the originator failed at another host.
func NoteTarget(h *Host, o *Observation) {
	h.Targets[h.TargetAt] = o.Time + 1
	h.TargetAt = (h.TargetAt + 1) % 16
	count := int64(0)
	first := o.Time
	for i := int64(0); i < 16; i++ {
		if h.Targets[i] != 0 && o.Time-(h.Targets[i]-1) <= scanWindow {
			count++
			if h.Targets[i]-1 < first {
				first = h.Targets[i] - 1
			}
		}
	}
	if count >= scanLeast {
		h.ScanAt = extendScan(&h.Scan[h.ScanAt], h.ScanAt, first)
		noteScan(&h.Scan[h.ScanAt], o.Time, first)
	}
}

// A scan is ten ports of a host, or ten hosts, within a minute.
const (
	scanLeast  = 10
	scanWindow = 60000000
)

// extendScan returns the entry of a scan whose last minute begins at first: the current one if
// it reaches there, else the next.
func extendScan(r *Run, at, first int64) int64 {
	if !r.Used || r.Last >= first {
		return at
	}
	return (at + 1) % 4
}

// noteScan makes the run reach until now, or begins it.
func noteScan(r *Run, now, first int64) {
	if !r.Used || r.Last < first {
		beginRun(r, first)
	}
	r.Last = now
}
