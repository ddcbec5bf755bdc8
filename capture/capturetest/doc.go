// Package capturetest builds frames and capture files for tests: of this package and of
// those after it. It serves tests alone; nothing else imports it.
//
//	data := capturetest.Pcap(capturetest.File{Link: 1},
//		capturetest.Packet{Time: 1e9, Data: capturetest.TCP{
//			Src: "10.0.0.1:40000", Dst: "10.0.0.2:80", Seq: 1000, Flags: capturetest.SYN,
//		}.Frame()})
//
// Lengths and checksums are right unless a test changes the bytes.
package capturetest
