package speed

import (
	"strings"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// TestReport wants medians of runs, and ratios between runs of one round.
func TestReport(t *testing.T) {
	all := contestants("/bin/true", "/x.pcap", "/tmp/none")
	times := make([][]tools.Timing, len(all))
	for i := range all {
		all[i].missing = ""
		for round := range 3 {
			d := time.Duration(1+i+round) * time.Second
			times[i] = append(times[i], tools.Timing{CPU: d, Wall: 2 * d, Peak: 10 << 10})
		}
	}
	times[8] = nil
	all[8].missing = "no tshark here"
	var out strings.Builder
	report(&out, all, times)
	want := `| program | runs | CPU s | wall s | peak MiB | both tables / it, CPU |
|---|--:|--:|--:|--:|--:|
| teardown, both tables, 1 worker | 3 | 2.00 | 4.00 | 10 | 1.00 |
| teardown, both tables, 2 workers | 3 | 3.00 | 6.00 | 10 | 0.67 |
| teardown, both tables, 1 worker, two conversions at once | 3 | 4.00 | 8.00 | 10 | 0.50 |
| teardown, connections, 1 worker | 3 | 5.00 | 10.00 | 10 | 0.40 |
| nfpcapd | 3 | 6.00 | 12.00 | 10 | 0.33 |
| argus | 3 | 7.00 | 14.00 | 10 | 0.29 |
| tcptrace --csv | 3 | 8.00 | 16.00 | 10 | 0.25 |
| duckdb, packets rewritten | 3 | 9.00 | 18.00 | 10 | 0.22 |
| tshark -T fields, 20 fields | 0 | no tshark here | | | |

connections / nfpcapd, CPU: 0.83
1 worker / 2 workers, wall: 0.67
two conversions at once, that many times as fast as one after the other: 1.00
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestReportAll(t *testing.T) {
	one := &result{name: "a.pcap", packets: 1000, all: contestants("/bin/true", "/x.pcap", "/tmp/none"), mine: 92, duckdb: 100}
	one.times = make([][]tools.Timing, len(one.all))
	for i := range one.all {
		one.times[i] = []tools.Timing{{CPU: time.Duration(i+1) * time.Second, Wall: time.Duration(10-i) * time.Second}}
	}
	two := *one
	two.name, two.times = "b.pcap", make([][]tools.Timing, len(one.all)) // nothing ran
	var out strings.Builder
	one.reportSizes(&out)
	reportAll(&out, []*result{one, &two})
	reportAll(&out, []*result{one})
	want := `packets: 92 bytes, rewritten by DuckDB: 100 bytes, ratio 0.92
| capture | CPU ns per packet | both tables / nfpcapd | connections / nfpcapd | 1 worker / 2 workers, wall |
|---|--:|--:|--:|--:|
| a.pcap | 1000000 | 0.20 | 0.80 | 1.11 |
| b.pcap | 0 | 0.00 | 0.00 | 0.00 |
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
