package analysis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// packetsOf makes a table of frame, segment_kind and rule, numbered from 1; an empty kind is null.
func packetsOf(t *testing.T, kinds ...string) *dataset.Table {
	t.Helper()
	type row struct {
		Frame int64   `parquet:"frame"`
		Kind  *string `parquet:"segment_kind,optional"`
		Rule  *string `parquet:"rule,optional"`
	}
	var rows []row
	for i, k := range kinds {
		r := row{Frame: int64(i + 1)}
		if k != "" {
			rule := "r-" + k
			r.Kind, r.Rule = &k, &rule
		}
		rows = append(rows, r)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "packets"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := parquet.WriteFile(filepath.Join(dir, "packets", "part-00000.parquet"), rows); err != nil {
		t.Fatal(err)
	}
	table, err := dataset.ReadTable(dir, "packets")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestTally counts what both name, what only one names, and what the other says then; packets
// without a kind do not count, and a FIN that is sent again is a retransmission, too.
func TestTally(t *testing.T) {
	total := newTally(1)
	total.add("a.pcap", packetsOf(t, "syn", "retransmission", "fin_retransmission", "", "data", "data", "dup_ack"), map[string][]string{
		"2": {"retransmission", "spurious_retransmission"},
		"4": {"retransmission"}, // of a packet that we do not classify
		"5": {"retransmission"},
		"7": {"window_update"},
	})
	total.add("b.pcap", packetsOf(t, "fin_retransmission", "keep_alive"), map[string][]string{"2": {"keep_alive"}})
	var out strings.Builder
	total.write(&out, 2)
	want := `8 TCP packets of 2 captures.

| kind | both | only ours | only Wireshark's | agreement |
|---|--:|--:|--:|--:|
| retransmission | 1 | 2 | 1 | 25.0 % |
| out of order | 0 | 0 | 0 | - |
| keep-alive | 1 | 0 | 0 | 100.0 % |
| keep-alive ACK | 0 | 0 | 0 | - |
| zero window | 0 | 0 | 0 | - |
| zero-window probe | 0 | 0 | 0 | - |
| duplicate ACK | 0 | 1 | 0 | 0.0 % |
| window update | 0 | 0 | 1 | 0.0 % |

| kind, only ours | our rule / Wireshark's flags | packets |
|---|---|--:|
| duplicate ACK | r-dup_ack / window_update (a.pcap 7) | 1 |
| retransmission | r-fin_retransmission / no flag (a.pcap 3) | 2 |

| kind, only theirs | Wireshark's flags / our rule | packets |
|---|---|--:|
| retransmission | retransmission / r-data (a.pcap 5) | 1 |
| window update | window_update / r-dup_ack (a.pcap 7) | 1 |
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
