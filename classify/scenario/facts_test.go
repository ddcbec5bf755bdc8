package scenario

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/rare"
	"github.com/pcap-teardown/teardown/schemas"
)

// A follower follows the flows of a scenario with the rules alone: no capture, no shards, no
// streams. It does what the plugin does too, so a scenario that fails here fails because of a
// rule.
type follower struct {
	flows                map[[2]int]*flow // by their ports
	begun                int              // connections
	packets, connections []Row
	lender               rare.Lender

	hosts    [2]facts.Host
	services map[[2]int]*facts.Service // by end and port
	pairs    [2]*facts.Pair            // by originator
}

// A flow is two ports, with the connection that is live.
type flow struct {
	c             facts.Connection
	live          bool
	orig          int // the end that is the originator
	first, number int // first frame; number of the connection in the scenario
	port          [2]int
}

// limits of the classifier in microseconds.
var (
	established = classify.DefaultIdleEstablished.Microseconds()
	transitory  = classify.DefaultIdleTransitory.Microseconds()
	lookahead   = classify.DefaultLookahead.Microseconds()
)

// segment is what the header readers give for a packet.
func (s *Scenario) facts(p *Packet, frame int) facts.Segment {
	t := &p.TCP
	has := func(flag int) bool { return t.Flags&flag != 0 }
	from := 0
	if p.From == ends[1] {
		from = 1
	}
	seg := facts.Segment{Time: p.Time, Frame: int64(frame), Seq: t.Seq, Ack: t.Ack, Length: int64(len(t.Payload)), Flags: int64(t.Flags),
		Fin: has(capturetest.FIN), Syn: has(capturetest.SYN), Rst: has(capturetest.RST), HasAck: has(capturetest.ACK),
		Window: int64(t.Window), Ttl: int64(t.IP.TTL), Tos: int64(t.IP.TOS), IpId: int64(t.IP.ID), FlowLabel: int64(t.IP.Flow),
		Scale: -1, HasOptions: len(t.Options) > 0,
		FromServerPort: schemas.LikelyTcpServerPort(int32(p.Port[from])), ToServerPort: schemas.LikelyTcpServerPort(int32(p.Port[1-from]))}
	for o := t.Options; len(o) > 1; {
		switch o[0] {
		case 0, 1:
			o = o[1:]
			continue
		case 2:
			seg.Mss = int64(o[2])<<8 | int64(o[3])
		case 3:
			seg.Scale = int64(o[2])
		case 8:
			seg.HasTs, seg.TsVal, seg.TsEcr = true, binary.BigEndian.Uint32(o[2:]), binary.BigEndian.Uint32(o[6:])
		}
		o = o[o[1]:]
	}
	says(&seg, t)
	return seg
}

// says fills what a packet says about the end of its connection.
func says(seg *facts.Segment, t *capturetest.TCP) {
	h := facts.Head{Length: seg.Length, Captured: min(seg.Length, 16), MpReset: -1}
	for i := range h.Captured {
		h.Byte[i] = int64(t.Payload[i])
	}
	if !seg.Rst {
		seg.App = facts.AppError(&h)
		return
	}
	text := strings.TrimRight(string(t.Payload), "\x00")
	h.Text = text != "" && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' })
	for _, known := range schemas.ResetTexts {
		if h.Text && h.TextMeans == 0 && strings.Contains(strings.ToLower(text), known.Text) {
			h.TextMeans = int64(known.Means)
		}
	}
	h.MpFastClose = bytes.Contains(t.Options, []byte{30, 12, 7 << 4})
	if i := bytes.Index(t.Options, []byte{30, 4, 8 << 4}); i >= 0 {
		h.MpReset = int64(t.Options[i+3])
	}
	facts.DeclareReason(seg, &h)
}

func newFollower() *follower {
	return &follower{flows: map[[2]int]*flow{}, services: map[[2]int]*facts.Service{}}
}

func (f *follower) finish(w *flow, reason schemas.Finish, time int64) {
	var e facts.Ending
	var known facts.Known
	var why facts.Why
	finish := facts.Finish{Reason: reason, Time: time}
	facts.Finished(&w.c, &finish, &e)
	resp := 1 - w.orig
	service, pair := f.services[[2]int{resp, w.port[resp]}], f.pairs[w.orig]
	if service == nil {
		service = &facts.Service{}
	}
	if pair == nil {
		pair = &facts.Pair{}
	}
	facts.Consult(&w.c, &e, &f.hosts[w.orig], &f.hosts[resp], service, pair, int64(w.port[resp]), &known)
	facts.Explain(&w.c, &finish, &e, &known, &why)
	row := Row{
		numberOfConnection: strconv.Itoa(w.number), "first_frame": strconv.Itoa(w.first), "pickup": w.c.Pickup.String(),
		"direction_basis": w.c.Basis.String(), "teardown": e.Teardown.String(), "teardown_rule": e.Rule.String(), "teardown_side": e.Side.String(),
		"fin_variant": e.FinVariant.String(), "late_packets": strconv.Itoa(int(w.c.Late)), "stalled": strconv.FormatBool(e.Stalled),
		"teardown_frame": orNull(int64(e.Frame)), "first_rst_effect": wordOrNull(e.Effect.String()),
		"rst_origin": wordOrNull(why.Origin.String()), "middlebox_mode": wordOrNull(why.Mode.String()), "cause": why.Cause.String(),
		"cause_class": schemas.CauseClassWords.Text[schemas.CauseWords.Class[why.Cause]], "cause_confidence": strconv.Itoa(int(why.Confidence)),
		"cause_tier": why.Tier.String(), "cause_rule": why.Rule.String(),
		"cause_alternatives": wordList(schemas.CauseWords, why.Alternatives[:why.Count]),
		"cause_evidence":     wordList(schemas.EvidenceWords, why.Evidence.Ids[:why.Evidence.Count]),
	}
	if why.Origin != 0 {
		row["origin_score"] = strconv.Itoa(int(why.Score))
	}
	if why.HasReason {
		row["reason_code"] = strconv.Itoa(int(why.Reason))
	}
	f.connections = append(f.connections, row)
	w.live = false
}

// observe remembers what a packet tells about hosts and services.
func (f *follower) observe(w *flow, s *facts.Segment, v *facts.Verdict) {
	var o facts.Observation
	facts.Observe(&w.c, s, v, &o)
	resp := 1 - w.orig
	sender := w.orig
	if o.From == 1 {
		sender = resp
	}
	if facts.ConcernsSender(&o) {
		facts.NoteHost(&f.hosts[sender], &o)
	}
	if facts.ConcernsService(&o) {
		key := [2]int{resp, w.port[resp]}
		if f.services[key] == nil {
			f.services[key] = &facts.Service{}
		}
		facts.NoteService(f.services[key], &o)
	}
	if facts.ConcernsPair(&o) {
		if f.pairs[w.orig] == nil {
			if !facts.MakesPair(&o) {
				return
			}
			f.pairs[w.orig] = &facts.Pair{}
		}
		if facts.NotePair(f.pairs[w.orig], &o, int64(w.port[resp])) {
			facts.NoteTarget(&f.hosts[w.orig], &o)
		}
	}
}

func wordList(l *schemas.Words, codes []uint16) string {
	var words []string
	for _, c := range codes {
		words = append(words, l.Text[c])
	}
	return wordOrNull(strings.Join(words, ","))
}

func orNull(n int64) string {
	if n == 0 {
		return Null
	}
	return strconv.FormatInt(n, 10)
}

func wordOrNull(s string) string {
	if s == "" {
		return Null
	}
	return s
}

// flow returns the flow of a packet.
func (f *follower) flow(p *Packet) *flow {
	w := f.flows[p.Port]
	if w == nil {
		w = &flow{port: p.Port}
		f.flows[p.Port] = w
	}
	return w
}

func (f *follower) follow(s *Scenario, p *Packet, frame int) {
	f.expire(p.Time)
	if p.ICMP {
		quoted := &s.Packets[p.Quote-1]
		if w := f.flow(quoted); w.live && quoted.From == ends[w.orig] {
			facts.Icmp(&w.c, int64(frame), p.From == ends[1-w.orig], facts.IcmpKind(s.IPv6, int64(p.Type), int64(p.Code)))
		}
		// The error is a packet of a flow of its own.
		f.packets = append(f.packets, Row{numberOfFrame: strconv.Itoa(frame), "direction": schemas.DirectionOrig.String()})
		return
	}
	w := f.flow(p)
	seg := s.facts(p, frame)
	from := 0
	if p.From == ends[1] {
		from = 1
	}
	side := func() {
		seg.From = 0
		if from != w.orig {
			seg.From = 1
		}
	}
	if w.live {
		side()
		if facts.StartsNew(&w.c, &seg) {
			f.finish(w, schemas.FinishSuperseded, p.Time)
		}
	}
	if !w.live {
		w.orig = from
		if facts.FirstIsFlipped(&seg) {
			w.orig = 1 - from
		}
		side()
		f.begun++
		w.live, w.first, w.number = true, frame, f.begun
		f.lender.Release(&w.c)
		f.lender.Blank(&w.c)
		facts.Start(&w.c, &seg)
	}
	var x facts.Derived
	var v facts.Verdict
	f.lender.Step(&w.c, &seg, &x, &v)
	if v.Observes != 0 {
		f.observe(w, &seg, &v)
	}
	f.packets = append(f.packets, Row{
		numberOfFrame: strconv.Itoa(frame), numberOfConnection: strconv.Itoa(w.number),
		"direction": schemas.DirectionWords.Text[1+seg.From], "conn_phase": v.Phase.String(), "segment_kind": v.Kind.String(), "rule": v.Rule.String(),
		"rst_form": wordOrNull(v.RstForm.String()), "rst_role": wordOrNull(v.RstRole.String()), "rst_offender_frame": orNull(int64(v.Offender)),
	})
}

// expire finishes the connections whose time is over.
func (f *follower) expire(now int64) {
	for _, w := range f.flows {
		if !w.live {
			continue
		}
		reason := schemas.FinishIdle
		if w.c.Ended {
			reason = schemas.FinishLookahead
		}
		if end := facts.Deadline(&w.c, established, transitory, lookahead); end < now {
			f.finish(w, reason, end)
		}
	}
}

// end finishes what is live when the capture ends, and puts the rows in order.
func (f *follower) end(now int64) {
	f.expire(now)
	for _, w := range f.flows {
		if w.live {
			f.finish(w, schemas.FinishCaptureEnd, now)
		}
	}
	slices.SortFunc(f.connections, func(a, b Row) int {
		m, _ := strconv.Atoi(a[numberOfConnection])
		n, _ := strconv.Atoi(b[numberOfConnection])
		return m - n
	})
}

// TestScenariosByRulesAlone runs the scenarios that need no limits through the rules and compares
// the columns that rules decide.
func TestScenariosByRulesAlone(t *testing.T) {
	has := Judgement{
		columnSet("frame", "conn", "direction", "conn_phase", "segment_kind", "rule", "rst_form", "rst_role", "rst_offender_frame"),
		columnSet("conn", "first_frame", "pickup", "direction_basis", "teardown", "teardown_rule", "teardown_side", "fin_variant", "late_packets", "stalled",
			"teardown_frame", "first_rst_effect", "rst_origin", "origin_score", "middlebox_mode", "cause", "cause_class", "cause_confidence", "cause_tier",
			"cause_alternatives", "cause_evidence", "cause_rule", "reason_code"),
	}
	for _, s := range load(t) {
		if s.Alone {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			f := newFollower()
			for i := range s.Packets {
				f.follow(s, &s.Packets[i], i+1)
			}
			f.end(s.End)
			w := &World{Scenarios: []*Scenario{s}}
			if report := w.Judge(&Result{[]*Table{{f.packets}}, []*Table{{f.connections}}}, 0, has); report != "" {
				t.Error(report)
			}
		})
	}
}

func columnSet(names ...string) map[string]bool {
	set := map[string]bool{}
	for _, n := range names {
		set[n] = true
	}
	return set
}
