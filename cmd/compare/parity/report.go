package parity

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// A report adds up what comparing many captures found.
type report struct {
	captures, unread     int
	packets, connections int
	cells                int
	differ               map[string]int // cells by column
	exceptions           map[string]int
	failures             int
	examples             int
	out                  io.Writer
}

func newReport(out io.Writer, examples int) *report {
	return &report{out: out, examples: examples, differ: map[string]int{}, exceptions: map[string]int{}}
}

// add adds one capture and prints the first differences of each column.
func (r *report) add(c *comparison) {
	if c == nil {
		r.unread++
		return
	}
	r.captures++
	r.packets += c.packets
	r.connections += c.connections
	r.cells += c.cells
	for why, n := range c.exceptions {
		r.exceptions[why] += n
	}
	for _, d := range c.differences {
		if r.differ[d.column]++; r.differ[d.column] <= r.examples {
			fmt.Fprintf(r.out, "%s frame %s: %s is %s, the plugin has %s\n", d.capture, d.frame, d.column, d.ours, d.plugin)
		}
	}
	for _, f := range c.failures {
		if r.failures++; r.failures <= 10*r.examples {
			fmt.Fprintln(r.out, f)
		}
	}
}

func counted(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(parts, ", ")
}

// summary prints the totals and returns an error if anything differs.
func (r *report) summary() error {
	fmt.Fprintf(r.out, "%d captures (%d more hold nothing to read), %d TCP packets, %d TCP connections, %d cells compared with the plugin\n",
		r.captures, r.unread, r.packets, r.connections, r.cells)
	if len(r.exceptions) > 0 {
		fmt.Fprintf(r.out, "packets that only the plugin decodes: %s\n", counted(r.exceptions))
	}
	total := 0
	for _, n := range r.differ {
		total += n
	}
	switch {
	case total > 0:
		fmt.Fprintf(r.out, "cells that differ: %s\n", counted(r.differ))
		return fmt.Errorf("%d cells differ, %d other failures", total, r.failures)
	case r.failures > 0:
		return fmt.Errorf("%d failures", r.failures)
	case r.packets == 0:
		return fmt.Errorf("nothing was compared")
	}
	return nil
}
