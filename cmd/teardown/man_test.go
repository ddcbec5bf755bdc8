package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestManuals wants a page for every command, with all its flags, in well-formed macros.
func TestManuals(t *testing.T) {
	dir := t.TempDir()
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &console{out: io.Discard}}
	if status := a.run(t.Context(), []string{"man", dir}); status != exitDone {
		t.Fatalf("exit status %d", status)
	}
	pages := 0
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		pages++
		data, err := os.ReadFile(filepath.Join(dir, manualName(cmd)+".1"))
		if err != nil {
			t.Fatal(err)
		}
		page := string(data)
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && !strings.Contains(page, `\fB`+roff("--"+f.Name)+`\fR`) {
				t.Errorf("%s: --%s is not there", manualName(cmd), f.Name)
			}
		})
		for i, line := range strings.Split(page, "\n") {
			if word, _, _ := strings.Cut(line, " "); strings.HasPrefix(word, ".") &&
				!strings.Contains(" .TH .SH .SS .TP .PP .B .BR .nf .fi ", " "+word+" ") {
				t.Errorf("%s:%d: %s is no macro of ours", manualName(cmd), i+1, line)
			}
		}
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				visit(sub)
			}
		}
	}
	root := a.root()
	root.InitDefaultCompletionCmd() // as running a command does
	root.InitDefaultHelpCmd()
	visit(root)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != pages {
		t.Errorf("%d files for %d commands, %v", len(entries), pages, err)
	}
}

func TestRoff(t *testing.T) {
	if got, want := roff(".a\n'b\\n -o -"), "\\&.a\n\\&'b\\en \\-o \\-"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
