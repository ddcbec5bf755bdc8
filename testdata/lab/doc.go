// Command lab makes and checks labelled captures of TCP connection endings:
// the ground truth for every verdict of this project. Real Linux TCP stacks in
// network namespaces make the traffic; cases.table says what each connection is
// called to be; package derive works the same out again from the capture alone.
//
//	go run ./testdata/lab build -o testdata/lab/captures    as root, on Linux
//	go run ./testdata/lab check                              anywhere
//
// Flow: cases act in a wire world; build cuts the frames into files (package
// effect makes worse captures of some), writes labels.jsonl (package label) and
// checks each file at once. See README.md.
package main
