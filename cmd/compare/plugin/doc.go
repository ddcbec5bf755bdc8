// Package plugin runs tshark with the Wireshark plugin of this tree, for the comparisons that
// ask it for verdicts or take its time.
//
// Words: a tshark is the system's, one under a path, or one in a folder with another system
// ("chroot:DIR"), where captures have to be copied to.
package plugin
