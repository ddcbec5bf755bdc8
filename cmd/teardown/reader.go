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

// grace is how long bytes that were read may need to arrive after the context has ended.
const grace = 50 * time.Millisecond

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
	go func() {
		for buf := range p.empty {
			n, err := r.Read(buf)
			p.filled <- piece{buf, n, err}
			if err != nil {
				return
			}
		}
	}()
	return p
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
				return 0, io.EOF
			}
			p.current.err = io.EOF
		}
		p.rest = p.current.buf[:p.current.n]
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
