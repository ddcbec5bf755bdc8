// Package label holds what the lab knows: the table of cases (cases.table,
// written by hand), the rows of labels.jsonl made from it, and the comparison
// of a row with what package derive finds in the capture.
//
// Words: an expectation is what the table says about one connection of one
// case; a row is an expectation with file, addresses and the measured part
// (frame numbers), which alone may differ between two builds. The words of the
// closed lists come from package schemas; this package only checks that the
// table uses no others.
package label
