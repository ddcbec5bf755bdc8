package cores

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// shards is how many parts the work on connections has; package classify has the number.
const shards = 64

// A stage is known by a function, or by a type that has all its methods, that is on the stack of its samples, whether the
// compiler inlines it or not. A test holds that a conversion calls each of them.
type stage struct {
	name, function string // the function with its package: export.(*pipeline).run
	serial         bool
	width          int  // goroutines at most of a parallel stage, 0 for any number
	after          bool // belongs to the end
	rare           bool // may have no samples
}

// stages are in the order in which they claim samples: a function that others call comes first. Where there are few
// workers, the goroutine that reads decodes, too, and the one that writes rows encodes them.
var stages = []stage{
	{name: "write row groups to the file", function: "export.(*parquetFile).commit", serial: true, rare: true},
	{name: "encode", function: "export.(*pipeline).see"},
	{name: "end: rows of connections that are still open", function: "classify.(*collector).write", after: true, rare: true},
	{name: "end: finding these connections", function: "classify.(*collector).end", serial: true, after: true, rare: true},
	{name: "end: closing the files", function: "cmd/teardown.(*datasetOutput).finish", serial: true, after: true, rare: true},
	{name: "decode", function: "capture.(*decoder)"},
	{name: "read: records of the capture", function: "capture.(*Stream).read", serial: true},
	{name: "prepare: flow key, hash, clock", function: "classify.(*preparer).prepare", serial: true},
	{name: "classify", function: "classify.(*Classifier).work", width: shards},
	{name: "collect: streams, finished connections, what is known of hosts", function: "classify.(*collector).collect", serial: true},
	{name: "runtime and the rest", function: "", rare: true},
}

// The benchmark makes its capture before it converts it.
var generator = "capgen/mix."

// traces adds up the samples of each stage in what go tool pprof -traces prints.
func traces(text string) ([]time.Duration, error) {
	sums := make([]time.Duration, len(stages))
	blocks := strings.Split(text, "-----------+-------------------------------------------------------\n")
	for _, b := range blocks[1:] {
		if strings.TrimSpace(b) == "" {
			continue
		}
		m := sample.FindStringSubmatch(b)
		if m == nil {
			return nil, fmt.Errorf("cores: a trace of go tool pprof begins with %.60q", b)
		}
		d, err := time.ParseDuration(m[1])
		if err != nil {
			return nil, fmt.Errorf("cores: go tool pprof: %w", err)
		}
		if !strings.Contains(b, generator) {
			sums[stageOf(b)] += d
		}
	}
	for i, s := range stages {
		if sums[i] == 0 && !s.rare {
			return nil, fmt.Errorf("cores: the profile has no sample of stage %q: more rounds may help (-rounds); if not, %s does that work no longer, and the list of stages needs to say what does", s.name, s.function)
		}
	}
	return sums, nil
}

var sample = regexp.MustCompile(`^\s*([0-9.]+(?:ns|us|µs|ms|s|m|h))\s`)

func stageOf(stack string) int {
	for i, s := range stages {
		if strings.Contains(stack, s.function) {
			return i
		}
	}
	panic("cores: the last stage takes every stack")
}

// A metric is a number of a line of go test -bench, by its unit.
type metrics map[string]float64

// benchmarks reads what go test -bench prints: metrics by the name of the benchmark, without the
// number of processors.
func benchmarks(text string) map[string]metrics {
	all := map[string]metrics{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 || !strings.HasPrefix(f[0], "Benchmark") {
			continue
		}
		m := metrics{}
		for i := 2; i+1 < len(f); i += 2 {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil {
				m[f[i+1]] = v
			}
		}
		all[processors.ReplaceAllString(f[0], "")] = m
	}
	return all
}

var processors = regexp.MustCompile(`-\d+$`)
