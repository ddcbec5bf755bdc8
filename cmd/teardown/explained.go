package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// An explained is one connection with all that its explanation says.
type explained struct {
	id     int64
	row    fields // its row of connections without nulls
	rungs  []rung
	first  int64 // time of the first packet, nanoseconds
	timed  bool
	last   int64 // frame of the last packet
	ending schemas.Teardown
	rule   schemas.TeardownRule
	effect schemas.RstEffect
}

// A rung is one packet of the ladder.
type rung struct {
	frame, ns, length int64
	timed             bool
	fromResp          bool
	flags             string
	seq, ack          int64 // relative
	hasAck            bool
	window            int64
	kind              schemas.SegmentKind
	rule              schemas.SegmentRule
	phase             schemas.ConnPhase
	form              schemas.RstForm
	role              schemas.RstRole
	offender          int64
	known             bool // the length of the payload is known
}

// A field is a column with the value of one row.
type field struct {
	name  string
	value any
}

// fields is a row in the order of its columns; it becomes one JSON object.
type fields []field

// MarshalJSON writes the fields in their order.
func (f fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, x := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(x.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", x.name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// get returns the value of a column, nil where it is null.
func (f fields) get(name string) any {
	for _, x := range f {
		if x.name == name {
			return x.value
		}
	}
	return nil
}

func rowOf(t *schemas.Table, columns []table.Column, i int) fields {
	var f fields
	for j := range t.Columns {
		if v := cell(columns[t.Columns[j].Index], i); v != nil {
			f = append(f, field{t.Columns[j].Name, v})
		}
	}
	return f
}

func newExplained(b *table.Connections, i int) *explained {
	return &explained{
		id:     b.ConnId.Values[i],
		row:    rowOf(&schemas.Connections, b.Columns(), i),
		first:  b.TsStartNs.Values[i],
		timed:  !b.TsStartNs.Null(i),
		last:   b.LastFrame.Values[i],
		ending: schemas.Teardown(b.Teardown.Codes[i]),
		rule:   schemas.TeardownRule(b.TeardownRule.Codes[i]),
		effect: schemas.RstEffect(b.FirstRstEffect.Codes[i]),
	}
}

// add takes a packet of the connection.
func (e *explained) add(b *table.Packets, i int) {
	r := rung{
		frame: b.Frame.Values[i], ns: b.TsNs.Values[i], timed: !b.TsNs.Null(i),
		fromResp: schemas.Direction(b.Direction.Codes[i]) == schemas.DirectionResp,
		flags:    b.TcpFlagsText.List.Text[b.TcpFlagsText.Codes[i]],
		seq:      b.TcpSeqRel.Values[i], ack: b.TcpAckRel.Values[i], hasAck: !b.TcpAckRel.Null(i),
		kind: schemas.SegmentKind(b.SegmentKind.Codes[i]), rule: schemas.SegmentRule(b.Rule.Codes[i]), phase: schemas.ConnPhase(b.ConnPhase.Codes[i]),
		form: schemas.RstForm(b.RstForm.Codes[i]), role: schemas.RstRole(b.RstRole.Codes[i]),
	}
	if !b.PayloadLen.Null(i) {
		r.length, r.known = b.PayloadLen.Values[i], true
	}
	r.window = int64(b.TcpWindow.Values[i])
	if !b.TcpWindowScaled.Null(i) {
		r.window = b.TcpWindowScaled.Values[i]
	}
	if !b.RstOffenderFrame.Null(i) {
		r.offender = b.RstOffenderFrame.Values[i]
	}
	e.rungs = append(e.rungs, r)
}

// end writes an end of the connection as address:port.
func (e *explained) end(side string) string {
	ip, _ := e.row.get(side + "_ip").(string)
	if strings.Contains(ip, ":") {
		ip = "[" + ip + "]"
	}
	return fmt.Sprintf("%s:%v", ip, e.row.get(side+"_port"))
}
