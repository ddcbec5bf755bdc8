// Package zeek is Zeek's view of a connection: conn_state, history and the sizes of conn.log,
// from a machine that follows Zeek 8 (TCPSessionAdapter, TCP_Endpoint, TCP_Reassembler and the
// script base/protocols/conn) packet by packet. It reads and writes nothing.
//
// # Place in the flow
//
// Package classify hands every TCP packet of a connection to the connection's TCP machine, and
// asks it for the columns when the row is written. With --connections zeek the machine also
// decides where connections end: Reuse and the timers (Due, Fire) say so, and First who is the
// originator.
//
// # Words
//
//   - role: originator or responder. A flip exchanges the roles of the two ends.
//   - fixed: the roles were decided elsewhere, and the machine never flips them.
//   - relative number: a sequence number minus the number of the SYN, or of where it must have been.
//   - hole: sequence space in front of captured bytes that has not been captured.
//   - gap: a hole that was acknowledged, so that it will not be filled any more.
//
// Conditions are those of zeek -C: checksums are not looked at.
package zeek
