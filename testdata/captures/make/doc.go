// Command make writes the captures of testdata/captures: small files with a
// known story, so that a clone without any other capture can be converted,
// tested and shown.
//
//	go run ./testdata/captures/make            writes them again
//
// Words: a host has a MAC address, an IP address and a TTL; a conversation is a
// TCP connection between two hosts that keeps the sequence numbers of both
// directions; a tape collects frames with their capture times. Nothing is
// random and no clock is read: the same source gives the same bytes, which
// TestCurrent checks.
//
// Addresses are those reserved for documentation (RFC 5737, RFC 3849).
package main
