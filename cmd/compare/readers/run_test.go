package readers

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// Every reader sees the same in the captures of testdata.
func TestRun(t *testing.T) {
	tools.Need(t, "ready")
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), []string{filepath.Join(root, "testdata", "captures")}); err != nil {
		t.Error(err)
	}
}
