package scenario

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
)

// A follower follows the one flow of a scenario with the rules alone: no capture, no shards, no
// streams. It does what the plugin does too, so a scenario that fails here fails because of a
// rule.
type follower struct {
	c                    facts.Connection
	live                 bool
	orig                 int // the end that is the originator
	first                int // frame
	packets, connections []Row
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
			seg.HasTs = true
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

func (f *follower) finish(reason schemas.Finish, time int64) {
	var e facts.Ending
	facts.Finished(&f.c, &facts.Finish{Reason: reason, Time: time}, &e)
	f.connections = append(f.connections, Row{
		numberOfConnection: strconv.Itoa(len(f.connections) + 1), "first_frame": strconv.Itoa(f.first), "pickup": f.c.Pickup.String(),
		"direction_basis": f.c.Basis.String(), "teardown": e.Teardown.String(), "teardown_rule": e.Rule.String(), "teardown_side": e.Side.String(),
		"fin_variant": e.FinVariant.String(), "late_packets": strconv.Itoa(int(f.c.Late)), "stalled": strconv.FormatBool(e.Stalled),
		"teardown_frame": orNull(int64(e.Frame)), "first_rst_effect": wordOrNull(e.Effect.String()),
	})
	f.live = false
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

func (f *follower) follow(s *Scenario, p *Packet, frame int) {
	f.expire(p.Time)
	if p.ICMP {
		if quoted := s.Packets[p.Quote-1]; f.live && quoted.From == ends[f.orig] {
			facts.Icmp(&f.c, int64(frame), p.From == ends[1-f.orig], facts.IcmpKind(s.IPv6, int64(p.Type), int64(p.Code)))
		}
		// The error is a packet of a flow of its own.
		f.packets = append(f.packets, Row{numberOfFrame: strconv.Itoa(frame), "direction": schemas.DirectionOrig.String()})
		return
	}
	seg := s.facts(p, frame)
	from := 0
	if p.From == ends[1] {
		from = 1
	}
	side := func() {
		seg.From = 0
		if from != f.orig {
			seg.From = 1
		}
	}
	if f.live {
		side()
		if facts.StartsNew(&f.c, &seg) {
			f.finish(schemas.FinishSuperseded, p.Time)
		}
	}
	if !f.live {
		f.orig = from
		if facts.FirstIsFlipped(&seg) {
			f.orig = 1 - from
		}
		side()
		f.c, f.live, f.first = facts.Connection{}, true, frame
		facts.Start(&f.c, &seg)
	}
	var x facts.Derived
	var v facts.Verdict
	facts.Step(&f.c, &seg, &x, &v)
	f.packets = append(f.packets, Row{
		numberOfFrame: strconv.Itoa(frame), numberOfConnection: strconv.Itoa(len(f.connections) + 1),
		"direction": schemas.DirectionWords.Text[1+seg.From], "conn_phase": v.Phase.String(), "segment_kind": v.Kind.String(), "rule": v.Rule.String(),
		"rst_form": wordOrNull(v.RstForm.String()), "rst_role": wordOrNull(v.RstRole.String()), "rst_offender_frame": orNull(int64(v.Offender)),
	})
}

func (f *follower) expire(now int64) {
	if !f.live {
		return
	}
	reason := schemas.FinishIdle
	if f.c.Ended {
		reason = schemas.FinishLookahead
	}
	if end := facts.Deadline(&f.c, established, transitory, lookahead); end < now {
		f.finish(reason, end)
	}
}

// TestScenariosByRulesAlone runs the scenarios that need no limits through the rules and compares
// the columns that rules decide.
func TestScenariosByRulesAlone(t *testing.T) {
	has := Judgement{
		columnSet("frame", "conn", "direction", "conn_phase", "segment_kind", "rule", "rst_form", "rst_role", "rst_offender_frame"),
		columnSet("conn", "first_frame", "pickup", "direction_basis", "teardown", "teardown_rule", "teardown_side", "fin_variant", "late_packets", "stalled",
			"teardown_frame", "first_rst_effect"),
	}
	for _, s := range load(t) {
		if s.Alone {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			var f follower
			for i := range s.Packets {
				f.follow(s, &s.Packets[i], i+1)
			}
			f.expire(s.End)
			if f.live {
				f.finish(schemas.FinishCaptureEnd, s.End)
			}
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
