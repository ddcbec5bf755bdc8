// Package filter chooses rows by a subset of tcpdump's filter language (pcap-filter(7)).
//
// Words: a primitive is one test, such as src port 80; qualifiers are the words before its
// value. What is tested is the innermost packet of a row. docs/filter.md has the language for
// users.
//
// Place in the flow: package main leaves out the rows of decoded batches that do not match,
// before they are classified.
//
//	text ─ words (token.go) ─ parser (parse.go, primitive.go) ─ closures over columns (match.go)
package filter
