//go:build !linux

package main

// unprivileged is the command teardown: tests are not run as root here.
func unprivileged() { main() }

// unread does not know how to look into a pipe here and says that it is empty.
func unread(int) (int, error) { return 0, nil }
