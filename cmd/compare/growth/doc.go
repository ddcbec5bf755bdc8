// Package growth measures how the cost of a conversion grows with connections and with bytes.
//
//	compare growth [-connections 10000,100000,1000000,10000000] [-gigabytes 1,2,4,8,16] [-workers 1,2]
//
//	capgen ── pipe ── teardown convert - ── CPU time and memory of this process alone
//
// Captures are generated while they are read, so no large file is needed. The generator takes
// its share of the machine; CPU times and memory are those of the converter's process, and
// the time on the wall says nothing and is not printed. Memory is touched before each run: see tools.TouchMemory.
//
// Words: a series grows in one thing: connections that stay open (capgen's mix many), or bytes
// (its mix medium); a last one has the captures that the project's bars are about. A case is one row: a capture and a
// number of workers.
package growth
