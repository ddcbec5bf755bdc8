// Package speed times the converter and other programs on one capture.
//
//	compare speed [-runs 5] [-slow 1] CAPTURE
//
// Every round runs all programs one after the other, and ratios are taken between runs of one
// round, so that a machine whose speed drifts, or that is busy with other work, distorts them
// least. What counts is the CPU time, user and system; the time on the wall is that of a
// quiet machine only. Nothing is checked against a limit: docs/benchmarks.md holds what was
// measured.
//
// Words: a contestant is a program with its arguments; a slow one runs in the first rounds only.
package speed
