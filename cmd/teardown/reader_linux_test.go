package main

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// taken waits until somebody has taken all bytes out of a pipe.
func taken(t *testing.T, pipe *os.File) {
	t.Helper()
	for {
		left, err := unread(int(pipe.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// A slowFile is read by a goroutine that, once it has taken bytes, gets no core for a while.
type slowFile struct{ *os.File }

func (f slowFile) Read(b []byte) (int, error) {
	n, err := f.File.Read(b)
	time.Sleep(3 * grace)
	return n, err
}

// TestPatientReaderKeeps wants what was taken out of a pipe to be read, whoever gets a core when.
func TestPatientReaderKeeps(t *testing.T) {
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	ctx, cancel := context.WithCancel(t.Context())
	r, err := newPatientReader(ctx, slowFile{out}, out)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.WriteString(in, "all of it"); err != nil {
		t.Fatal(err)
	}
	taken(t, out)
	cancel()
	if got, err := io.ReadAll(r); string(got) != "all of it" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// descriptors returns how many files the process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// TestPatientReaderCloses wants Close and the end of the pipe to end a Read that waits, and no file to stay open.
func TestPatientReaderCloses(t *testing.T) {
	before := 0
	ends := []func(r *patientReader, in *os.File) error{
		func(r *patientReader, _ *os.File) error { return r.Close() },
		func(_ *patientReader, in *os.File) error { return in.Close() },
	}
	for round := range 20 {
		out, in, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r, err := newPatientReader(t.Context(), out, out)
		if err != nil {
			t.Fatal(err)
		}
		result := make(chan error)
		go func() {
			_, err := io.Copy(io.Discard, r)
			result <- err
		}()
		if err := ends[round%len(ends)](r, in); err != nil {
			t.Error(err)
		}
		if err := <-result; err != nil && !errors.Is(err, os.ErrClosed) {
			t.Error(err)
		}
		r.Close()
		in.Close()
		if round == 0 { // the runtime has opened what it keeps
			before = descriptors(t)
		}
	}
	for descriptors(t) > before { // one that stays shows when the time of the tests is over
		time.Sleep(time.Millisecond)
	}
}
