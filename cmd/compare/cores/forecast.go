package cores

import (
	"fmt"
	"io"
	"time"
)

// A measurement is what the forecast for one mix of traffic rests on, in nanoseconds per packet.
type measurement struct {
	mix        string
	stages     []float64 // CPU time on one core, as the list stages
	cpu        float64   // their sum
	loss       float64   // CPU time with two workers / with one
	speedup    float64   // time on the wall with one worker / with two
	column     float64   // CPU time of the most expensive column
	columnName string
	bytes      float64 // of a packet
}

// shares turns samples into CPU time per packet.
func shares(samples []time.Duration, cpu float64) []float64 {
	total := time.Duration(0)
	for _, d := range samples {
		total += d
	}
	out := make([]float64, len(samples))
	for i, d := range samples {
		out[i] = cpu * d.Seconds() / total.Seconds()
	}
	return out
}

// A bound is a time per packet below which n cores do not get.
type bound struct {
	about string
	ns    float64
}

// bounds returns those for n cores, and the time of the end.
func (m *measurement) bounds(n int) (all []bound, end float64) {
	work := 0.0
	for i, s := range stages {
		ns := m.stages[i]
		if s.after {
			if !s.serial {
				ns /= float64(n)
			}
			end += ns
			continue
		}
		work += ns
		switch {
		case s.serial:
			all = append(all, bound{s.name, ns})
		case s.width > 0:
			all = append(all, bound{s.name, ns / float64(min(n, s.width))})
		}
	}
	loss := 1.0
	if n > 1 {
		loss = max(1, m.loss)
	}
	all = append(all, bound{"column " + m.columnName, m.column}, bound{"number of cores", loss * work / float64(n)})
	return all, end
}

// forecast returns the time per packet with n cores, and what limits it.
func (m *measurement) forecast(n int) (ns float64, limit string) {
	all, end := m.bounds(n)
	longest := all[0]
	for _, b := range all[1:] {
		if b.ns > longest.ns {
			longest = b
		}
	}
	return longest.ns + end, longest.about
}

// next returns what would limit any number of cores if the first limit were gone.
func (m *measurement) next() []bound {
	all, _ := m.bounds(1 << 20)
	var out []bound
	for len(out) < 3 {
		best := -1
		for i, b := range all {
			if best < 0 || b.ns > all[best].ns {
				best = i
			}
		}
		out = append(out, all[best])
		all = append(all[:best], all[best+1:]...)
	}
	return out
}

// numbersOfCores are the columns of the forecast.
var numbersOfCores = []int{1, 2, 4, 8, 16, 32}

func report(w io.Writer, all []*measurement) {
	fmt.Fprintf(w, "| stage, CPU ns per packet on one core | on more cores |")
	for _, m := range all {
		fmt.Fprintf(w, " %s |", m.mix)
	}
	fmt.Fprintf(w, "\n|---|---|")
	for range all {
		fmt.Fprintf(w, "--:|")
	}
	for i, s := range stages {
		how := "parallel"
		switch {
		case s.serial:
			how = "serial"
		case s.width > 0:
			how = fmt.Sprintf("parallel, up to %d", s.width)
		}
		if s.after {
			how += ", after all other work"
		}
		fmt.Fprintf(w, "\n| %s | %s |", s.name, how)
		for _, m := range all {
			fmt.Fprintf(w, " %.0f |", m.stages[i])
		}
	}
	for _, line := range []struct {
		about, format string
		of            func(m *measurement) float64
	}{
		{"all", "%.0f", func(m *measurement) float64 { return m.cpu }},
		{"CPU time with 2 workers / with 1", "%.2f", func(m *measurement) float64 { return m.loss }},
		{"most expensive column of the table packets, a part of encode: " + all[0].columnName, "%.0f", func(m *measurement) float64 { return m.column }},
		{"bytes per packet", "%.0f", func(m *measurement) float64 { return m.bytes }},
	} {
		fmt.Fprintf(w, "\n| %s | |", line.about)
		for _, m := range all {
			fmt.Fprintf(w, " "+line.format+" |", line.of(m))
		}
	}
	for _, m := range all {
		one, _ := m.forecast(1)
		fmt.Fprintf(w, "\n\n| cores, %s | ns per packet | times as fast | GB of capture per second | limit |\n|--:|--:|--:|--:|---|\n", m.mix)
		for _, n := range numbersOfCores {
			ns, limit := m.forecast(n)
			fmt.Fprintf(w, "| %d | %.0f | %.1f | %.1f | %s |\n", n, ns, one/ns, m.bytes/ns, limit)
		}
		fmt.Fprintf(w, "\nMeasured with two workers: %.2f times as fast (forecast %.2f).\nHowever many cores, the limit is", m.speedup, one/first(m.forecast(2)))
		for i, b := range m.next() {
			if i > 0 {
				fmt.Fprintf(w, ",\nthen")
			}
			fmt.Fprintf(w, " %s (%.0f ns)", b.about, b.ns)
		}
		fmt.Fprint(w, ".")
	}
	fmt.Fprintln(w)
}

func first(ns float64, _ string) float64 { return ns }
