package differential

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
)

// Idle limits, microseconds.
const (
	established = 7440000000
	transitory  = 240000000
	lookahead   = 130000000
)

// A Model applies commands in Go.
type Model struct {
	Record
	derived facts.Derived // of no use after Step
	// Fired counts the packets and questions that each rule decided, for reports.
	Fired struct {
		Segment  [64]int
		Teardown [64]int
	}
}

// A Record is everything that is compared.
type Record struct {
	Live       bool // there is a connection
	Orig       int64
	New        bool // the last packet started one
	Idle       int64
	Deadline   int64
	Segment    facts.Segment
	Connection facts.Connection
	Verdict    facts.Verdict
	Finish     facts.Finish
	Ending     facts.Ending
}

// Do applies a command.
func (m *Model) Do(c *Command) {
	m.New = false
	switch c.Op {
	case opPacket:
		m.packet(c)
	case opIcmp:
		if m.Live {
			facts.Icmp(&m.Connection, c.Segment.Frame, c.FromPeer, c.IcmpKind)
		}
	case opFinish:
		m.finish(schemas.Finish(c.Reason), c.At)
		m.forget()
		return
	case opForget:
		m.forget()
		return
	case opReset:
		m.Record = Record{}
		return
	}
	m.Idle = facts.IdleLimit(&m.Connection, established, transitory, lookahead)
	m.Deadline = facts.Deadline(&m.Connection, established, transitory, lookahead)
	if c.Reason != 0 {
		m.finish(schemas.Finish(c.Reason), c.At)
	}
}

func (m *Model) packet(c *Command) {
	s := &m.Segment
	*s = c.Segment
	setFlags(s)
	if m.Live && s.Time > m.Deadline {
		reason := schemas.FinishIdle
		if m.Connection.Ended {
			reason = schemas.FinishLookahead
		}
		m.finish(reason, m.Deadline)
		m.Live = false
	}
	if m.Live {
		s.From = 0
		if c.End != m.Orig {
			s.From = 1
		}
		if facts.StartsNew(&m.Connection, s) {
			m.finish(schemas.FinishSuperseded, s.Time)
			m.Live = false
		}
	}
	if !m.Live {
		s.From = 0
		m.Orig = c.End
		if facts.FirstIsFlipped(s) {
			s.From = 1
			m.Orig = 1 - c.End
		}
		m.Connection = facts.Connection{}
		facts.Start(&m.Connection, s)
		m.Live = true
		m.New = true
	}
	facts.Step(&m.Connection, s, &m.derived, &m.Verdict)
	m.Fired.Segment[m.Verdict.Rule]++
}

func (m *Model) finish(reason schemas.Finish, at int64) {
	m.Finish = facts.Finish{Reason: reason, Time: at}
	facts.Finished(&m.Connection, &m.Finish, &m.Ending)
	m.Fired.Teardown[m.Ending.Rule]++
}

// forget keeps the Ending: it is compared after the command.
func (m *Model) forget() {
	m.Live = false
	m.Connection = facts.Connection{}
}
