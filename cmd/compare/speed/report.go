package speed

import (
	"fmt"
	"io"
	"slices"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// report prints medians, and the ratios that the project's bars are about.
func report(w io.Writer, all []contestant, times [][]tools.Timing) {
	fmt.Fprintf(w, "| program | runs | CPU s | wall s | peak MiB | both tables / it, CPU |\n|---|--:|--:|--:|--:|--:|\n")
	base := find(all, times, bothTables)
	for i, c := range all {
		t := times[i]
		if len(t) == 0 {
			why := "not asked for"
			if c.missing != "" {
				why = c.missing
			}
			fmt.Fprintf(w, "| %s | 0 | %s | | | |\n", c.name, why)
			continue
		}
		fmt.Fprintf(w, "| %s | %d | %.2f | %.2f | %d | %.2f |\n", c.name, len(t), median(t, cpu), median(t, wall), int(median(t, peak)),
			ratio(base, t, cpu))
	}
	fmt.Fprintf(w, "\nconnections / nfpcapd, CPU: %.2f\n", ratio(find(all, times, connections), find(all, times, nfpcapd), cpu))
	fmt.Fprintf(w, "1 worker / 2 workers, wall: %.2f\n", ratio(base, find(all, times, twoWorkers), wall))
	fmt.Fprintf(w, "two conversions at once, that many times as fast as one after the other: %.2f\n",
		2*ratio(base, find(all, times, twoAtOnce), wall))
}

func find(all []contestant, times [][]tools.Timing, name string) []tools.Timing {
	return times[slices.IndexFunc(all, func(c contestant) bool { return c.name == name })]
}

// reportSizes prints what the table packets and DuckDB's file take.
func (r *result) reportSizes(w io.Writer) {
	if r.duckdb > 0 {
		fmt.Fprintf(w, "packets: %d bytes, rewritten by DuckDB: %d bytes, ratio %.2f\n", r.mine, r.duckdb, float64(r.mine)/float64(r.duckdb))
	}
}

// reportAll prints a line per capture, where there are several.
func reportAll(w io.Writer, results []*result) {
	if len(results) < 2 {
		return
	}
	fmt.Fprintf(w, "| capture | CPU ns per packet | both tables / nfpcapd | connections / nfpcapd | 1 worker / 2 workers, wall |\n|---|--:|--:|--:|--:|\n")
	for _, r := range results {
		base, meter := find(r.all, r.times, bothTables), find(r.all, r.times, nfpcapd)
		fmt.Fprintf(w, "| %s | %.0f | %.2f | %.2f | %.2f |\n", r.name, median(base, cpu)*1e9/float64(max(r.packets, 1)), ratio(base, meter, cpu),
			ratio(find(r.all, r.times, connections), meter, cpu), ratio(base, find(r.all, r.times, twoWorkers), wall))
	}
}

func cpu(t tools.Timing) float64  { return t.CPU.Seconds() }
func wall(t tools.Timing) float64 { return t.Wall.Seconds() }
func peak(t tools.Timing) float64 { return float64(t.Peak) / 1024 }

func median(t []tools.Timing, of func(tools.Timing) float64) float64 {
	var x []float64
	for _, v := range t {
		x = append(x, of(v))
	}
	return tools.Median(x)
}

// ratio returns the median of the ratios of runs of one round, 0 where there are none.
func ratio(a, b []tools.Timing, of func(tools.Timing) float64) float64 {
	var x []float64
	for i := range min(len(a), len(b)) {
		x = append(x, of(a[i])/of(b[i]))
	}
	return tools.Median(x)
}
