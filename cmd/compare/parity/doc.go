// Package parity compares the converter with the Wireshark plugin: every column
// that both have, on every TCP packet and every TCP connection of a capture.
//
//	capture ─┬─ teardown convert ─ packets, connections ─┬─ compare ─ report
//	         └─ tshark + plugin, one pass and two ───────┘
//
// Words: the columns of packets are compared in both readings of tshark; those
// of connections in the second (-2), where they are final. An exception is a
// packet that tshark decodes as TCP and the converter does not: behind a
// tunnel or a link type that is still to come. Exceptions are counted; everything
// else that differs, and every Lua error, makes the comparison fail.
package parity
