package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pcap-teardown/teardown/schemas"
)

// closing is the summary at the end of a run.
func (r *run) closing() string {
	t := r.tally
	var b strings.Builder
	if r.opt.output != "" && r.opt.output != stdoutName {
		fmt.Fprintf(&b, "%s: ", r.opt.output)
	}
	rows := count(r.packets, "packet", "packets")
	if !r.decode {
		rows += " and " + count(t.connections, "connection", "connections")
	}
	fmt.Fprintf(&b, "%s from %s (%s)\n", rows,
		count(int64(r.captures()), "capture", "captures"), seconds(time.Since(r.started)))
	b.WriteString(r.missing())
	if t.connections > 0 {
		var protocols []string
		for _, p := range ranked(schemas.ProtoWords, t.proto) {
			protocols = append(protocols, thousands(p.Connections)+" "+p.Word)
		}
		fmt.Fprintf(&b, "protocols: %s\n", strings.Join(protocols, ", "))
	}
	endings := ranked(schemas.TeardownWords, t.teardown)
	causes := ranked(schemas.CauseWords, t.cause)
	field := func(column string) string {
		if !r.filters {
			return ""
		}
		return "teardown." + schemas.Connections.Lookup(column).Wireshark
	}
	writeCounts(&b, "how TCP connections ended", endings, t.tcp, field("teardown"))
	writeCounts(&b, "probable causes", causes, t.tcp, field("cause"))
	return strings.TrimRight(b.String(), "\n")
}

// missing says what is not in the output: packets that were not asked for, and inputs with problems,
// whose messages may have scrolled away by now.
func (r *run) missing() string {
	var b strings.Builder
	var parts []string
	for _, o := range r.selected.omissions() {
		if o.frames > 0 {
			parts = append(parts, count(o.frames, "packet", "packets")+" by "+o.flags)
		}
	}
	if len(parts) > 0 {
		fmt.Fprintf(&b, "left out: %s\n", strings.Join(parts, ", "))
	}
	unread, damaged := int64(0), int64(0)
	for i := range r.reports {
		switch rep := &r.reports[i]; {
		case rep.problem != nil && !errors.Is(rep.problem, errInterrupted):
			unread++
		case len(rep.stats.Damage) > 0:
			damaged++
		}
	}
	parts = nil
	if unread > 0 {
		parts = append(parts, count(unread, "input was", "inputs were")+" not read")
	}
	if damaged > 0 {
		parts = append(parts, count(damaged, "input is", "inputs are")+" damaged")
	}
	if len(parts) > 0 {
		fmt.Fprintf(&b, "problems: %s\n", strings.Join(parts, ", "))
	}
	return b.String()
}

// captures returns how many inputs were captures.
func (r *run) captures() int {
	n := 0
	for i := range r.reports {
		if r.reports[i].read {
			n++
		}
	}
	return n
}

// writeCounts writes a table of words with their counts and shares of the whole; with a field
// of the plugin, also the display filter that shows each in Wireshark.
func writeCounts(b *strings.Builder, title string, counts []wordCount, whole int64, field string) {
	if len(counts) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, c := range counts {
		filter := ""
		if field != "" {
			filter = fmt.Sprintf("%s == %q\t", field, c.Word)
		}
		fmt.Fprintf(w, "  %*s  %5.1f %%\t%s\t%s\t%s%s\n", len(thousands(counts[0].Connections)), thousands(c.Connections),
			100*float64(c.Connections)/float64(whole), c.Word, c.Class, filter, c.Meaning)
	}
	w.Flush()
}

// seconds writes a duration with as many digits as matter to a person.
func seconds(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
