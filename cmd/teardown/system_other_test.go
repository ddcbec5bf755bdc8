//go:build !linux

package main

// dropPrivileges does nothing: tests are not run as root here.
func dropPrivileges() {}

// unread does not know how to look into a pipe here and says that it is empty.
func unread(int) (int, error) { return 0, nil }
