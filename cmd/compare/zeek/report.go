package zeek

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

// targets are the least shares of equal rows, in percent, by protocol and column. What is not
// named has none.
var targets = map[string]map[string]float64{
	"tcp": {"conn_state": 99.5, "history": 98, "orig_pkts": 99, "resp_pkts": 99, "orig_bytes": 99, "resp_bytes": 99},
	"udp": {"conn_state": 99, "orig_pkts": 99, "resp_pkts": 99}, "icmp": {"conn_state": 99, "orig_pkts": 99, "resp_pkts": 99},
}

// Of the states of TCP with this many rows or more, this share must be equal.
const (
	stateRows   = 25
	stateTarget = 97.0
)

// A share counts rows.
type share struct{ equal, all int }

func (s share) percent() float64 { return 100 * float64(s.equal) / float64(max(s.all, 1)) }

// report writes the result and returns the number of targets that were missed.
func report(w io.Writer, pairs []pair, extra []*row) (missed int) {
	protos := map[string]map[string]*share{}
	states := map[string]*share{}
	reasons := map[string]int{}
	for _, p := range pairs {
		proto := p.zeek.key.proto
		if protos[proto] == nil {
			protos[proto] = map[string]*share{}
			for _, c := range columns {
				protos[proto][c] = &share{}
			}
		}
		for _, c := range columns {
			s := protos[proto][c]
			s.all++
			if p.ours != nil && !slices.Contains(p.differs, c) {
				s.equal++
			}
		}
		if proto == "tcp" {
			state := p.zeek.values["conn_state"]
			if states[state] == nil {
				states[state] = &share{}
			}
			states[state].all++
			if p.ours != nil && !slices.Contains(p.differs, "conn_state") {
				states[state].equal++
			}
		}
		if p.ours == nil || len(p.differs) > 0 {
			reasons[proto+"\t"+reason(p)]++
		}
	}
	line := func(name, column string, s share, target float64) {
		verdict := ""
		if target > 0 {
			verdict = fmt.Sprintf("  target %.1f", target)
			if s.percent() < target {
				verdict += "  MISSED"
				missed++
			}
		}
		fmt.Fprintf(w, "%-18s %-14s %6d of %6d  %6.2f %%%s\n", name, column, s.equal, s.all, s.percent(), verdict)
	}
	for _, proto := range slices.Sorted(maps.Keys(protos)) {
		for _, c := range columns {
			line(proto, c, *protos[proto][c], targets[proto][c])
		}
	}
	for _, state := range slices.Sorted(maps.Keys(states)) {
		target := 0.0
		if states[state].all >= stateRows {
			target = stateTarget
		}
		line("tcp rows in "+state, "conn_state", *states[state], target)
	}
	fmt.Fprintln(w, "\nrows of conn.log that differ or have no counterpart, by reason:")
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		proto, why, _ := strings.Cut(r, "\t")
		fmt.Fprintf(w, "%6d  %-18s %s\n", reasons[r], proto, why)
	}
	more := map[string]int{}
	for _, r := range extra {
		name := r.key.proto
		if r.tunneled {
			name += ", inside a tunnel"
		}
		more[name]++
	}
	fmt.Fprintln(w, "\nconnections of ours that conn.log does not have:")
	for _, name := range slices.Sorted(maps.Keys(more)) {
		fmt.Fprintf(w, "%6d  %s\n", more[name], name)
	}
	return missed
}

// writeDetails writes a line per difference.
func writeDetails(path string, pairs []pair, extra []*row) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	for _, p := range pairs {
		if p.ours != nil && len(p.differs) == 0 {
			continue
		}
		z := p.zeek
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s", z.key.file, z.key.proto, z.values["ts"], z.values["orig"], reason(p))
		if p.ours == nil {
			fmt.Fprint(w, "\tno counterpart")
		}
		for _, c := range p.differs {
			fmt.Fprintf(w, "\t%s: %s, ours %s", c, z.values[c], p.ours.values[c])
		}
		fmt.Fprintln(w)
	}
	slices.SortStableFunc(extra, func(a, b *row) int { return cmp.Compare(a.key.file, b.key.file) })
	for _, r := range extra {
		fmt.Fprintf(w, "%s\t%s\t-\t%s\tnot in conn.log\tframe %s\n", r.key.file, r.key.proto, r.values["orig"], r.values["first_frame"])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
