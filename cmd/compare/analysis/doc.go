// Package analysis compares what segments do with Wireshark's analysis of sequence numbers.
//
// The two are meant to differ: a segment has one kind, Wireshark may give it several flags or
// none, and some words mean something else. So this comparison does not judge: it counts, per
// kind, how many packets both name, only we and only Wireshark, and with which of our kinds
// and rules Wireshark's flags go, so that every difference can be seen and explained
// (docs/analysis.md).
//
// Place in the flow: captures are found by package corpus; package dataset reads our table
// packets; this package reads tshark's fields and writes Markdown.
package analysis
