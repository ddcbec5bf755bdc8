package zeek

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const header = "file,ts,orig_h,orig_p,resp_h,resp_p,proto,conn_state,history,orig_pkts,resp_pkts,orig_ip_bytes,resp_ip_bytes,orig_bytes,resp_bytes,community_id,tunneled\n"

// readText reads a conn.log given as text.
func readText(t *testing.T, text string) []*row {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte(header+text), 0o644); err != nil {
		t.Fatal(err)
	}
	rows, err := readLog(path)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestMatch pairs rows by time and reports what differs.
func TestMatch(t *testing.T) {
	log := readText(t, "a.pcap,1.000001,10.0.0.1,5,10.0.0.2,80,tcp,S0,S,1,0,40,0,-,-,1:x,0\n"+
		"a.pcap,9.5,10.0.0.1,5,10.0.0.2,80,tcp,S0,S,1,0,40,0,-,-,1:x,0\n"+
		"b.pcap,1.0,10.0.0.1,5,10.0.0.2,2152,udp,S0,D,1,0,40,0,-,-,1:x,0\n"+
		"b.pcap,1.0,10.0.0.1,5,10.0.0.1,6,tcp,S0,S,1,0,40,0,-,-,1:x,0\n")
	mine := readText(t, "a.pcap,1.000002,10.0.0.2,80,10.0.0.1,5,tcp,OTH,S,1,0,40,0,0,0,1:x,0\n"+
		"a.pcap,8.5,10.0.0.1,5,10.0.0.2,80,tcp,S0,S,1,0,40,0,-,-,1:x,0\n"+
		"b.pcap,1.0,10.0.0.1,5,10.0.0.1,6,tcp,S0,S,1,0,40,0,-,-,1:y,0\n")
	pairs, extra := match(log, mine)
	var got []string
	for _, p := range pairs {
		text := "none"
		if p.ours != nil {
			text = strings.Join(p.differs, " ")
		}
		got = append(got, text+": "+reason(p))
	}
	want := []string{"orig conn_state: " + reasonNone, "none: " + reasonNone, "none: " + reasonOuter, "community_id: " + reasonPorts}
	if !slices.Equal(got, want) || len(extra) != 1 {
		t.Errorf("got %q and %d extra rows, want %q and 1", got, len(extra), want)
	}
	var b strings.Builder
	if missed := report(&b, pairs, extra); missed == 0 {
		t.Errorf("no target missed:\n%s", b.String())
	}
}

func TestCompleteness(t *testing.T) {
	if got := completeness(1 | 2 | 32); got != "SYN, SYN-ACK, RST" {
		t.Error(got)
	}
}
