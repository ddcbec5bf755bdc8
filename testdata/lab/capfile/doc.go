// Package capfile reads and writes the lab's capture files: pcapng (one section,
// one interface) and classic pcap in its four forms. It exists so that the lab
// does not depend on the reader under test. It writes nothing that differs
// between two runs except frames and times.
package capfile
