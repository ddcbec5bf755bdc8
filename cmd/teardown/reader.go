package main

import (
	"context"
	"io"
	"os"
	"time"
)

// openInput opens a capture. Reads from pipes and terminals, which may never return, end
// with io.EOF when the context ends.
func openInput(ctx context.Context, in input, stdin io.Reader) (io.Reader, io.Closer, error) {
	if in.path == stdinName {
		return newPatientReader(ctx, stdin), io.NopCloser(stdin), nil
	}
	f, err := os.Open(in.path)
	if err != nil {
		return nil, nil, err
	}
	if in.size < 0 {
		return newPatientReader(ctx, f), f, nil
	}
	return readCached(f), f, nil
}

// patientBytes is how much a patientReader asks for at a time.
const patientBytes = 256 << 10

// grace is how long bytes that were written may need to arrive after the context has ended: Ctrl-C ends
// the program at the other end of the pipe, too, which then writes out what it holds.
const grace = 50 * time.Millisecond

// lastBytes is how long bytes are taken after the context has ended, where more and more come.
const lastBytes = 10 * grace

// endsSoon reports whether the context has ended or is about to: where Ctrl-C has ended the program at
// the other end of the pipe, too, its end may be seen before the signal.
func endsSoon(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-time.After(grace):
		return false
	}
}

// A patientReader reads in a goroutine of its own, so that waiting for bytes can be given
// up. The goroutine then stays blocked until the process ends.
type patientReader struct {
	ctx     context.Context
	filled  chan piece
	empty   chan []byte
	current piece
	rest    []byte // unread bytes of current
}

type piece struct {
	buf []byte
	n   int
	err error
}

func newPatientReader(ctx context.Context, r io.Reader) *patientReader {
	p := &patientReader{ctx: ctx, filled: make(chan piece, 1), empty: make(chan []byte, 2)}
	p.empty <- make([]byte, patientBytes)
	p.empty <- make([]byte, patientBytes)
	go p.fill(r)
	return p
}

func (p *patientReader) fill(r io.Reader) {
	var ended time.Time // when the context was seen to have ended
	for buf := range p.empty {
		n, err := r.Read(buf)
		switch {
		case err != nil || p.ctx.Err() == nil:
		case ended.IsZero():
			ended = time.Now()
		case time.Since(ended) > lastBytes:
			err = io.EOF
		}
		p.filled <- piece{buf, n, err}
		if err != nil {
			return
		}
	}
}

func (p *patientReader) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.current.err != nil {
			return 0, p.current.err
		}
		if p.current.buf != nil {
			p.empty <- p.current.buf
			p.current.buf = nil
		}
		select {
		case p.current = <-p.filled:
		case <-p.ctx.Done():
			select { // what was read counts
			case p.current = <-p.filled:
			case <-time.After(grace):
				p.current.err = io.EOF
				return 0, io.EOF
			}
		}
		p.rest = p.current.buf[:p.current.n]
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
