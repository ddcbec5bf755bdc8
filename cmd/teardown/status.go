package main

import (
	"errors"
	"fmt"
)

// Exit statuses. They are part of the contract with scripts.
const (
	exitDone        = 0
	exitFailed      = 1   // failed, or no input could be read; nothing was written
	exitUsage       = 2   // the command line is wrong
	exitDamaged     = 3   // done, but some input was damaged or is no capture
	exitInterrupted = 130 // stopped by a signal; what was read is written
)

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// A usageError is a wrong command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}
