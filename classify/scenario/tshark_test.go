package scenario

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
)

// A wireshark is one tshark with the plugin.
type wireshark struct {
	name string
	root string // the folder that it sees as /, empty for the usual
}

// wiresharks are the tshark that is installed and, where make setup has made it, the newer one in a
// folder of its own, run with chroot.
func wiresharks(t *testing.T) []wireshark {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Fatalf("tshark is not installed; run make setup, or apt-get install tshark: %v", err)
	}
	all := []wireshark{{name: "installed"}}
	newer, err := filepath.Abs("../../.tools/trixie")
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(filepath.Join(newer, "usr/bin/tshark"))
	required := os.Getenv("TEARDOWN_TOOLS") == "required"
	switch {
	case err == nil && (required || os.Geteuid() == 0): // chroot needs root
		all = append(all, wireshark{"newer", newer})
	case required:
		t.Fatalf("no newer tshark: run make setup: %v", err)
	default:
		t.Log("only the tshark that is installed: the newer one needs root and make setup")
	}
	return all
}

// fields runs tshark over the capture and returns the named fields of every frame, with an
// error where the plugin complained.
func (s wireshark) fields(t *testing.T, capture []byte, names []string, more ...string) []Row {
	t.Helper()
	base := t.TempDir()
	if s.root != "" {
		dir, err := os.MkdirTemp(filepath.Join(s.root, "tmp"), "scenario-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		base = dir
		// tshark 4.4 runs no scripts of users for root, so it runs as somebody else.
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	plugin, err := filepath.Glob("../../lua/*.lua")
	if err != nil || len(plugin) == 0 {
		t.Fatalf("no plugin: %v", err)
	}
	for _, f := range plugin {
		data, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(filepath.Join(base, filepath.Base(f)), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(base, "scenarios.pcap"), capture, 0o644); err != nil {
		t.Fatal(err)
	}
	seen := strings.TrimPrefix(base, s.root)
	args := append([]string{"-n", "-X", "lua_script:" + seen + "/plugin.lua", "-r", seen + "/scenarios.pcap", "-o", "ip.defragment:FALSE", "-T", "fields"}, more...)
	for _, n := range names {
		args = append(args, "-e", n)
	}
	cmd := exec.Command("tshark", args...)
	if s.root != "" {
		cmd = exec.Command("chroot", append([]string{"--userspec=65534:65534", s.root, "tshark"}, args...)...)
	}
	cmd.Env = append(os.Environ(), "HOME="+seen, "XDG_CONFIG_HOME="+seen)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || strings.Contains(strings.ToLower(stderr.String()), "lua") {
		t.Fatalf("tshark: %v\n%s", err, stderr.Bytes())
	}
	var rows []Row
	for _, line := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		row := Row{}
		for i, v := range strings.Split(line, "\t") {
			if v != "" {
				row[names[i]] = v
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// TestScenariosInWireshark asks the plugin: columns of packets in one pass and in two, those of
// connections in two.
func TestScenariosInWireshark(t *testing.T) {
	has := Judgement{map[string]bool{numberOfFrame: true, numberOfConnection: true}, map[string]bool{numberOfConnection: true}}
	names := []string{"frame.number", "teardown.conn_first_frame", "icmp.type", "icmpv6.type"}
	columns, booleans := map[string]string{}, map[string]bool{} // columns by field
	for _, c := range []struct {
		table *schemas.Table
		cols  []Column
		has   map[string]bool
	}{{&schemas.Packets, PacketColumns, has.Packets}, {&schemas.Connections, ConnectionColumns, has.Connections}} {
		for _, col := range c.cols {
			if def := c.table.Lookup(col.Name); def != nil && def.Wireshark != "" {
				names = append(names, "teardown."+def.Wireshark)
				columns["teardown."+def.Wireshark] = col.Name
				booleans[col.Name] = def.Type == schemas.Bool
				c.has[col.Name] = true
			}
		}
	}
	w := Worlds(load(t))[0]
	for _, tshark := range wiresharks(t) {
		for _, passes := range [][]string{nil, {"-2"}} {
			rows := tshark.fields(t, w.Capture(), names, passes...)
			if len(rows) != w.Frames() {
				t.Fatalf("%s tshark %v: %d rows for %d frames", tshark.name, passes, len(rows), w.Frames())
			}
			var packets, connections []Row
			for _, got := range rows {
				row := Row{Frame: got.get("frame.number")}
				for field, column := range columns {
					if v := got.get(field); v != Null {
						row[column] = v
						if booleans[column] {
							row[column] = strconv.FormatBool(v == "1" || v == "True") // tshark 4.0, 4.4
						}
					}
				}
				if got.get("icmp.type") != Null || got.get("icmpv6.type") != Null {
					row = Row{Frame: row[Frame], "direction": schemas.DirectionOrig.String()} // no packet of a TCP connection
				} else if first := got.get("teardown.conn_first_frame"); first != Null {
					row[ConnFrame] = first
					if first == row[Frame] {
						connections = append(connections, row)
					}
				}
				packets = append(packets, row)
			}
			r, err := w.Localise(packets, connections)
			if err != nil {
				t.Fatal(err)
			}
			judged := has
			if passes == nil { // connections are not final yet
				judged.Connections = map[string]bool{numberOfConnection: true}
			}
			for i, s := range w.Scenarios {
				t.Run(fmt.Sprintf("%s/%s%s", s.Name, tshark.name, strings.Join(passes, "")), func(t *testing.T) {
					if report := w.Judge(r, i, judged); report != "" {
						t.Error(report)
					}
				})
			}
		}
	}
}

// TestWiresharkWithoutCauses switches causes off: nothing says why, all else is as it was.
func TestWiresharkWithoutCauses(t *testing.T) {
	without := []string{"frame.number", "teardown.segment_kind", "teardown.type", "teardown.first_rst_frame", "teardown.rst_ignored"}
	why := []string{"teardown.cause", "teardown.cause_class", "teardown.cause_confidence", "teardown.cause_tier", "teardown.cause_rule",
		"teardown.cause_evidence", "teardown.cause_alternatives", "teardown.rst_origin", "teardown.origin_score", "teardown.middlebox_mode", "teardown.reason_code"}
	capture := Worlds(load(t))[0].Capture()
	for _, tshark := range wiresharks(t) {
		on := tshark.fields(t, capture, append(without, why...), "-2")
		off := tshark.fields(t, capture, append(without, why...), "-2", "-o", "teardown.cause:FALSE")
		explained := 0
		for i := range on {
			for _, name := range why {
				if on[i].get(name) != Null {
					explained++
				}
				if v := off[i].get(name); v != Null {
					t.Fatalf("%s tshark, frame %d: %s is %s", tshark.name, i+1, name, v)
				}
			}
			for _, name := range without {
				if on[i].get(name) != off[i].get(name) {
					t.Fatalf("%s tshark, frame %d: %s is %s, without causes %s", tshark.name, i+1, name, on[i].get(name), off[i].get(name))
				}
			}
		}
		if explained == 0 {
			t.Errorf("%s tshark explains nothing", tshark.name)
		}
	}
}
