package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/lua"
)

// A tsharkRun is one tshark with the plugin at hand.
type tsharkRun struct {
	name string
	root string // the folder that it sees as /, empty for the usual
	dir  string // a folder of its own, as we see it
}

// tsharks are the tshark that is installed and, where make setup has made it, the newer one in a
// folder of its own, run with chroot.
func tsharks(t *testing.T) []*tsharkRun {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Fatalf("tshark is not installed; run make setup, or apt-get install tshark: %v", err)
	}
	all := []*tsharkRun{{name: "installed", dir: t.TempDir()}}
	newer, err := filepath.Abs("../../.tools/trixie")
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(filepath.Join(newer, "usr/bin/tshark"))
	required := os.Getenv("TEARDOWN_TOOLS") == "required"
	switch {
	case err == nil && (required || os.Geteuid() == 0): // chroot needs root
		dir, err := os.MkdirTemp(filepath.Join(newer, "tmp"), "wireshark-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		// tshark 4.4 runs no scripts of users for root, so it runs as somebody else.
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		all = append(all, &tsharkRun{"newer", newer, dir})
	case required:
		t.Fatalf("no newer tshark: run make setup: %v", err)
	default:
		t.Log("only the tshark that is installed: the newer one needs root and make setup")
	}
	for _, s := range all {
		if err := os.CopyFS(filepath.Join(s.dir, "plugin"), lua.Files); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// inside returns the path under which tshark sees a file of its folder.
func (s *tsharkRun) inside(name string) string {
	return strings.TrimPrefix(filepath.Join(s.dir, name), s.root)
}

// bring copies a file into the folder and returns its path there.
func (s *tsharkRun) bring(t *testing.T, path string, mode os.FileMode) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(filepath.Join(s.dir, filepath.Base(path)), text, mode)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.inside(filepath.Base(path))
}

// run runs a program in the surroundings of tshark, with a home folder of its own.
func (s *tsharkRun) run(t *testing.T, program string, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	if s.root != "" {
		cmd = exec.Command("chroot", append([]string{"--userspec=65534:65534", s.root, program}, args...)...)
	}
	cmd.Env = append(os.Environ(), "HOME="+s.inside("home"), "XDG_CONFIG_HOME=", "LC_ALL=C.UTF-8")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s tshark: %s: %v\n%s", s.name, cmd, err, complaints.Bytes())
	}
	return out.String(), complaints.String()
}

// plugged is the argument that loads the plugin.
func (s *tsharkRun) plugged() string { return "lua_script:" + s.inside("plugin/"+lua.Main) }

// teardownOutput runs teardown in this process and returns what it prints.
func teardownOutput(t *testing.T, args ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &console{out: io.Discard}}
	if status := a.run(t.Context(), args); status != exitDone {
		t.Fatalf("teardown %v: exit status %d", args, status)
	}
	return out.Bytes()
}
