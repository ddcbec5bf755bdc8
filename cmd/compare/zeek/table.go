package zeek

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// leastRows is how many connections a line of the table stands for at least; the others are
// added up.
const leastRows = 5

// writeTable writes which endings of ours meet which of Zeek and of Wireshark.
func writeTable(w io.Writer, dir string) error {
	t, err := dataset.ReadTable(dir, "connections")
	if err != nil {
		return err
	}
	type line struct{ teardown, state, completeness string }
	counts := map[line]int{}
	total := 0
	for i := range t.Rows {
		if t.Column("proto")[i].Text != "tcp" {
			continue
		}
		total++
		bits, _ := strconv.Atoi(t.Column("wireshark_completeness")[i].Text)
		counts[line{t.Column("teardown")[i].Text, t.Column("zeek_conn_state")[i].Text, completeness(bits)}]++
	}
	var lines []line
	rest, kinds := 0, 0
	for l, n := range counts {
		if n < leastRows {
			rest += n
			kinds++
			continue
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.teardown, b.teardown), cmp.Compare(counts[b], counts[a]), cmp.Compare(a.state, b.state), cmp.Compare(a.completeness, b.completeness))
	})
	fmt.Fprintln(w, "| our teardown | Zeek's conn_state | Wireshark's completeness | connections |")
	fmt.Fprintln(w, "|---|---|---|---:|")
	for _, l := range lines {
		fmt.Fprintf(w, "| %s | %s | %s | %d |\n", l.teardown, l.state, l.completeness, counts[l])
	}
	fmt.Fprintf(w, "\n%d TCP connections; %d more in %d combinations that have fewer than %d each.\n", total, rest, kinds, leastRows)
	return nil
}

// completeness spells the bits as Wireshark's filter field does.
func completeness(bits int) string {
	if bits == 0 {
		return "-"
	}
	var names []string
	for i, name := range []string{"SYN", "SYN-ACK", "ACK", "DATA", "FIN", "RST"} {
		if bits&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
