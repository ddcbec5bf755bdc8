package tshark

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// A report adds up what comparing many captures found.
type report struct {
	captures, rows  int
	unexplained     int            // rows with a difference that has no reason
	byKind          map[kind]int   // rows with a difference of that kind and none above it in the list of kinds
	cells           map[string]int // compared, by column
	differ          map[string]map[string]int
	shown           map[string]int // unexplained differences by column, printed or not
	failures        []string       // of counts, statuses and bytes, one line each
	details         *bufio.Writer  // every difference as a line of tab-separated text; nil: none
	messages        io.Writer
	examplesPerKind int
}

func newReport(messages io.Writer, examples int) *report {
	return &report{cells: map[string]int{}, differ: map[string]map[string]int{}, shown: map[string]int{},
		byKind:   map[kind]int{},
		messages: messages, examplesPerKind: examples}
}

// writeDetails makes the report write every difference to a file.
func (r *report) writeDetails(path string) (close func() error, err error) {
	out, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	r.details = bufio.NewWriter(out)
	fmt.Fprintln(r.details, "capture\tframe\tcolumn\tours\ttshark\treason\tprotocols\tdecode_error")
	return func() error { return cmp.Or(r.details.Flush(), out.Close()) }, nil
}

const unexplained = "unexplained"

func (d *difference) reasonName() string {
	if d.reason == nil {
		return unexplained
	}
	return d.reason.name
}

// add adds the comparison of one capture.
func (r *report) add(c comparison, failures []string) {
	r.captures++
	r.rows += c.rows
	for name, n := range c.cells {
		r.cells[name] += n
	}
	var without, with int // rows counted so far
	without = c.rowsWith(func(d *difference) bool { return d.reason == nil })
	r.unexplained += without
	for k := meant; k <= coming; k++ {
		with = c.rowsWith(func(d *difference) bool { return d.reason == nil || d.reason.kind <= k })
		r.byKind[k] += with - without
		without = with
	}
	for _, d := range c.differences {
		name := d.reasonName()
		if r.differ[name] == nil {
			r.differ[name] = map[string]int{}
		}
		r.differ[name][d.column]++
		if d.reason == nil {
			r.shown[d.column]++
			if r.shown[d.column] <= r.examplesPerKind {
				fmt.Fprintf(r.messages, "%s frame %s: %s is %s, tshark has %s (%s)\n", d.capture, d.frame.one("frame.number"),
					d.column, d.mine, d.theirs, strings.Join(d.frame.protocols, ":"))
			}
		}
		if r.details != nil {
			line := fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", d.capture, d.frame.one("frame.number"), d.column,
				d.mine, d.theirs, name, strings.Join(d.frame.protocols, ":"), d.ours("decode_error"))
			fmt.Fprintln(r.details, line)
		}
	}
	for _, f := range failures {
		fmt.Fprintln(r.messages, f)
	}
	r.failures = append(r.failures, failures...)
}

// allowed is the part of all rows that may differ: 1 in 1,000.
const allowed = 1000

// many rows are enough for the part of those that differ as meant to say something.
const many = 100_000

// summary prints the totals and returns an error if the comparison failed.
func (r *report) summary(out io.Writer) error {
	total := 0
	for _, n := range r.cells {
		total += n
	}
	fmt.Fprintf(out, "%d captures, %d rows, %d cells compared with tshark\n", r.captures, r.rows, total)
	fmt.Fprintf(out, "rows that differ: %d unexplained, %d meant, %d given by definition, %d for what is to come (docs/differences.md)\n",
		r.unexplained, r.byKind[meant], r.byKind[given], r.byKind[coming])
	for _, name := range slices.Sorted(maps.Keys(r.differ)) {
		var parts []string
		for _, c := range columns {
			if n := r.differ[name][c.name]; n > 0 {
				parts = append(parts, fmt.Sprintf("%s %d", c.name, n))
			}
		}
		fmt.Fprintf(out, "  %s: cells of %s\n", name, strings.Join(parts, ", "))
	}
	var wrong []string
	if len(r.failures) > 0 {
		wrong = append(wrong, fmt.Sprintf("%d counts, statuses or files are wrong", len(r.failures)))
	}
	if r.unexplained*allowed >= r.rows && r.unexplained > 0 {
		wrong = append(wrong, fmt.Sprintf("%d of %d rows differ without a reason", r.unexplained, r.rows))
	}
	if n := r.byKind[meant]; n*allowed >= r.rows && r.rows > many {
		wrong = append(wrong, fmt.Sprintf("%d of %d rows differ as meant: too many", n, r.rows))
	}
	if wrong != nil {
		return fmt.Errorf("%s", strings.Join(wrong, "; "))
	}
	return nil
}
