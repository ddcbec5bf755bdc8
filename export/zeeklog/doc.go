// Package zeeklog writes connections as Zeek's conn.log, in Zeek's two forms: tab-separated
// values with a header, and a JSON object per line. zeek-cut and all else that reads conn.log
// take both unchanged. The fields are those of Zeek 8 and its policy script for Community ID.
//
// # Words
//
//   - uid: Zeek's name of a connection, here derived from what the connection is, so that the
//     same capture gives the same log.
//   - details: what conn.log says beside the columns of the table connections.
//
// # Place in the flow
//
// The rows come from classify, with Zeek's cutter if they are to be Zeek's connections. What only
// Zeek's analyzers know stays unset: service and tunnel_parents.
package zeeklog
