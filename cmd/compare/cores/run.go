package cores

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// Run measures the stages and prints the forecast. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("compare cores", flag.ContinueOnError)
	mixes := flags.String("mixes", "medium,small", "kinds of traffic of capgen")
	rounds := flags.Int("rounds", 5, "pairs of runs, with one worker and with two")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if flags.NArg() > 0 || *rounds < 1 {
		flags.Usage()
		return flag.ErrHelp
	}
	work, err := os.MkdirTemp("", "compare-cores-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	column, name, err := mostExpensiveColumn(ctx)
	if err != nil {
		return err
	}
	var all []*measurement
	for mix := range strings.SplitSeq(*mixes, ",") {
		m, err := measure(ctx, mix, work, *rounds)
		if err != nil {
			return err
		}
		m.column, m.columnName = column, name
		all = append(all, m)
	}
	report(os.Stdout, all)
	return nil
}

// bench runs benchmarks of a package and returns what they print.
func bench(ctx context.Context, pkg, pattern string, times int, more ...string) (map[string]metrics, error) {
	args := append([]string{"test", pkg, "-run", "^$", "-bench", pattern, "-benchtime", fmt.Sprintf("%dx", times)}, more...)
	out, err := goTool(ctx, args...)
	if err != nil {
		return nil, err
	}
	return benchmarks(out), nil
}

func goTool(ctx context.Context, args ...string) (string, error) {
	root, err := tools.Root()
	if err != nil {
		return "", err
	}
	var messages strings.Builder
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = root, &messages
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("cores: go %s: %w\n%s%s", strings.Join(args, " "), err, out, messages.String())
	}
	return string(out), nil
}

// each is how many conversions one run of a benchmark has.
const each = 3

// measure profiles the conversion of a mix on one core, in turn with runs on two.
func measure(ctx context.Context, mix, work string, rounds int) (*measurement, error) {
	m := &measurement{mix: mix}
	var cpu, wall [2][]float64
	var losses, speedups []float64
	profiles := []string{"tool", "pprof", "-traces"}
	for round := range rounds {
		for i := range cpu {
			name := fmt.Sprintf("BenchmarkFile/%s/workers=%d", mix, i+1)
			var more []string
			if i == 0 {
				profile := filepath.Join(work, fmt.Sprintf("%s-%d.prof", mix, round))
				more = []string{"-cpuprofile", profile, "-o", filepath.Join(work, "teardown.test")}
				profiles = append(profiles, profile)
			}
			results, err := bench(ctx, "./cmd/teardown", "^"+strings.ReplaceAll(name, "/", "$/^")+"$", each, more...)
			if err != nil {
				return nil, err
			}
			r, ok := results[name]
			if !ok {
				return nil, fmt.Errorf("cores: there is no benchmark %s", name)
			}
			cpu[i], wall[i], m.bytes = append(cpu[i], r["cpu-ns/packet"]), append(wall[i], r["ns/packet"]), r["B/packet"]
		}
		losses = append(losses, cpu[1][round]/cpu[0][round])
		speedups = append(speedups, wall[0][round]/wall[1][round])
	}
	text, err := goTool(ctx, profiles...)
	if err != nil {
		return nil, err
	}
	samples, err := traces(text)
	if err != nil {
		return nil, err
	}
	m.cpu, m.loss, m.speedup = tools.Median(cpu[0]), tools.Median(losses), tools.Median(speedups)
	m.stages = shares(samples, m.cpu)
	return m, nil
}

// mostExpensiveColumn returns CPU time per row and name.
func mostExpensiveColumn(ctx context.Context) (ns float64, name string, err error) {
	results, err := bench(ctx, "./export", "^BenchmarkColumn$", each)
	if err != nil {
		return 0, "", err
	}
	for bench, m := range results {
		_, column, _ := strings.Cut(bench, "/")
		if v := m["cpu-ns/row"]; v > ns || v == ns && column < name {
			ns, name = v, column
		}
	}
	if ns == 0 {
		return 0, "", fmt.Errorf("cores: there is no benchmark of columns")
	}
	return ns, name, nil
}
