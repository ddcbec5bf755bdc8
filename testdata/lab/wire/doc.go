// Package wire makes the lab's small networks: namespaces joined by veth pairs,
// real Linux TCP sockets in them, a capture on the wire, a user-space bridge
// that can delay, drop, alter and inject frames, and the kernel's own account
// of every reset it sent.
//
// Words: a world is one client, one router and one server (and, if asked for,
// a bridge between client and router); its namespaces have no names and vanish
// with the process. A frame is what the capture saw. Scenarios (package cases)
// drive a world; nothing else does. Linux and root only, except for frame.go.
package wire
