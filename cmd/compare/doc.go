// Command compare holds the converter against other programs that read captures
// or datasets. It is a tool of development, not shipped; make compare runs it.
//
//	compare tshark CAPTURES...     every packet, field by field, with tshark
//	compare readers CAPTURES...    every value, with the programs that read datasets
//	compare speed CAPTURES...      CPU time, with flow meters, tshark and DuckDB
//	compare speed -plugin CAPTURES...  what the Wireshark plugin costs
//	compare growth                 CPU time and memory, as connections and bytes grow
//	compare cores                  CPU time of each stage, and what more cores would do
//
// Words: the reference is the other program; a reason is a documented cause for
// which a value may differ from the reference (docs/differences.md has one
// section for each); what has no reason is unexplained and makes the comparison
// fail. The corpus is the set of captures to compare on.
//
// It runs the built converter, as a user would, and reads back the files that
// it wrote; it shares no code with it.
//
// A new comparison is a package below this folder with a function Run, and a
// line in the table of main.go.
package main
