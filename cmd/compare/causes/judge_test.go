package causes

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// judged runs the converter on the labelled captures of the repository, once for all tests.
func judged(t *testing.T) *judge {
	t.Helper()
	j, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return j
}

var once = sync.OnceValues(func() (*judge, error) {
	work, err := os.MkdirTemp("", "causes-test-")
	if err != nil {
		return nil, err
	}
	workDir = work
	ctx := context.Background()
	j := &judge{ctx: ctx, work: work}
	if j.teardown, err = tools.Teardown(ctx, "", work); err != nil {
		return nil, err
	}
	return j, j.run()
})

var workDir string

func TestMain(m *testing.M) {
	status := m.Run()
	if workDir != "" {
		os.RemoveAll(workDir)
	}
	os.Exit(status)
}

// Most causes are in their sets, and none claims more than anybody can know.
func TestLab(t *testing.T) {
	for _, f := range judged(t).failures {
		t.Error(f)
	}
}

// The generated parts of the page are those of the present rules.
func TestPage(t *testing.T) {
	j := judged(t)
	page, err := os.ReadFile(filepath.Join(j.root, "docs", "causes.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := fill(page, j.block)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(page, want) {
		t.Error("docs/causes.md is not current: go run ./cmd/compare causes -o docs/causes.md")
	}
}
