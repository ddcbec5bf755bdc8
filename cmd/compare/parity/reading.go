package parity

import (
	"context"
	"fmt"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/plugin"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// preferences are those under which the plugin and the converter agree; the
// rest is tshark's default.
var preferences = []string{"ip.defragment:FALSE", "ipv6.defragment:FALSE", "vxlan.udp.port:4789,8472"}

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
func read(ctx context.Context, p *plugin.Tshark, path string, fields []string, options ...string) (*reading, error) {
	args := append(p.Load(), "-n", "-r", path,
		"-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-e", "frame.number", "-e", luaError)
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	for _, o := range preferences {
		args = append(args, "-o", o)
	}
	out, done, err := tools.Output(ctx, p.Command(ctx, append(args, options...)...))
	if err != nil {
		return nil, err
	}
	r := &reading{rows: map[string][]string{}, status: done.Status, stderr: done.Stderr}
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
