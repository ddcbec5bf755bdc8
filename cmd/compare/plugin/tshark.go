package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pcap-teardown/teardown/lua"
	"github.com/pcap-teardown/teardown/schemas"
)

// ChrootPrefix marks a tshark that is run with chroot in the folder behind it.
const ChrootPrefix = "chroot:"

// FirstFrame is the field that identifies the connection of a packet: the frame in its conn_id.
const FirstFrame = "teardown.conn_first_frame"

// Field returns the field of a column, empty where the plugin does not have it.
func Field(c schemas.Column) string {
	if c.Wireshark == "" {
		return ""
	}
	return "teardown." + c.Wireshark
}

// A Tshark is a tshark with the plugin at hand.
type Tshark struct {
	command []string // the words before tshark's arguments
	root    string   // folder in which it sees the world, "" for /
	work    string   // a folder of its own, as we see it
}

// New prepares "tshark", a path, or "chroot:DIR". dir is a folder for files that live as long
// as the comparison.
func New(spec, dir string) (*Tshark, error) {
	p := &Tshark{command: []string{spec}, work: dir}
	if root, ok := strings.CutPrefix(spec, ChrootPrefix); ok {
		var err error
		if p.root, err = filepath.Abs(root); err != nil {
			return nil, err
		}
		if p.work, err = os.MkdirTemp(filepath.Join(p.root, "tmp"), "plugin-"); err != nil {
			return nil, fmt.Errorf("plugin: %w: run make setup", err)
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

// Close removes what the program left in a chroot.
func (p *Tshark) Close() {
	if p.root != "" {
		os.RemoveAll(p.work)
	}
}

// inside returns the path under which the program sees a file.
func (p *Tshark) inside(path string) string { return strings.TrimPrefix(path, p.root) }

// Load returns the arguments that load the plugin.
func (p *Tshark) Load() []string {
	return []string{"-X", "lua_script:" + p.inside(filepath.Join(p.work, "plugin", "teardown", lua.Main))}
}

// Command returns a run of tshark that no configuration of the user changes.
func (p *Tshark) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.command[0], append(p.command[1:len(p.command):len(p.command)], args...)...)
	home := p.inside(filepath.Join(p.work, "home"))
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", "HOME="+home, "WIRESHARK_CONFIG_DIR="+home)
	return cmd
}

// Reach makes a capture readable for tshark and returns its path there.
func (p *Tshark) Reach(capture string, index int) (path string, done func(), err error) {
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
