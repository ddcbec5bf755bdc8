// Package corpus finds the captures to compare on, and chooses a sample of them
// that is the same every time.
//
// Words: a capture has a path to open and a name to show, the path below the
// argument that it was found under.
package corpus
