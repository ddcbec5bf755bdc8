package schemas_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/pcap-teardown/teardown/schemas/internal/gen"
)

// TestGenerated fails where a committed generated file is not what the sources say.
func TestGenerated(t *testing.T) {
	files, err := gen.All("..")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not current: run go generate ./schemas", path)
		}
	}
}
