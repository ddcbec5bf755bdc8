// Package rare keeps the fields of the memory of connections that nearly all connections have at zero.
//
// # Words
//
//   - rare fields: those that schemas/state marks so. In Go they stand in records of their own,
//     facts.ConnectionRare and facts.DirectionRare, which the memory embeds as pointers.
//   - lender: lends records to connections that have anything rare, and takes them back.
//   - written: the records of those that have nothing rare. All connections of a lender share them.
//
// # How a record is borrowed
//
// The rules write where they like and know nothing of this. A step of a connection without records writes to
// those that it shares; what is not zero behind it moves to a record of its own, and the shared ones are zero
// again. So a connection without records is one whose rare fields are zero, whatever rules write.
//
// A finished connection is read by another goroutine while its lender goes on; Settle gives it records
// that nobody writes.
//
// # Place in the flow
//
// Package classify takes every packet of TCP through a Lender; there is one per worker. The Lua plugin needs none:
// in the translation a record gets its own at the moment when a rare value changes.
package rare
