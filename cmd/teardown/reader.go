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
		return openPatient(ctx, stdin, io.NopCloser(stdin))
	}
	f, err := os.Open(in.path)
	if err != nil {
		return nil, nil, err
	}
	if in.size < 0 {
		return openPatient(ctx, f, f)
	}
	return readCached(f), f, nil
}

func openPatient(ctx context.Context, r io.Reader, closer io.Closer) (io.Reader, io.Closer, error) {
	p, err := newPatientReader(ctx, r, closer)
	if err != nil {
		closer.Close()
		return nil, nil, err
	}
	return p, p, nil
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
// up. What that goroutine has taken from a file comes out of Read all the same, however busy the machine is:
// nobody could take it a second time.
type patientReader struct {
	ctx     context.Context
	closer  io.Closer
	watch   *watch
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

func newPatientReader(ctx context.Context, r io.Reader, closer io.Closer) (*patientReader, error) {
	w, err := newWatch(ctx, r)
	if err != nil {
		return nil, err
	}
	p := &patientReader{ctx: ctx, closer: closer, watch: w, filled: make(chan piece, 1), empty: make(chan []byte, 2)}
	p.empty <- make([]byte, patientBytes)
	p.empty <- make([]byte, patientBytes)
	go p.fill(r)
	return p, nil
}

func (p *patientReader) fill(r io.Reader) {
	defer p.watch.close()
	var ended time.Time // when the context was seen to have ended
	for buf := range p.empty {
		if !p.watch.wait() {
			p.filled <- piece{buf, 0, io.EOF}
			return
		}
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
			case <-p.watch.silence():
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

// Close ends the wait for bytes, too.
func (p *patientReader) Close() error {
	p.watch.end()
	return p.closer.Close()
}
