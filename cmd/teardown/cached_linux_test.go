package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"
)

// TestReadCached reads the same bytes whether the page cache has all of them, none, or some, also for those who
// read little at a time, and in files that grow.
func TestReadCached(t *testing.T) {
	want := bytes.Repeat([]byte("0123456789abcde"), 1<<14)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, want, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, evicted := range []int64{-1, 0, 1 << 20} { // from this byte on
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if evicted >= 0 {
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
			if err := unix.Fadvise(int(f.Fd()), evicted, 0, unix.FADV_DONTNEED); err != nil {
				t.Fatal(err)
			}
		}
		r := readCached(f)
		if _, ok := r.(*cachedFile); !ok {
			t.Fatal("a regular file is read as others are")
		}
		if err := iotest.TestReader(r, want); err != nil {
			t.Errorf("evicted from %d on: %v", evicted, err)
		}
	}

	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := readCached(f)
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("more"), int64(len(want))); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); string(got) != "more" || err != nil {
		t.Errorf("got %q, %v after the file has grown", got, err)
	}
	if _, ok := readCached(os.Stdin).(*cachedFile); ok {
		if info, err := os.Stdin.Stat(); err == nil && !info.Mode().IsRegular() {
			t.Error("stdin, which may wait for ever, is read without waiting")
		}
	}
}
