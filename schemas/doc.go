// Package schemas holds the words of Teardown: the columns of its tables, the closed
// lists that their values come from, the state that the classifier remembers and the
// rules by which it decides. Everything is written once, as text, in the files of this
// folder; go generate writes Go, Lua and the reference page from them.
//
// # Terminology
//
//   - frame: what the capture holds as one record, numbered from 1 in its file.
//   - packet: the innermost IP packet of a frame.
//   - segment: a TCP packet (RFC 9293).
//   - connection: all packets between two (address, port) pairs with one protocol, from
//     where it starts to where it ends; also for UDP, ICMP and other protocols.
//   - originator, responder (orig, resp): the two ends, as in Zeek; the originator sent
//     the SYN.
//   - segment kind: what a segment does in its connection.
//   - phase: the state of a connection as an observer sees it (after RFC 9293 3.3.2).
//   - teardown: how a connection ended. cause: why.
//   - world: the frames among which connections are looked for: one capture file, or all
//     of them when they are joined.
//
// # What is a rule, what is a primitive, what is code
//
// A decision that a person would look up is a rule: what a segment does, which phase follows, how
// a connection ended. Rules are rows of tables in rules/*.rules. What rules ask for and a row
// cannot say (looking through the last segments, keeping gaps) is a primitive: a small function
// of package classify/facts in restricted Go, translated to Lua with the rules. Reading headers,
// finding the connection of a packet, limits and output are code, written by hand in Go and Lua.
// A change of a verdict is a change of a row; where a row would need a loop, write a primitive.
//
// # Notation
//
// Files are lines; # starts a comment line; the text behind the last lone bar is the meaning, which
// goes into generated comments, the reference page and Wireshark. Conditions and values are Go
// expressions over the parameters of their table, functions of classify/facts and words such as
// schemas.ConnPhaseReset; they are type-checked, and a mistake is named by file and line.
//
// words.vocabulary has the closed lists:
//
//	words teardown
//	fin_unacked half_closed | one side sent FIN, and nobody acknowledged it
//
// state/*.state has the records that are remembered, in the Go types of their fields; bool, int64,
// uint32 for sequence numbers, and narrower types that are converted before they are computed with:
//
//	record Direction        | what is remembered of one side as a sender
//	Next           uint32   | highest sequence number sent plus one; with Seen
//
// Fields that are zero in nearly all records are marked behind their type. They move to a record of their
// own, in Go behind a pointer, and take memory only where they are not zero (package classify/rare); rules and
// primitives write them as any other. A number whose values are smaller than its type, and never negative, says
// how many bits they have: the versions of Step reduce nothing that is small enough.
//
//	RtxCount       uint32 rare   | repetitions of RtxSeq without progress
//	Window         int64 bits:16 | window as on the wire
//
// rules/*.rules has tables of four kinds. first: the first row whose condition holds decides; its
// rows are rule, word, condition, and the last condition is true. The names of the rules join the
// list that the head names:
//
//	first segment_kind(c Connection, …) words segment_kind rules segment_rule | what a packet does
//	reset      rst          s.Rst   | RST, whatever else is set
//
// A table of this kind can give more than its word: the head names columns behind "gives", and the rows
// have them between word and condition. They hold numbers of percent; a column with the name
// alternatives holds further words, joined by commas, or a dash. A function of package facts gives
// each for a rule, such as CauseBase and CauseAlternative:
//
//	first cause(c Connection, …) words cause rules cause_rule gives base cap alternatives | why
//	refused    port_closed  60 80 firewall_reject  refused(e)   | refused, nothing else is known
//
// matrix: state by event gives the next state, a dot keeps the state; every state and every event
// has its place:
//
//	matrix conn_phase() words conn_phase events conn_event | the phase after a segment
//	phase      none  syn  …
//	syn_sent   .     .    …
//
// update: what is remembered; a row is place, value, and a condition behind "if". All values are
// computed from the state before the segment; of several rows of one place the last that holds
// counts, so rows of different places may stand in any order:
//
//	update note_sender(c Connection, d Direction, …) | the sender
//	d.SynTime  s.Time if s.Syn      | last SYN
//
// score: weighted evidence; all rows that hold add their points and their id to a record Evidence. Points
// with an exclamation mark decide whatever the sum says:
//
//	score origin(d Direction, …) rules evidence | endpoint or third party
//	T_DATA_AFTER_RST  4!  r.SentAfter  | The sender of the reset went on sending: who has reset a connection does not.
//
// The meaning of evidence is a sentence for people: it is printed by teardown explain, in Wireshark
// and in docs/causes.md.
//
// # How a cause is decided
//
// facts.Step keeps little of ordinary packets (baseline.go); at the first effective RST everything that
// matters of the past is decided into the record Reset (reset.rules), and what follows is noted there
// (afterreset.go). Some packets tell about hosts and services: facts.Observe makes an observation of
// them, which the tables of hosts, services and pairs take in the order of frames (observe.go). When a
// connection is finished, facts.Consult asks these tables, and facts.Explain the tables of rules: who sent
// the RST (origin.rules), why the connection ended (cause.rules), what that rests on (support.rules).
//
// reset.texts has texts that stand in the payload of resets, with the word of rst_text that each means;
// server.ports the ports of likely servers.
//
// # Place in the flow
//
// Package schemas imports nothing of the project; package table below it holds batches
// of rows. capture, classify, export, lua and cmd take their names from here.
package schemas

//go:generate go run ./generate
