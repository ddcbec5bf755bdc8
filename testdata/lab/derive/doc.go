// Package derive works out again, from a capture alone, what a label says:
// where connections start, how they were closed, the form and the offender of
// the first reset. It shares no code with the project's classifier, may look at
// the whole capture at once, and is written for clearness, not speed, so that
// an error in one of the two shows as a disagreement.
//
// Words: a packet is one TCP segment or ICMP error with its frame number; a
// conn is one connection in the sense of the project's contract; facts are what
// was derived. It knows nothing of labels (package label compares).
package derive
