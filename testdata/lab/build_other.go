//go:build !linux

package main

import "errors"

var errLinux = errors.New("captures can be made on Linux only")

func build([]string) error { return errLinux }
func large([]string) error { return errLinux }
