// Package gen turns the text files of schemas into Go, Lua and the reference page.
//
// It runs at `go generate ./schemas` and never at run time. All returns every
// generated file in memory, so that a test can tell whether the committed ones are
// current.
package gen
