package tshark

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// The captures of testdata are equal to tshark, whatever the number of workers.
func TestRun(t *testing.T) {
	tools.Need(t, "ready")
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(context.Background(), []string{"-repeat", "1", filepath.Join(root, "testdata", "captures")}); err != nil {
		t.Error(err)
	}
}
