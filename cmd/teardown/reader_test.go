package main

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestEndsSoon wants a signal to be seen that comes a little after the end of a pipe, and nobody to wait for one for long.
func TestEndsSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		if endsSoon(ctx) {
			t.Error("no signal came")
		}
		time.AfterFunc(grace/2, cancel)
		if !endsSoon(ctx) {
			t.Error("the signal was not seen")
		}
	})
}

// A writer that ends with the reader, by Ctrl-C, writes out what it holds: all of that counts. One that
// goes on is left.
func TestPatientReader(t *testing.T) {
	for _, x := range []struct {
		name  string
		pause time.Duration // between pieces
		after int           // pieces after the context has ended, then the end; -1: more and more
		want  func(int) bool
	}{
		{"the rest", grace / 5, 20, func(n int) bool { return n == 1+20 }},
		{"silence", time.Hour, 20, func(n int) bool { return n == 1 }},
		{"no end", grace / 5, -1, func(n int) bool { return n > 40 && n < 60 }},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			r, w := io.Pipe()
			left := make(chan bool)
			go func() {
				defer close(left)
				w.Write([]byte{0})
				cancel()
				for i := 0; i != x.after; i++ {
					time.Sleep(x.pause)
					if _, err := w.Write([]byte{1}); err != nil {
						return
					}
				}
				w.Close()
			}()
			var got bytes.Buffer
			p, err := newPatientReader(ctx, r, r)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(&got, p); err != nil || !x.want(got.Len()) {
				t.Errorf("%s: %d bytes, error %v", x.name, got.Len(), err)
			}
			p.Close()
			<-left
		})
	}
}
