package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
)

// Null is how tables write a value that is not there.
const Null = "-"

// A Column is a column of a want section.
type Column struct {
	Name  string
	Frame bool   // its numbers are frames
	Usual string // the value where the section leaves the column out
}

// The first column of each table is the scenario's own: it numbers frames and connections.
const (
	numberOfFrame      = "frame"
	numberOfConnection = "conn"
)

// PacketColumns are the columns that the section "want packets" compares. conn is the number of
// the connection in the scenario.
var PacketColumns = columns(&schemas.Packets, numberOfFrame, numberOfConnection, "direction", "conn_phase", "segment_kind", "rule", "tcp_seq_rel",
	"tcp_ack_rel", "tcp_window_scaled", "rst_form", "rst_role", "rst_offender_frame")

// ConnectionColumns are the columns that the section "want connections" compares.
var ConnectionColumns = columns(&schemas.Connections, numberOfConnection, "first_frame", "last_frame", "pickup", "direction_basis",
	"orig_packets", "resp_packets", "orig_payload_bytes", "resp_payload_bytes",
	"orig_syn_count", "resp_syn_count", "orig_fin_count", "resp_fin_count", "orig_rst_count", "resp_rst_count",
	"orig_retransmissions", "resp_retransmissions", "orig_out_of_order", "resp_out_of_order", "orig_dup_acks", "resp_dup_acks",
	"orig_zero_windows", "resp_zero_windows", "orig_keep_alives", "resp_keep_alives", "orig_missing_bytes", "resp_missing_bytes",
	"handshake_rtt_ns", "orig_rtt_ns", "resp_rtt_ns", "orig_mss", "resp_mss", "orig_window_scale", "resp_window_scale", "orig_sack", "resp_sack",
	"late_packets", "teardown", "teardown_class", "teardown_side", "fin_variant", "teardown_frame", "teardown_rule",
	"first_rst_frame", "first_rst_form", "first_rst_role", "first_rst_effect", "first_rst_offender_frame", "first_rst_window", "first_rst_payload_text",
	"rst_ignored", "dup_capture", "capture_loss", "stalled", "keepalive_race",
	"rst_origin", "origin_score", "middlebox_mode", "cause", "cause_class", "cause_confidence", "cause_tier", "cause_alternatives", "cause_evidence",
	"cause_rule", "reason_code")

// columns describes columns of a table. What is counted is usually 0, what is a flag usually
// false, everything else usually not there.
func columns(t *schemas.Table, names ...string) []Column {
	var out []Column
	for _, n := range names {
		c := Column{Name: n, Usual: Null, Frame: n == numberOfFrame || strings.HasSuffix(n, "_frame")}
		if def := t.Lookup(n); def != nil {
			counted := strings.HasPrefix(n, "orig_") || strings.HasPrefix(n, "resp_") || strings.HasSuffix(n, "_packets")
			switch {
			case def.Type == schemas.Bool && !strings.HasSuffix(n, "_sack"):
				c.Usual = "false"
			case def.Type == schemas.Int64 && counted && !strings.HasSuffix(n, "_ns"):
				c.Usual = "0"
			}
		} else if n != numberOfConnection {
			panic("scenario: no column " + n)
		}
		out = append(out, c)
	}
	return out
}

// A Row has the values of one frame or connection as text, by column; a value that is not there
// is null.
type Row map[string]string

func (r Row) get(name string) string {
	if v, ok := r[name]; ok {
		return v
	}
	return Null
}

// A Table is rows in order. Every row has all columns.
type Table struct{ Rows []Row }

func find(cols []Column, name string) (int, error) {
	i := slices.IndexFunc(cols, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return 0, fmt.Errorf("unknown column %q", name)
	}
	return i, nil
}

// checkWord refuses values that a column of words cannot have.
func checkWord(table *schemas.Table, column, value string) error {
	c := table.Lookup(column)
	if c == nil || c.Words == nil || value == Null {
		return nil
	}
	for _, word := range strings.Split(value, ",") {
		if c.Words.Number(word) == 0 {
			return fmt.Errorf("column %s has no word %q", column, word)
		}
	}
	return nil
}

func usualRow(cols []Column) Row {
	r := Row{}
	for _, c := range cols {
		r[c.Name] = c.Usual
	}
	return r
}

// parseTable reads a head with the names of columns and a line per row.
func parseTable(lines []string, cols []Column) (*Table, int, error) {
	t := &Table{}
	var head []string
	at, err := eachLine(lines, func(words []string) error {
		if head == nil {
			head = words
			last := -1
			for _, name := range head {
				i, err := find(cols, name)
				if err != nil {
					return err
				}
				if i <= last {
					return fmt.Errorf("column %s is not in its place", name)
				}
				last = i
			}
			return nil
		}
		if len(words) != len(head) {
			return fmt.Errorf("%d values for %d columns", len(words), len(head))
		}
		r := usualRow(cols)
		for i, w := range words {
			if err := checkWord(&schemas.Packets, head[i], w); err != nil {
				return err
			}
			r[head[i]] = w
		}
		t.Rows = append(t.Rows, r)
		return nil
	})
	return t, at, err
}

// parseTransposed reads a line per column with a value for every row.
func parseTransposed(lines []string, cols []Column) (*Table, int, error) {
	t := &Table{}
	last := -1
	at, err := eachLine(lines, func(words []string) error {
		i, err := find(cols, words[0])
		if err != nil {
			return err
		}
		if i <= last {
			return fmt.Errorf("column %s is not in its place", words[0])
		}
		last = i
		if t.Rows == nil {
			for range words[1:] {
				t.Rows = append(t.Rows, usualRow(cols))
			}
		}
		if len(words)-1 != len(t.Rows) {
			return fmt.Errorf("%d values for %d connections", len(words)-1, len(t.Rows))
		}
		for n, w := range words[1:] {
			if err := checkWord(&schemas.Connections, words[0], w); err != nil {
				return err
			}
			t.Rows[n][words[0]] = strings.Trim(w, `"`)
		}
		return nil
	})
	return t, at, err
}

// format writes the table; the columns after the window are left out where no row has a value.
func (t *Table) format(cols []Column) string {
	var lines [][]string
	shown := slices.DeleteFunc(slices.Clone(cols), func(c Column) bool {
		return strings.HasPrefix(c.Name, "rst_") && !slices.ContainsFunc(t.Rows, func(r Row) bool { return r.get(c.Name) != c.Usual })
	})
	var head []string
	for _, c := range shown {
		head = append(head, c.Name)
	}
	lines = append(lines, head)
	for _, r := range t.Rows {
		var line []string
		for _, c := range shown {
			line = append(line, r.get(c.Name))
		}
		lines = append(lines, line)
	}
	return align(lines)
}

// formatTransposed writes a line per column that is not as usual everywhere.
func (t *Table) formatTransposed(cols []Column) string {
	var lines [][]string
	for i, c := range cols {
		if i > 0 && !slices.ContainsFunc(t.Rows, func(r Row) bool { return r.get(c.Name) != c.Usual }) {
			continue
		}
		line := []string{c.Name}
		for _, r := range t.Rows {
			value := r.get(c.Name)
			if strings.ContainsAny(value, " <#") { // what a line takes for more than a word
				value = `"` + value + `"`
			}
			line = append(line, value)
		}
		lines = append(lines, line)
	}
	return align(lines)
}

// align writes lines of words in columns.
func align(lines [][]string) string {
	var width []int
	for _, l := range lines {
		for i, w := range l {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len(w))
		}
	}
	var b strings.Builder
	for _, l := range lines {
		text := ""
		for i, w := range l {
			text += fmt.Sprintf("%-*s  ", width[i], w)
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}
