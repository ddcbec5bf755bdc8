package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The committed captures are what the source makes.
func TestCurrent(t *testing.T) {
	for _, c := range captures {
		want := c.make()
		got, err := os.ReadFile(filepath.Join("..", c.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what its story makes: run go run ./testdata/captures/make", c.name)
		}
		if len(want) < 2048 {
			t.Errorf("%s has %d bytes, want at least 2048", c.name, len(want))
		}
	}
}
