// Package differential proves that Go and Lua classify alike: it drives package
// classify/facts and its translation lua/facts_gen.lua with the same random connections and
// compares everything that they remember and decide after every packet.
//
// It serves tests alone. World makes the connections, Model applies them in Go, a Lua process
// applies them in Lua (driver.lua). After every command both give a digest of the whole
// record; at the first that differs both dump the record, so that a difference has a name.
package differential
