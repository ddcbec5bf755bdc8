// Package capture turns the bytes of capture files into decoded packets, in batches of
// columns. It is the first stage of the way of the data: classify reads its batches.
//
// Its words:
//
//   - capture: one file or stream, in format pcap or pcapng, plain or compressed
//   - record: one packet as the file holds it: a time, two lengths and bytes
//   - frame: a record with its number, counted as Wireshark counts: from 1, packet blocks
//     and custom blocks of pcapng alike
//   - slab: a large piece of the uncompressed capture in memory; records point into it
//   - batch: consecutive frames, first as records (rawBatch), then as rows (table.Packets)
//   - damage: a range of bytes that could not be read as records; it is reported with its
//     offset, and everything before it, and after it where that can be found, is kept
//   - problem: where and why decoding of one frame stopped, its column decode_error
//
// One goroutine reads, decompresses and finds records. With few workers it also decodes
// them as it finds them; with more, these decode whole batches. Next hands batches out in the order of
// the file. Nothing is allocated per packet: slabs, record lists and batches are recycled.
// What a row says depends on the frame alone, except frame and order_ns, which the reading
// goroutine counts; so workers never change the output.
//
// Decoding follows what tshark 4.0 shows with reassembly and defragmentation off. It goes
// down to the innermost packet of tunnels; outer addresses are not kept.
package capture
