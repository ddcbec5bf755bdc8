// Package export writes batches of rows to Parquet and Arrow files, and folders of such
// files to datasets that appear whole or not at all.
//
// # Terminology
//
//   - row group: rows of a Parquet file, stored column by column (the Arrow counterpart is
//     a record batch). Row groups are cut by row number.
//   - column chunk: one column of one row group: a dictionary page, where there is one, and
//     data pages. Pages are cut by row number too.
//   - part: one file of a table.
//   - dataset: a folder with the parts of both tables, a manifest and views.
//
// # Place in the flow
//
// Batches come from classify (or from capture, for the table decoded) in the order of the
// rows. A [Writer] hands each batch to one encoder per column; several goroutines (with one
// worker, the one that writes) run these encoders, each encoder sees the batches in order, and
// finished column chunks are written in order. So the bytes depend on the rows alone, not on the number of
// goroutines and not on where one batch ends and the next begins.
//
// Encoders of Parquet work on the columns of a batch with parquet-go's encodings, not
// with its rows and values: what a column holds of the current row group is the raw values
// of one page and the compressed bytes of the finished ones.
package export
