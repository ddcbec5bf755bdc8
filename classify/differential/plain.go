package differential

import (
	"fmt"
	"slices"

	"github.com/pcap-teardown/teardown/classify/facts"
)

// step takes a packet. One for which there is a version of Step must leave behind what Step does.
func (m *Model) step(s *facts.Segment) {
	if !facts.Calm(&m.Connection) || !facts.IsPlain(s) {
		m.lender.Step(&m.Connection, s, &m.derived, &m.Verdict)
		return
	}
	whole := Record{Connection: m.Connection}
	for i := range whole.Connection.Dir {
		d := *whole.Connection.Dir[i].DirectionRare
		whole.Connection.Dir[i].DirectionRare = &d
	}
	rst := *whole.Connection.ConnectionRare
	whole.Connection.ConnectionRare = &rst
	facts.Step(&whole.Connection, s, &m.derived, &whole.Verdict)
	m.lender.StepPlain(&m.Connection, s, &m.Verdict)
	plain := Record{Connection: m.Connection, Verdict: m.Verdict}
	if a, b := Dump(&whole), Dump(&plain); !slices.Equal(a, b) {
		panic(fmt.Sprintf("Step leaves %q, StepPlain %q", a, b))
	}
	if !facts.Calm(&m.Connection) {
		panic("a connection is not calm after a plain segment")
	}
	m.Plain++
}
