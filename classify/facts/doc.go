// Package facts is the classification of TCP itself: what is remembered of a connection, what
// a packet changes, and what the rules say of it. Go and Wireshark's Lua run the same code.
//
// The records come from schemas/state, the rules from schemas/rules; the primitives that the
// rules use are written here, in a restricted Go that schemas/internal/gen translates to
// lua/facts_gen.lua. The restrictions: functions without receivers; integers, bools, records
// and fixed arrays; if, for, switch; no slices, maps, closures, copies of records or bit
// operators; every number below 2^53; sequence numbers are uint32 and wrap; other types are
// converted to int64 before they are computed with; divisions only of numbers that are not
// negative.
//
// # Place in the flow
//
// Package classify finds the connection of a packet and calls Cut, then Start or Step, and at
// the end of a connection Finished. The plugin lua/plugin.lua does the same.
package facts
