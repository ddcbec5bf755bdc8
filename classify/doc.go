// Package classify finds the connections among packets and says of every packet what it does
// and of every connection how it ended.
//
// # Place in the flow
//
//	batches ─ prepare ─ W workers, each with its logical shards ─ collect ─ batches, connections
//
// Three kinds of goroutines run at once, and batches of columns cross between them. prepare (one)
// computes the flow key of every row and which logical shard owns it. A worker (W of them)
// takes every batch in order, but only the rows of its shards, and writes the classification
// columns of these rows, unless nobody reads them. collect (one) waits until all workers have done with a batch, numbers
// streams, puts the rows of finished connections in order and hands both on. With one worker, all three are one goroutine.
//
// The number of logical shards is fixed, so that limits and evictions never depend on the number
// of workers. A shard sees the world's clock through the batches, never another shard.
//
// # Words
//
//   - flow key: the two (address, port) pairs of the innermost packet and its protocol.
//   - digest: what is asked of a row of TCP over IPv4, in one line of the cache; decoding makes it (table.Digest). Other
//     rows are read out of their columns.
//   - embryo: a connection of which one packet was seen; it is kept as that packet.
//   - lone: an embryo whose packet is a SYN. Where one looks to the rules as another before it, so does what is said of it.
//   - plain: a segment with data or an acknowledgment and nothing else, of a calm connection; calm: established, and
//     nobody has begun to close. Nearly all packets are plain, and take a way of their own.
//   - usual: a plain segment in order, of a connection about which nothing is rare. Most packets are usual, and take a way
//     that is shorter still.
//   - clock: microseconds since the first time of the world; it never goes back.
//   - finished: nothing can change the connection any more; its row is written.
//
// TCP itself is in package classify/facts, which Wireshark's Lua shares.
package classify
