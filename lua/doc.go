// Package lua holds the Wireshark plugin, which is written in Lua, and carries its files inside
// the program.
//
// # Place in the flow
//
//	frame ─ clock.lua ─ batch.lua ─ header.lua ─ packet.lua ─ connection.lua ─ causes.lua ─ show.lua, summary.lua
//
// plugin.lua registers the protocol and calls the others. Each packet is decided on Wireshark's
// first pass, many at a time where nobody asks, and most of them in batch.lua alone: it reads headers of
// the usual form and has StepUsual or StepPlain decide. The verdict of a packet is remembered as a number;
// numbers are turned into words whenever a frame is shown. facts_gen.lua has the rules and the
// state of a connection, words_gen.lua the words and fields; both are generated from package
// schemas and say the same as package classify/facts. By hand, here as there, are reading headers
// (package capture), the table of connections and those of hosts, services and pairs (package
// classify), and output.
//
// What people see is story.lua (sentences out of the words' meanings), show.lua (fields and packet
// details), alert.lua (expert information), summary.lua and window.lua (counts), prefs.lua.
// collector.lua sets how often Lua looks for garbage. The folder profile has a configuration
// profile of Wireshark.
//
// The files run in Lua 5.2 (Wireshark up to 4.2), 5.3 and 5.4: no integer division, no bit
// operators, no number above 2^53.
package lua
