// Package rare keeps the fields of the memory of connections that nearly all connections have at zero.
//
// # Words
//
//   - rare fields: those that schemas/state marks so. In Go they stand in records of their own,
//     facts.ConnectionRare and facts.DirectionRare, which the memory embeds as pointers.
//   - none: the records of those that have nothing rare. All share them, and nobody writes them.
//   - lender: lends records to those that have, and takes them back.
//
// # How a record is borrowed
//
// The rules write where they like and know nothing of this. So a connection gets records to write to for
// the time of a step, those of the lender; what is not zero behind it moves to a record of its own.
// Whatever rules change, a connection without records thus is one whose rare fields are zero.
//
// # Place in the flow
//
// Package classify takes every packet of TCP through a Lender; there is one per shard. The Lua plugin has
// nothing like it: its records have all their fields.
package rare
