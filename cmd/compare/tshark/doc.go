// Package tshark compares the table packets with what tshark says about the same
// capture, packet by packet and field by field.
//
// Words: a frame is what tshark says about one captured frame; the innermost
// packet is the last IP packet of a frame that is not quoted in an ICMP error; a
// difference is a cell where the two do not agree; a reason (reasons.go) is a
// documented cause of differences, meant or still to come.
//
// The way of a capture: tshark prints fields (fields.go), layers.go finds the
// innermost packet among them, columns.go says what each column should hold,
// diff.go compares, checks.go looks at exit status, manifest and repeatability,
// report.go adds up and judges.
package tshark
