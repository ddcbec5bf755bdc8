// Package table holds batches of rows, column by column: what crosses from decoding to
// classifying to encoding, and what Arrow and Parquet are written from without a copy.
//
// A batch has a few thousand rows and is recycled. Validity is one byte per row, 0 for null
// and 1 for a value: these are Parquet's definition levels, and different goroutines may
// write different rows of one batch. A value whose validity is 0 is undefined.
//
// A batch of packets can have digests, too: what classifying reads of a usual row, row by row. Where only
// connections are wanted, such rows are in their digests alone.
package table
