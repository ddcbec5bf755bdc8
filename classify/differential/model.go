package differential

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/rare"
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
	lender  rare.Lender
	Plain   int // packets that StepPlain took
	// Fired counts the packets and questions that each rule decided, for reports.
	Fired struct {
		Segment  [64]int
		Teardown [64]int
		Cause    [256]int
		Evidence [256]int
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
	Clock      int64
	Breaks     facts.Breaks
	Finish     facts.Finish
	Ending     facts.Ending

	Port        int64 // of the responder
	Observation facts.Observation
	Hosts       [2]facts.Host    // by end
	Services    [2]facts.Service // by end, whatever the port
	Pairs       [2]facts.Pair    // by originator
	Known       facts.Known
	Why         facts.Why
}

// Do applies a command.
func (m *Model) Do(c *Command) {
	m.New = false
	if m.Connection.ConnectionRare == nil { // the first command
		m.lender.Blank(&m.Connection)
	}
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
		m.lender.Release(&m.Connection)
		m.Record = Record{}
		m.lender.Blank(&m.Connection)
		return
	case opObserve:
		m.Observation = c.Observation
		m.apply(c.End, c.Port)
		return
	case opForgetHosts:
		m.Hosts, m.Services, m.Pairs = [2]facts.Host{}, [2]facts.Service{}, [2]facts.Pair{}
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
	facts.NoteBreak(&m.Breaks, m.Clock, s.Time)
	m.Clock = max(m.Clock, s.Time)
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
		m.lender.Release(&m.Connection)
		m.lender.Blank(&m.Connection)
		m.Port = c.Port
		facts.Start(&m.Connection, s)
		m.Live = true
		m.New = true
	}
	m.step(s)
	m.Verdict.Missing, m.Verdict.Skipped = 0, 0 // the plugin counts no bytes
	m.Fired.Segment[m.Verdict.Rule]++
	if m.Verdict.Observes != 0 {
		facts.Observe(&m.Connection, s, &m.Verdict, &m.Observation)
		m.apply(m.Orig, m.Port)
	}
}

// apply remembers the observation.
func (m *Model) apply(orig, port int64) {
	o := &m.Observation
	sender := orig
	if o.From == 1 {
		sender = 1 - orig
	}
	if facts.ConcernsSender(o) {
		facts.NoteHost(&m.Hosts[sender], o)
	}
	if facts.ConcernsService(o) {
		facts.NoteService(&m.Services[1-orig], o)
	}
	if facts.ConcernsPair(o) && facts.NotePair(&m.Pairs[orig], o, port) {
		facts.NoteTarget(&m.Hosts[orig], o)
	}
}

func (m *Model) finish(reason schemas.Finish, at int64) {
	m.Finish = facts.Finish{Reason: reason, Time: at}
	facts.Finished(&m.Connection, &m.Finish, &m.Ending)
	m.Fired.Teardown[m.Ending.Rule]++
	orig, resp := m.Orig, 1-m.Orig
	facts.Consult(&m.Connection, &m.Ending, &m.Hosts[orig], &m.Hosts[resp], &m.Services[resp], &m.Pairs[orig], m.Port, &m.Known)
	m.Finish.Break = facts.BreakAfter(&m.Breaks, m.Connection.LastTime, at)
	facts.Explain(&m.Connection, &m.Finish, &m.Ending, &m.Known, &m.Why)
	m.Fired.Cause[m.Why.Rule]++
	for _, id := range m.Why.Evidence.Ids[:m.Why.Evidence.Count] {
		m.Fired.Evidence[id]++
	}
}

// forget keeps the Ending: it is compared after the command.
func (m *Model) forget() {
	m.Live = false
	m.lender.Release(&m.Connection)
	m.lender.Blank(&m.Connection)
}
