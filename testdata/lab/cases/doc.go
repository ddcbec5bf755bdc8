// Package cases holds the lab's scenarios: what a client, a server and, where a
// case needs one, a device in between do to each other. A scenario only acts;
// what its connections are called to be stands in cases.table, looked up by
// case name and connection name.
//
// Words: a case is one scenario with its parameters, named family/variant; most
// cases run once per IP version. A tick is a short orderly connection made at
// the end so that the capture lasts longer than a time limit.
package cases
