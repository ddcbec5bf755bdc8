package zeek

import (
	"encoding/csv"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// An end is one side of a connection; the port is 0 where there is none.
type end struct {
	addr netip.Addr
	port int
}

// A key says which connections may be the same.
type key struct {
	file, proto string
	a, b        end // in order
}

// A row is a connection as one of the two has it. Text is "-" where there is no value.
type row struct {
	key      key
	orig     end
	micros   int64 // time of the first packet
	values   map[string]string
	tunneled bool // inside a tunnel
	used     bool
}

// columns are compared, in the order of the report.
var columns = []string{"orig", "conn_state", "history", "orig_pkts", "resp_pkts", "orig_ip_bytes", "resp_ip_bytes", "orig_bytes", "resp_bytes", "community_id"}

func keyOf(file, proto string, o, r end) key {
	if o.addr.Compare(r.addr) > 0 || o.addr == r.addr && o.port > r.port {
		o, r = r, o
	}
	return key{file, proto, o, r}
}

// readLog reads the lines of conn.log.
func readLog(path string) ([]*row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, fmt.Errorf("compare zeek: %s: no rows: %w", path, err)
	}
	var rows []*row
	for n, line := range lines[1:] {
		v := map[string]string{}
		for i, name := range lines[0] {
			v[name] = line[i]
		}
		r, err := logRow(v)
		if err != nil {
			return nil, fmt.Errorf("compare zeek: %s: line %d: %w", path, n+2, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func logRow(v map[string]string) (*row, error) {
	o, err := endOf(v["orig_h"], v["orig_p"])
	if err != nil {
		return nil, err
	}
	d, err := endOf(v["resp_h"], v["resp_p"])
	if err != nil {
		return nil, err
	}
	seconds, fraction, _ := strings.Cut(v["ts"], ".")
	micros, err := strconv.ParseInt(seconds+(fraction + "000000")[:6], 10, 64)
	if err != nil {
		return nil, err
	}
	v["orig"] = fmt.Sprint(o.addr, " ", o.port)
	return &row{key: keyOf(v["file"], v["proto"], o, d), orig: o, micros: micros, values: v, tunneled: v["tunneled"] == "1"}, nil
}

func endOf(addr, port string) (end, error) {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return end{}, err
	}
	p, err := strconv.Atoi(port)
	return end{a, p}, err
}

// ours are the columns of the table connections and Zeek's names of the same.
var ours = map[string]string{
	"zeek_conn_state": "conn_state", "zeek_history": "history", "orig_packets": "orig_pkts", "resp_packets": "resp_pkts",
	"orig_ip_bytes": "orig_ip_bytes", "resp_ip_bytes": "resp_ip_bytes", "orig_stream_bytes": "orig_bytes", "resp_stream_bytes": "resp_bytes",
	"community_id": "community_id", "first_frame": "first_frame", "tunnel": "tunnel",
}

// readDataset reads the connections of a dataset.
func readDataset(dir string) ([]*row, error) {
	t, err := dataset.ReadTable(dir, "connections")
	if err != nil {
		return nil, err
	}
	cell := func(name string, i int) string {
		if c := t.Column(name)[i]; !c.Null {
			return c.Text
		}
		return "-"
	}
	var rows []*row
	for i := range t.Rows {
		proto := cell("proto", i)
		ported := proto == "tcp" || proto == "udp" || proto == "icmp"
		port := func(name string) string {
			if p := cell(name, i); ported && p != "-" {
				return p
			}
			return "0"
		}
		if !ported {
			proto = "unknown_transport"
		}
		o, err := endOf(cell("orig_ip", i), port("orig_port"))
		if err != nil {
			return nil, err
		}
		d, err := endOf(cell("resp_ip", i), port("resp_port"))
		if err != nil {
			return nil, err
		}
		ns, _ := strconv.ParseInt(cell("ts_start_ns", i), 10, 64)
		v := map[string]string{"orig": fmt.Sprint(o.addr, " ", o.port)}
		for name, theirs := range ours {
			v[theirs] = cell(name, i)
		}
		rows = append(rows, &row{key: keyOf(cell("file", i), proto, o, d), orig: o, micros: floorMicros(ns), values: v, tunneled: v["tunnel"] != "-"})
	}
	return rows, nil
}

func floorMicros(ns int64) int64 {
	us := ns / 1000
	if ns%1000 < 0 {
		us--
	}
	return us
}
