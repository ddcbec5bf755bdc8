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
// # Place in the flow
//
// Package schemas imports nothing of the project; package table below it holds batches
// of rows. capture, classify, export, lua and cmd take their names from here.
package schemas

//go:generate go run ./generate
