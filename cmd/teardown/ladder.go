package main

import (
	"fmt"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
)

// Colours of a terminal (ECMA-48 8.3.117).
const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	faint  = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	purple = "\x1b[35m"
)

// colourOf marks what stands out: beginnings green, closes yellow, resets red, trouble purple.
func colourOf(k schemas.SegmentKind) string {
	switch k {
	case schemas.SegmentKindSyn, schemas.SegmentKindSynAck, schemas.SegmentKindTfoData, schemas.SegmentKindHandshakeAck:
		return green
	case schemas.SegmentKindFin, schemas.SegmentKindFinAck, schemas.SegmentKindLastAck:
		return yellow
	case schemas.SegmentKindRst:
		return red
	case schemas.SegmentKindData, schemas.SegmentKindPureAck, schemas.SegmentKindWindowUpdate:
		return ""
	}
	return purple
}

// Packets of the middle of a long connection are told in one line, as long as they are data and
// acknowledgments: this many stay at both ends of such a run.
const rungsKept = 6

// ladder is the explanation as text.
func (e *explained) ladder(all, colour bool) string {
	var b strings.Builder
	paint := func(code, text string) string {
		if !colour || code == "" {
			return text
		}
		return code + text + plain
	}
	fmt.Fprintf(&b, "%s\n", paint(bold, fmt.Sprintf("client %s → server %s", e.end("orig"), e.end("resp"))))
	fmt.Fprintf(&b, "%s\n\n", e.heading())
	width := len(fmt.Sprint(len(e.rungs)))
	for i := 0; i < len(e.rungs); i++ {
		if n := e.dull(i); !all && n > 2*rungsKept+1 {
			for j := i; j < i+rungsKept; j++ {
				e.rung(&b, j, width, paint)
			}
			skipped := e.rungs[i+rungsKept : i+n-rungsKept]
			fmt.Fprintf(&b, "  %*s  %s\n", width, "…", paint(faint, told(skipped)))
			i += n - rungsKept - 1
			continue
		}
		e.rung(&b, i, width, paint)
	}
	b.WriteString("\n")
	e.verdict(&b, paint)
	return b.String()
}

// heading says where and when the connection was, and what is known of its ends.
func (e *explained) heading() string {
	parts := []string{fmt.Sprint(e.row.get("file"))}
	if s := e.row.get("tcp_stream"); s != nil {
		parts = append(parts, fmt.Sprintf("stream %v", s))
	}
	parts = append(parts, fmt.Sprintf("conn_id %d", e.id), clock(e.first, e.timed))
	switch e.row.get("direction_basis") {
	case schemas.DirectionBasisPort.String():
		parts = append(parts, "who is the server was guessed from the port")
	case schemas.DirectionBasisFirstPacket.String():
		parts = append(parts, "who is the client was guessed: it sent the first packet")
	}
	return strings.Join(parts, ", ")
}

// dull counts the packets from i on that are data and acknowledgments.
func (e *explained) dull(i int) int {
	n := 0
	for i+n < len(e.rungs) {
		switch e.rungs[i+n].kind {
		case schemas.SegmentKindData, schemas.SegmentKindPureAck, schemas.SegmentKindWindowUpdate:
			n++
			continue
		}
		break
	}
	return n
}

// told says what packets were left out.
func told(rungs []rung) string {
	var packets, bytes [2]int64
	for i := range rungs {
		side := 0
		if rungs[i].fromResp {
			side = 1
		}
		packets[side]++
		bytes[side] += rungs[i].length
	}
	return fmt.Sprintf("%s: data and acknowledgments, %s bytes from the client, %s from the server; --all shows them",
		count(int64(len(rungs)), "packet", "packets"), thousands(bytes[0]), thousands(bytes[1]))
}

// rung writes one packet.
func (e *explained) rung(b *strings.Builder, i, width int, paint func(code, text string) string) {
	r := &e.rungs[i]
	way := "client → server"
	if r.fromResp {
		way = "server → client"
	}
	at := ""
	if r.timed && e.timed {
		at = fmt.Sprintf("%+.6f", float64(r.ns-e.first)/1e9)
	}
	numbers := fmt.Sprintf("seq %d", r.seq)
	if r.hasAck {
		numbers += fmt.Sprintf(" ack %d", r.ack)
	}
	if r.length > 0 {
		numbers += fmt.Sprintf(" len %d", r.length)
	}
	fmt.Fprintf(b, "  %*d  %s  %s  %s  %-34s  %s\n", width, i+1, paint(faint, fmt.Sprintf("frame %-6d %12s s", r.frame, at)), way,
		paint(colourOf(r.kind), fmt.Sprintf("%-16s", r.flags)), numbers, paint(colourOf(r.kind), r.says()))
}

// says is what the packet does, in words.
func (r *rung) says() string {
	text := r.kind.String() + ": " + schemas.SegmentRuleWords.Meaning[r.rule]
	if r.form != 0 {
		text = r.kind.String() + " " + r.form.String() + ": " + schemas.RstFormWords.Meaning[r.form]
		if r.offender != 0 {
			text += fmt.Sprintf("; it answers frame %d", r.offender)
		}
		if r.role != schemas.RstRoleFirst {
			text += " (" + r.role.String() + ": " + schemas.RstRoleWords.Meaning[r.role] + ")"
		}
	}
	return text
}

// verdict says how the connection ended, who ended it, and why we say so.
func (e *explained) verdict(b *strings.Builder, paint func(code, text string) string) {
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(b, "  %-8s %s\n", label, text)
		}
	}
	class := schemas.TeardownClassWords.Text[schemas.TeardownWords.Class[e.ending]]
	line("ended", paint(bold, e.ending.String())+" ("+class+"): "+schemas.TeardownWords.Meaning[e.ending])
	line("by", e.who())
	why := "rule " + e.rule.String() + ": " + schemas.TeardownRuleWords.Meaning[e.rule]
	if f := e.row.get("teardown_frame"); f != nil {
		why += fmt.Sprintf("; frame %v decided", f)
	}
	line("because", why)
	if v, _ := e.row.get("fin_variant").(string); v != "" && v != schemas.FinVariantNone.String() {
		line("FINs", v+": "+schemas.FinVariantWords.Meaning[schemas.FinVariantWords.Number(v)])
	}
	if e.effect != 0 {
		line("RST", e.effect.String()+": "+schemas.RstEffectWords.Meaning[e.effect])
	}
	var notes []string
	for _, flag := range []struct{ column, text string }{
		{"stalled", "half-closed and silent for more than a minute"},
		{"capture_loss", "packets are missing in the capture"},
		{"dup_capture", "packets were captured twice"},
		{"keepalive_race", "data crossed the FIN on its way"},
	} {
		if e.row.get(flag.column) == true {
			notes = append(notes, flag.text)
		}
	}
	if n, _ := e.row.get("late_packets").(int64); n > 0 {
		notes = append(notes, count(n, "packet", "packets")+" came after the end")
	}
	line("note", strings.Join(notes, "; "))
	e.cause(line)
}

// who names the side that closed first.
func (e *explained) who() string {
	switch e.row.get("teardown_side") {
	case schemas.TeardownSideOrig.String():
		return "the client, " + e.end("orig")
	case schemas.TeardownSideResp.String():
		return "the server, " + e.end("resp")
	case schemas.TeardownSideBoth.String():
		return "both sides"
	case schemas.TeardownSideThirdParty.String():
		return "a third party"
	}
	return "nobody"
}

// cause says why it ended, where that is known: the cause with what speaks for it, other causes that
// the wire allows, and of a reset whether an endpoint sent it.
func (e *explained) cause(line func(label, text string)) {
	cause, _ := e.row.get("cause").(string)
	if cause == "" {
		return
	}
	line("cause", fmt.Sprintf("%s (%v %%): %s", cause, e.row.get("cause_confidence"), schemas.CauseWords.Meaning[schemas.CauseWords.Number(cause)]))
	if rule, _ := e.row.get("cause_rule").(string); rule != "" {
		line("because", "rule "+rule+": "+schemas.CauseRuleWords.Meaning[schemas.CauseRuleWords.Number(rule)])
	}
	evidence, _ := e.row.get("cause_evidence").([]string)
	var origin []string
	for _, id := range evidence {
		text := schemas.EvidenceWords.Meaning[schemas.EvidenceWords.Number(id)]
		switch kind := schemas.EvidenceFor(id); {
		case kind == schemas.EvidenceForThirdParty:
			origin = append(origin, "device:   "+text)
		case kind == schemas.EvidenceForEndpoint:
			origin = append(origin, "endpoint: "+text)
		case id == schemas.EvidenceCDECLARED.String():
			line("", fmt.Sprintf("%s (reason_code %v)", text, e.row.get("reason_code")))
		default:
			line("", text)
		}
	}
	if others, _ := e.row.get("cause_alternatives").([]string); len(others) > 0 {
		line("or", strings.Join(others, ", "))
	}
	who, _ := e.row.get("rst_origin").(string)
	if who == "" {
		return
	}
	line("RST from", fmt.Sprintf("%s (score %v): %s", who, e.row.get("origin_score"), schemas.RstOriginWords.Meaning[schemas.RstOriginWords.Number(who)]))
	for _, text := range origin {
		line("", text)
	}
	if mode, _ := e.row.get("middlebox_mode").(string); mode != "" {
		line("", mode+": "+schemas.MiddleboxModeWords.Meaning[schemas.MiddleboxModeWords.Number(mode)])
	}
}
