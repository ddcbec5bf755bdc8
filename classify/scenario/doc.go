// Package scenario reads the scenarios of testdata/scenarios, makes captures of them and
// compares what a classifier says with what they want. It serves tests alone.
//
// A scenario is a txtar file. The text before the first section is one sentence that says the one
// behaviour that the scenario shows. Its sections, of which "world" may be left out:
//
//	-- world --
//	max-connections 64
//	-- packets --
//	port r 443
//	0.000  o > r  S   0:0(0)  win 64240 <mss 1460,sackOK,wscale 7>
//	0.020  r > o  S.  0:0(0)  ack 1  win 65160 <mss 1460>
//	0.021  o > r  .   1:1(0)  ack 1  win 502
//	9.000  end
//	-- want packets --
//	a table: one row per frame
//	-- want connections --
//	a table: one column per connection
//
// # Packets
//
// A line is a frame or a setting for the lines after it. The notation of frames is packetdrill's,
// without system calls: time in seconds, direction (o is the end that usually starts, r the
// other), flags (S F R P . U E W A for SYN FIN RST PSH ACK URG ECE CWR AE, - for none), sequence
// numbers, and what is not usual:
//
//	ack N           acknowledgment number
//	win N           window as on the wire; 1000 without
//	<OPTIONS>       mss N, sackOK, wscale N, TS val N ecr N, nop, eol, mptcp_rst N, mptcp_fastclose, joined by commas
//	ttl N, id N, tos N, label N    of the IP header; id counts up from 1 per end without
//	text "T"        begins the payload, the rest is zeroes
//	bytes X         the same with bytes in hexadecimal
//
// Sequence numbers are relative to the initial numbers of the ends, which lie a little below the
// wrap of 32 bits; =N is a raw number. "0.5 x > o icmp 3/1 quote 1" is an ICMP error about frame 1:
// type and code, sent by o, r or x, a router between them. "0.5 flood 200" are SYNs from as many
// other ends, of which nothing is wanted. "9.000 end" is the time at which the capture ends, else that of the last packet.
// Settings: ip 4|6, port o|r N, isn o|r N, ttl o|r N, id o|r N (0: always 0), label o|r N.
//
// # Tables
//
// Tables are aligned words, with quotes where they hold spaces; - is null. The rows are whole: a column of packets that no row has,
// and a line of connections that is left out, hold the value that Columns names. Frames are
// numbered from 1 within the scenario, connections from 1 by their first frame; connections of
// other protocols than TCP are not in the table.
//
// # Place in the flow
//
// All scenarios without a section "world" go into one capture, with addresses of their own, so
// that they end together. Frames of nobody show that this capture never stopped; one that has a section "world",
// which may be empty, shows breaks in its recording. Judges give the rows that they have as text, and Judge compares.
package scenario
