// Package speed times the converter and other programs on captures.
//
//	compare speed [-runs 5] [-slow 1] CAPTURES...
//	compare speed -second-core
//	compare speed -plugin [-runs 5] [-fields=false] [-tshark tshark] CAPTURES...
//
// Every round runs all programs one after the other, each round in another order, and ratios are taken between runs of
// one round, so that a machine whose speed drifts, or that is busy with other work, distorts them least. Before each
// run the capture is read, so that the page cache has it, and memory is touched: see tools.TouchMemory. What counts is
// the CPU time, user and system; the time on the wall is that of a quiet machine only. Nothing is checked against a
// limit: docs/benchmarks.md holds what was measured. Each round ends with loads that say what a second core of this
// machine gives.
//
// With -plugin it is tshark that is timed, with the Wireshark plugin of this tree and without
// it, asked for a line per packet and for fields.
//
// Words: a contestant is a program with its arguments; a slow one runs in the first rounds only.
package speed
