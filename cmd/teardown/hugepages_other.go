//go:build !linux || !(amd64 || arm64)

package main

// useHugePages leaves the size of pages to the system.
func useHugePages() {}
