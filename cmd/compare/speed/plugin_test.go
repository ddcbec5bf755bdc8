package speed

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

func TestReportPlugin(t *testing.T) {
	one := &pluginTiming{name: "x.pcap", answers: make([]answer, len(questions))}
	for i, ms := range [][2]int{{1000, 2000}, {500, 1504}, {1500, 3000}} {
		a := &one.answers[i]
		a.packets = 1000
		if i > 0 {
			a.values = int64(4000 * i)
		}
		for round := range 3 {
			for which := range a.times {
				d := time.Duration(ms[which]+100*round*which) * time.Millisecond
				a.times[which] = append(a.times[which], tools.Timing{CPU: d})
			}
		}
	}
	var out strings.Builder
	reportPlugin(&out, questions, []*pluginTiming{one})
	want := `tshark -n -r (a line per packet), CPU time.

| capture | packets | runs | without | with | ratio | lowest | highest | µs per packet |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
| x.pcap | 1000 | 3 | 1.00 s | 2.10 s | 2.10 | 2.00 | 2.20 | 1100.0 |

tshark -n -r -T fields (fields, one pass: those of packets have values), CPU time. With the plugin, its N fields are asked for beside 2 of tshark's.

| capture | packets | runs | without | with | ratio | lowest | highest | µs per packet | values per packet | µs per value |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| x.pcap | 1000 | 3 | 0.50 s | 1.60 s | 3.21 | 3.01 | 3.41 | 1104.0 | 4.0 | 1.00 |

tshark -n -r -2 -T fields (fields, two passes: those of connections, too), CPU time. With the plugin, its N fields are asked for beside 2 of tshark's.

| capture | packets | runs | without | with | ratio | lowest | highest | µs per packet | values per packet | µs per value |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
| x.pcap | 1000 | 3 | 1.50 s | 3.10 s | 2.07 | 2.00 | 2.13 | 1600.0 | 8.0 | 62.50 |
`
	want = strings.ReplaceAll(want, "its N fields", fmt.Sprintf("its %d fields", len(pluginFields())))
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestCells counts values behind the two own fields, wherever the text is cut.
func TestCells(t *testing.T) {
	const text = "1\t0\tsyn\t\tx\n2\t\t\t\t\n3\t1\ta,b\tc\td\n"
	for cut := range text {
		var c cells
		c.Write([]byte(text[:cut]))
		c.Write([]byte(text[cut:]))
		if c.lines != 3 || c.values != 5 {
			t.Fatalf("cut at %d: %d lines, %d values", cut, c.lines, c.values)
		}
	}
}
