// Package zeek compares connections with what Zeek's conn.log says about the same
// captures, row by row and column by column.
//
//	compare zeek --captures DIR zeek-conn.csv   conn_state, history, counts, sizes, Community ID
//	compare zeek --table CAPTURES...            our endings × Zeek's × Wireshark's, as a page
//
// The file has one line per row of conn.log with a column file, the path of the
// capture below DIR, and a column tunneled; its other columns are named as Zeek
// names them. The captures are converted with --connections zeek.
//
// Words: two rows are the same connection when file, protocol, both ends and the
// time of the first packet agree; a reason is a documented cause for which rows
// differ (docs/zeek.md); targets are the shares below which the comparison fails.
package zeek
