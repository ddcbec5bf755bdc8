package speed

import (
	"os/exec"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// A contestant is a program that is timed.
type contestant struct {
	name    string
	command []string
	beside  []string // a second command that runs at the same time
	debian  string   // the package of Debian that has it
	slow    bool
	missing string // why it cannot run, or how it failed
}

// Names that ratios refer to.
const (
	bothTables  = "teardown, both tables, 1 worker"
	twoWorkers  = "teardown, both tables, 2 workers"
	twoAtOnce   = "teardown, both tables, 1 worker, two conversions at once"
	connections = "teardown, connections, 1 worker"
	nfpcapd     = "nfpcapd"
)

// tsharkFields are twenty fields that most analyses of TCP start from.
var tsharkFields = []string{"frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "ip.src", "ip.dst",
	"ip.ttl", "ip.proto", "ip.len", "tcp.stream", "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq", "tcp.ack", "tcp.len",
	"tcp.window_size_value", "tcp.analysis.retransmission"}

// contestants returns the programs for one capture. They write into folders of dir; the dataset that the
// first one leaves there is what DuckDB rewrites.
func contestants(program, capture, dir string) []contestant {
	in := func(name string) string { return filepath.Join(dir, name) }
	convert := func(arguments ...string) []string {
		return append([]string{program, "convert", capture, "--overwrite", "--quiet"}, arguments...)
	}
	tshark := []string{"tshark", "-n", "-r", capture, "-T", "fields"}
	for _, f := range tsharkFields {
		tshark = append(tshark, "-e", f)
	}
	rewrite := "COPY (FROM '" + in("one") + "/packets/*.parquet') TO '" + in("duckdb.parquet") + "' (COMPRESSION zstd)"
	duckdb, err := tools.Path("venv/bin/duckdb")
	all := []contestant{
		{name: bothTables, command: convert("--workers", "1", "-o", in("one"))},
		{name: twoWorkers, command: convert("--workers", "2", "-o", in("two"))},
		{name: twoAtOnce, command: convert("--workers", "1", "-o", in("left")), beside: convert("--workers", "1", "-o", in("right"))},
		{name: connections, command: convert("--workers", "1", "--table", "connections", "-o", in("connections.parquet"))},
		{name: nfpcapd, debian: "nfdump", command: []string{"nfpcapd", "-r", capture, "-w", in("flows"), "-S", "0"}},
		{name: "argus", debian: "argus-server", command: []string{"argus", "-F", "/dev/null", "-r", capture, "-w", in("argus")}},
		{name: "tcptrace --csv", debian: "tcptrace", command: []string{"tcptrace", "-n", "-l", "-r", "--csv", capture}},
		{name: "duckdb, packets rewritten", command: []string{duckdb, "-c", rewrite}},
		{name: "tshark -T fields, 20 fields", debian: "tshark", command: tshark, slow: true},
	}
	for i := range all {
		c := &all[i]
		if c.command[0] == duckdb && err != nil {
			c.missing = err.Error()
		} else if _, err := exec.LookPath(c.command[0]); err != nil {
			c.missing = err.Error()
			if c.debian != "" {
				c.missing = "not installed: Debian has it in " + c.debian + ", and scripts/setup.sh bench installs it"
			}
		}
	}
	return all
}
