package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// explanations are the second pass where JSON is asked for: each connection is written when its last packet has
// come, one object in a line, so that only the packets of those that are live are kept. A connection that is the
// only one keeps none.
type explanations struct {
	out  *bufio.Writer
	open map[int64]*explained // that are still to be written
	only *explained           // whose packets are written as they come, or nil
	sent int                  // packets of only that were written
	room bytes.Buffer
	enc  *json.Encoder // into room
	err  error
}

func newExplanations(out io.Writer, open map[int64]*explained) *explanations {
	x := &explanations{out: bufio.NewWriterSize(out, 1<<16), open: maps.Clone(open)}
	x.enc = json.NewEncoder(&x.room)
	x.enc.SetEscapeHTML(false)
	if len(open) == 1 {
		for _, x.only = range open {
			x.begin(x.only)
		}
	}
	return x
}

func (x *explanations) packets(b *table.Packets, done func()) error {
	defer done()
	for i := range b.N {
		if b.ConnId.Null(i) {
			continue
		}
		e := x.open[b.ConnId.Values[i]]
		if e == nil {
			continue
		}
		e.add(b, i)
		if e == x.only {
			x.rungs(e)
		}
		if b.Frame.Values[i] == e.last {
			x.close(e)
		}
	}
	return x.err
}

func (x *explanations) connections(_ *table.Connections, done func()) error { done(); return nil }

// list writes a connection without its packets.
func (x *explanations) list(e *explained) {
	x.text(`{"connection":`)
	x.value(e.row)
	x.end(e)
}

// finish writes what is left and returns the first error.
func (x *explanations) finish() error {
	for _, id := range slices.Sorted(maps.Keys(x.open)) { // none, unless the capture has changed since the first pass
		x.close(x.open[id])
	}
	if err := x.out.Flush(); x.err == nil {
		x.err = err
	}
	return x.err
}

// begin writes a connection up to its packets.
func (x *explanations) begin(e *explained) {
	x.text(`{"connection":`)
	x.value(e.row)
	x.text(`,"packets":[`)
	x.sent = 0
}

// rungs writes the packets of a connection that are at hand, and forgets them.
func (x *explanations) rungs(e *explained) {
	for i := range e.rungs {
		if x.sent++; x.sent > 1 {
			x.text(",")
		}
		x.value(e.rungs[i].object())
	}
	e.rungs = e.rungs[:0]
}

// close writes what is left of a connection.
func (x *explanations) close(e *explained) {
	if e != x.only {
		x.begin(e)
	}
	x.rungs(e)
	x.text("]")
	x.end(e)
	e.rungs = nil
	delete(x.open, e.id)
}

func (x *explanations) end(e *explained) {
	x.text(`,"ending":`)
	x.value(schemas.TeardownWords.Meaning[e.ending])
	x.text(`,"why":`)
	x.value(schemas.TeardownRuleWords.Meaning[e.rule])
	x.text("}\n")
}

func (x *explanations) text(s string) {
	if _, err := x.out.WriteString(s); x.err == nil {
		x.err = err
	}
}

func (x *explanations) value(v any) {
	x.room.Reset()
	err := x.enc.Encode(v)
	if err == nil {
		_, err = x.out.Write(bytes.TrimSuffix(x.room.Bytes(), []byte("\n")))
	}
	if x.err == nil {
		x.err = err
	}
}

// A jsonRung is a rung as explain --json writes it: columns of the table packets.
type jsonRung struct {
	Frame    int64  `json:"frame"`
	TsNs     *int64 `json:"ts_ns,omitempty"`
	From     string `json:"direction"`
	Flags    string `json:"tcp_flags_text"`
	Seq      int64  `json:"tcp_seq_rel"`
	Ack      *int64 `json:"tcp_ack_rel,omitempty"`
	Length   *int64 `json:"payload_len,omitempty"`
	Window   int64  `json:"window"`
	Kind     string `json:"segment_kind"`
	Rule     string `json:"rule"`
	Meaning  string `json:"meaning"`
	Phase    string `json:"conn_phase"`
	Form     string `json:"rst_form,omitempty"`
	Role     string `json:"rst_role,omitempty"`
	Offender int64  `json:"rst_offender_frame,omitempty"`
}

func (r *rung) object() *jsonRung {
	p := &jsonRung{Frame: r.frame, From: schemas.DirectionOrig.String(), Flags: r.flags, Seq: r.seq, Window: r.window, Kind: r.kind.String(),
		Rule: r.rule.String(), Meaning: schemas.SegmentRuleWords.Meaning[r.rule], Phase: r.phase.String(),
		Form: r.form.String(), Role: r.role.String(), Offender: r.offender}
	if r.fromResp {
		p.From = schemas.DirectionResp.String()
	}
	if r.timed {
		p.TsNs = &r.ns
	}
	if r.hasAck {
		p.Ack = &r.ack
	}
	if r.known {
		p.Length = &r.length
	}
	return p
}
