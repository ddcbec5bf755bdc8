// Package tools finds and runs the programs that comparisons need: the built
// converter, tshark, and what make setup put into .tools.
//
// Words: the root is the folder of go.mod; an outcome is what a program that has
// run left behind: exit status and messages.
package tools
