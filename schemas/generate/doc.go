// Command generate writes the generated files of the repository. Run it as
// `go generate ./schemas`.
package main
