//go:build !unix

package main

import (
	"context"
	"io"
	"time"
)

// A watch would wait until a file has bytes to read. Here nothing tells, so reads themselves wait, and nobody
// knows whether one that is given up has just taken bytes.
type watch struct{}

func newWatch(context.Context, io.Reader) (*watch, error) { return &watch{}, nil }

func (*watch) wait() bool { return true }

// silence returns what ends Read when no bytes come.
func (*watch) silence() <-chan time.Time { return time.After(grace) }

func (*watch) end() {}

func (*watch) close() {}
