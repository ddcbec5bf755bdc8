// Package readers reads datasets with the programs that people use on them, with
// no settings, and compares what they saw: counts, types and every value.
//
// Words: a reader is such a program, run by a script of testdata/readers; a
// digest is a number that depends on the text of every value of a column (see
// the README there); the base is parquet-go, whose digests are computed here.
//
// datasets.go converts the captures, programs.go runs the readers, digest.go
// computes the base, agree.go compares, views.go tries DuckDB's command line
// with the views.sql of a dataset that was moved.
package readers
