package tshark

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// found makes a comparison of rows of which some differ, one difference per name
// of a reason in order; "" is unexplained.
func found(rows int, names ...string) comparison {
	c := comparison{rows: rows, cells: map[string]int{"src_port": rows}}
	for _, name := range names {
		f := line("frame.number=1 frame.protocols=eth")
		d := &difference{column: "src_port", mine: dataset.Text("1"), theirs: dataset.Text("2"), frame: f,
			ours: func(string) dataset.Cell { return dataset.None }}
		for i := range reasons {
			if reasons[i].name == name {
				d.reason = &reasons[i]
			}
		}
		c.differences = append(c.differences, d)
	}
	return c
}

func TestSummary(t *testing.T) {
	for _, test := range []struct {
		name     string
		found    comparison
		failures []string
		want     string // the line of rows
		fails    bool
	}{
		{"all equal", found(100), nil, "0 unexplained, 0 meant, 0 given by definition, 0 for what is to come", false},
		{"one of each", found(2000, "", "IP length 0", "tunnel to come", "length beyond 31 bits"), nil,
			"1 unexplained, 1 meant, 1 given by definition, 1 for what is to come", false},
		{"one in a thousand without reason", found(1000, ""), nil, "1 unexplained, 0 meant", true},
		{"a wrong count", found(100), []string{"x.pcap: 1 rows, tshark counts 2 frames"}, "0 unexplained", true},
	} {
		var messages, out bytes.Buffer
		r := newReport(&messages, 5)
		r.add(test.found, test.failures)
		err := r.summary(&out)
		if (err != nil) != test.fails {
			t.Errorf("%s: error is %v", test.name, err)
		}
		if !strings.Contains(out.String(), "rows that differ: "+test.want) {
			t.Errorf("%s: got\n%swant %s", test.name, out.String(), test.want)
		}
		if bad := strings.Contains(test.want, "1 unexplained"); bad != strings.Contains(messages.String(), "src_port is 1, tshark has 2") {
			t.Errorf("%s: messages are %q", test.name, messages.String())
		}
	}
}
