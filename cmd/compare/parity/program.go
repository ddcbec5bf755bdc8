package parity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pcap-teardown/teardown/lua"
)

// preferences are those under which the plugin and the converter agree; the
// rest is tshark's default.
var preferences = []string{"ip.defragment:FALSE", "ipv6.defragment:FALSE"}

// chrootPrefix marks a tshark that is run with chroot in the folder behind it.
const chrootPrefix = "chroot:"

// A program is a tshark with the plugin at hand.
type program struct {
	command []string // the words before tshark's arguments
	root    string   // folder in which it sees the world, "" for /
	work    string   // a folder of its own, as we see it
}

// newProgram prepares "tshark", a path, or "chroot:DIR". dir is a folder for
// files that live as long as the comparison.
func newProgram(spec, dir string) (*program, error) {
	p := &program{command: []string{spec}, work: dir}
	if root, ok := strings.CutPrefix(spec, chrootPrefix); ok {
		var err error
		if p.root, err = filepath.Abs(root); err != nil {
			return nil, err
		}
		if p.work, err = os.MkdirTemp(filepath.Join(p.root, "tmp"), "parity-"); err != nil {
			return nil, fmt.Errorf("parity: %w: run make setup", err)
		}
		// tshark 4.4 runs no Lua scripts for root unless its owner says so.
		p.command = []string{"chroot", "--userspec=65534:65534", p.root, "tshark"}
	}
	for _, sub := range []string{"plugin", "home"} {
		if err := os.MkdirAll(filepath.Join(p.work, sub), 0o755); err != nil {
			return nil, err
		}
	}
	if err := os.Chmod(p.work, 0o755); err != nil {
		return nil, err
	}
	return p, os.CopyFS(filepath.Join(p.work, "plugin", "teardown"), lua.Files)
}

// close removes what the program left in a chroot.
func (p *program) close() {
	if p.root != "" {
		os.RemoveAll(p.work)
	}
}

// inside returns the path under which the program sees a file.
func (p *program) inside(path string) string {
	return strings.TrimPrefix(path, p.root)
}

// reach makes a capture readable for the program and returns its path there.
func (p *program) reach(capture string, index int) (path string, done func(), err error) {
	if p.root == "" {
		path, err = filepath.Abs(capture)
		return path, func() {}, err
	}
	in, err := os.Open(capture)
	if err != nil {
		return "", nil, err
	}
	defer in.Close()
	copied := filepath.Join(p.work, fmt.Sprintf("%d.capture", index))
	out, err := os.Create(copied)
	if err != nil {
		return "", nil, err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return "", nil, err
	}
	return p.inside(copied), func() { os.Remove(copied) }, nil
}

// A reading is what tshark with the plugin said about a capture.
type reading struct {
	rows   map[string][]string // by frame number, in the order of the fields asked for
	status int
	wrong  []string // messages that come from Lua, and errors inside the dissector
	stderr string
}

// luaError is the field in which Wireshark reports a dissector that failed.
const luaError = "_ws.lua.error"

// read runs tshark on a capture that it can reach.
func (p *program) read(ctx context.Context, path string, fields []string, options ...string) (*reading, error) {
	args := append(p.command[1:len(p.command):len(p.command)], "-n", "-r", path,
		"-X", "lua_script:"+p.inside(filepath.Join(p.work, "plugin", "teardown", lua.Main)),
		"-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-e", "frame.number", "-e", luaError)
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	for _, o := range preferences {
		args = append(args, "-o", o)
	}
	cmd := exec.CommandContext(ctx, p.command[0], append(args, options...)...)
	home := p.inside(filepath.Join(p.work, "home"))
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+home, "WIRESHARK_CONFIG_DIR="+home)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil && !errors.As(err, &exit):
		return nil, fmt.Errorf("parity: %w: run make setup", err)
	}
	r := &reading{rows: map[string][]string{}, status: cmd.ProcessState.ExitCode(), stderr: stderr.String()}
	for line := range strings.Lines(r.stderr) {
		if l := strings.ToLower(line); strings.Contains(l, "lua") || strings.Contains(l, "fields aren't valid") {
			r.wrong = append(r.wrong, strings.TrimSpace(line))
		}
	}
	for line := range strings.Lines(string(out)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != len(fields)+2 {
			return nil, fmt.Errorf("parity: %s: a line of tshark has %d fields, want %d: %q", path, len(cells), len(fields)+2, line)
		}
		if cells[1] != "" {
			r.wrong = append(r.wrong, "frame "+cells[0]+": "+luaError)
		}
		r.rows[cells[0]] = cells[2:]
	}
	return r, nil
}
