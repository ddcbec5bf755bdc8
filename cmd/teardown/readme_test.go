//go:build unix

package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

var update = flag.Bool("update", false, "write what the commands of the README really print into it")

// block is a fenced block of the README; what follows an sql block is its result.
var block = regexp.MustCompile("(?ms)^```(console|sql)\n(.*?)^```\n(\n(?:^\\|.*?\n)+)?")

// passed is what differs from run to run: what seconds writes.
var passed = regexp.MustCompile(`\(([0-9.]+ s|[0-9hms]+)\)`)

// asRoot is what tshark says to root only.
var asRoot = regexp.MustCompile(`(?m)^Running as user "root".*\n`)

// TestReadme runs the commands and queries of the README and wants what it shows.
func TestReadme(t *testing.T) {
	duckdb := tools.Need(t, "venv/bin/duckdb")
	const path = "../../README.md"
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := readmeFolder(t)
	got := block.ReplaceAllStringFunc(string(readme), func(text string) string {
		m := block.FindStringSubmatch(text)
		if m[1] == "console" {
			command, _, _ := strings.Cut(strings.TrimPrefix(m[2], "$ "), "\n")
			local := strings.ReplaceAll(command, "go run ./cmd/teardown", "teardown")
			return "```console\n$ " + command + "\n" + printed(t, dir, "bash", "-c", local+" 2>&1") + "```\n"
		}
		return "```sql\n" + m[2] + "```\n\n" + printed(t, filepath.Join(dir, "demo"), duckdb, "-markdown", "-init", "views.sql", "-c", m[2])
	})
	got = strings.ReplaceAll(got, "\n\n\n", "\n\n")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if passed.ReplaceAllString(got, "") != passed.ReplaceAllString(string(readme), "") {
		t.Errorf("the README does not show what its commands print; it should be (go test ./cmd/teardown -run Readme -update):\n%s", got)
	}
}

// TestPassed wants the time that a command took to make no difference, also on a machine that is busy or was stopped.
func TestPassed(t *testing.T) {
	for _, d := range []time.Duration{0, 123 * time.Millisecond, 9 * time.Second, 10 * time.Second, time.Minute, 3*time.Hour + 2*time.Second} {
		if text := "(" + seconds(d) + ")"; passed.ReplaceAllString(text, "") != "" {
			t.Errorf("%s makes a difference", text)
		}
	}
}

// readmeFolder returns a folder with what the commands need; teardown is in PATH.
func readmeFolder(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	for _, name := range []string{"testdata", "lua"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", filepath.Join(bin, "teardown"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return dir
}

func printed(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return strings.TrimRight(asRoot.ReplaceAllString(string(out), ""), "\n") + "\n"
}

// TestInputsMatrix holds the table of link types and tunnels on the page about inputs to the one
// that package capture's tests write.
func TestInputsMatrix(t *testing.T) {
	page, err := os.ReadFile("../../docs/inputs.md")
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile("../../capture/testdata/matrix.golden")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, bytes.TrimSpace(table)) {
		t.Error("docs/inputs.md does not have the table of capture/testdata/matrix.golden")
	}
}
