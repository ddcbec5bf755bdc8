// Command capgen writes captures for benchmarks: seeded traffic of a chosen mix, any
// number of packets, the same bytes for the same flags on every machine. It is a tool of
// development, not shipped.
//
//	go run ./cmd/capgen -mix small -packets 1000000 -o small.pcap
//	go run ./cmd/capgen -mix flood -packets 5000000 | teardown summary -
//
// The mixes and their words are in package mix.
package main
