// Command compare holds the converter against other programs that read captures
// or datasets. It is a tool of development, not shipped; make compare runs it.
//
//	go run ./cmd/compare               lists the comparisons
//	go run ./cmd/compare tshark -h     the flags of one
//
// Words: the reference is the other program; a reason is a documented cause for
// which a value may differ from the reference (docs/differences.md has one
// section for each); what has no reason is unexplained and makes the comparison
// fail. The corpus is the set of captures to compare on.
//
// It runs the built converter, as a user would, and reads back the files that
// it wrote; it shares nothing with it but the words of package schemas.
//
// A new comparison is a package below this folder with a function Run, and a
// line in the table of main.go.
package main
