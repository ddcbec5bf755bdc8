package tshark

import (
	"slices"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// escape writes a text as tshark does: interfaces may have any name.
var escape = strings.NewReplacer("\r", `\r`, "\n", `\n`, "\t", `\t`)

// A difference is a cell where the converter and tshark do not agree.
type difference struct {
	capture    string
	column     string
	mine       dataset.Cell
	theirs     dataset.Cell
	frame      *frame
	packet     *packet
	ours       func(column string) dataset.Cell // the other cells of our row
	renumbered bool                             // an earlier frame of the file held TCP that is still to come
	reason     *reason                          // nil: unexplained
}

// A comparison is what comparing one capture found.
type comparison struct {
	rows        int // compared
	cells       map[string]int
	differences []*difference
}

// compareRows compares the rows of a capture with its frames, one by one.
func compareRows(capture string, frames []frame, packets *dataset.Table) comparison {
	result := comparison{rows: min(len(frames), packets.Rows), cells: map[string]int{}}
	renumbered := false
	for i := range result.rows {
		f := &frames[i]
		p := innermost(f)
		ours := func(column string) dataset.Cell {
			if cells := packets.Column(column); cells != nil {
				return cells[i]
			}
			return dataset.None
		}
		tcpToCome := false
		for _, c := range columns {
			theirs, ok := c.theirs(f, &p)
			if !ok {
				continue
			}
			result.cells[c.name]++
			mine := ours(c.name)
			mine.Text = escape.Replace(mine.Text)
			if mine == theirs {
				continue
			}
			d := &difference{capture: capture, column: c.name, mine: mine, theirs: theirs,
				frame: f, packet: &p, ours: ours, renumbered: renumbered}
			d.reason = explain(d)
			tcpToCome = tcpToCome || d.reason != nil && d.reason.kind == coming && p.tcps > 0
			result.differences = append(result.differences, d)
		}
		renumbered = renumbered || tcpToCome
	}
	return result
}

// rowsWith counts the rows that have a difference for which keep holds.
func (c *comparison) rowsWith(keep func(*difference) bool) int {
	var rows []*frame
	for _, d := range c.differences {
		if keep(d) && !slices.Contains(rows[max(0, len(rows)-1):], d.frame) {
			rows = append(rows, d.frame)
		}
	}
	return len(rows)
}
