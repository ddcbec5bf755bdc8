package cores

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// profile is what go tool pprof -traces prints: stacks with the innermost function first.
const profile = `File: teardown.test
Type: cpu
Duration: 5.69s, Total samples = 4.03s (70.78%)
-----------+-------------------------------------------------------
      10ms   runtime.memmove
             github.com/pcap-teardown/teardown/capture.(*Stream).read
-----------+-------------------------------------------------------
     1.20s   github.com/pcap-teardown/teardown/capture.(*decoder).plain
             github.com/pcap-teardown/teardown/capture.(*decoder).take
             github.com/pcap-teardown/teardown/capture.(*writer).add
             github.com/pcap-teardown/teardown/capture.(*Stream).read
-----------+-------------------------------------------------------
      20ms   github.com/pcap-teardown/teardown/classify.(*preparer).prepare (inline)
             github.com/pcap-teardown/teardown/classify.(*Classifier).Run
             testing.(*B).run1.func1
-----------+-------------------------------------------------------
     500ms   github.com/pcap-teardown/teardown/cmd/capgen/mix.Write
             testing.(*B).run1.func1
-----------+-------------------------------------------------------
      30ms   github.com/pcap-teardown/teardown/classify.(*Classifier).work
             github.com/pcap-teardown/teardown/classify.(*Classifier).Run.func1
-----------+-------------------------------------------------------
      40ms   github.com/pcap-teardown/teardown/classify.(*collector).collect
             github.com/pcap-teardown/teardown/classify.(*Classifier).Run.func2
-----------+-------------------------------------------------------
      50ms   github.com/pcap-teardown/teardown/export.(*pipeline).see
             github.com/pcap-teardown/teardown/export.(*pipeline).put
             github.com/pcap-teardown/teardown/classify.(*collector).collect
-----------+-------------------------------------------------------
      60ms   syscall.write
             github.com/pcap-teardown/teardown/export.(*parquetFile).commit
             github.com/pcap-teardown/teardown/export.(*groups).deliver
             github.com/pcap-teardown/teardown/export.(*pipeline).see
             github.com/pcap-teardown/teardown/cmd/teardown.(*datasetOutput).finish
-----------+-------------------------------------------------------
      70ms   runtime.gcDrain
             runtime.gcBgMarkWorker
-----------+-------------------------------------------------------
      80ms   github.com/pcap-teardown/teardown/classify.(*rowWriter).write
             github.com/pcap-teardown/teardown/classify.(*collector).row
             github.com/pcap-teardown/teardown/classify.(*collector).write
             github.com/pcap-teardown/teardown/classify.(*collector).end
             testing.(*B).run1.func1
-----------+-------------------------------------------------------
      90ms   github.com/pcap-teardown/teardown/classify.(*merger).next
             github.com/pcap-teardown/teardown/classify.(*collector).take
             github.com/pcap-teardown/teardown/classify.(*collector).end
             testing.(*B).run1.func1
-----------+-------------------------------------------------------
`

func TestTraces(t *testing.T) {
	got, err := traces(profile)
	if err != nil {
		t.Fatal(err)
	}
	const ms = time.Millisecond
	want := []time.Duration{60 * ms, 50 * ms, 80 * ms, 90 * ms, 0, 1200 * ms, 10 * ms, 20 * ms, 30 * ms, 40 * ms, 70 * ms}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := traces(strings.ReplaceAll(profile, "prepare", "getReady")); err == nil || !strings.Contains(err.Error(), "prepare") {
		t.Errorf("a stage without samples: %v", err)
	}
}

func TestBenchmarks(t *testing.T) {
	got := benchmarks("goos: linux\nBenchmarkFile/medium/workers=1-2         \t       5\t      1455 cpu-ns/packet\t      2023 ns/packet\nPASS\n")
	want := map[string]metrics{"BenchmarkFile/medium/workers=1": {"cpu-ns/packet": 1455, "ns/packet": 2023}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestStages: a conversion with one worker, as the benchmark has it, calls the function of every stage.
func TestStages(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	counts := filepath.Join(work, "counts")
	if err := os.Mkdir(counts, 0o777); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "GOCOVERDIR="+counts)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	converter := filepath.Join(work, "teardown")
	sources := ""
	folders := []string{"./capture", "./classify", "./export", "./cmd/teardown"}
	for _, f := range folders {
		// go test does not see what go build reads, and would take its result from before a change.
		files, err := filepath.Glob(filepath.Join(root, f, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(f, err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sources += string(text)
		}
	}
	if want := fmt.Sprintf("const shardCount = %d\n", shards); !strings.Contains(sources, want) {
		t.Errorf("package classify does not say %q", want)
	}
	run("go", "build", "-cover", "-coverpkg="+strings.Join(folders, ","), "-o", converter, "./cmd/teardown")
	run(converter, "convert", "testdata/captures/web.pcapng", "-o", filepath.Join(work, "out"), "--quiet", "--workers", "1")
	called := map[string]bool{} // by name as in stages
	for line := range strings.Lines(run("go", "tool", "covdata", "func", "-i="+counts)) {
		f := strings.Fields(line) // module/path/file.go:line: *Type.method 12.3%
		if len(f) != 3 || f[2] == "0.0%" {
			continue
		}
		receiver, method, _ := strings.Cut(f[1], ".")
		pkg := strings.TrimPrefix(path.Dir(f[0]), "github.com/pcap-teardown/teardown/")
		called[fmt.Sprintf("%s.(%s)", pkg, receiver)] = true
		called[fmt.Sprintf("%s.(%s).%s", pkg, receiver, method)] = true
	}
	for _, s := range stages {
		if s.function != "" && !called[s.function] {
			t.Errorf("stage %q: a conversion does not call %s", s.name, s.function)
		}
	}
}

// TestForecast: 1,000 ns of work, of which reading is 100 and the end 20; two cores need a tenth more.
func TestForecast(t *testing.T) {
	m := &measurement{stages: []float64{5, 280, 0, 20, 0, 200, 100, 50, 320, 25, 0}, cpu: 1000, loss: 1.1, column: 30, columnName: "x"}
	for _, test := range []struct {
		cores int
		ns    float64
		limit string
	}{
		{1, 1000, "number of cores"}, {2, 980*1.1/2 + 20, "number of cores"}, {8, 980*1.1/8 + 20, "number of cores"},
		{16, 120, stages[6].name}, {1024, 120, stages[6].name},
	} {
		ns, limit := m.forecast(test.cores)
		if d := ns - test.ns; d > 1e-9 || d < -1e-9 || limit != test.limit {
			t.Errorf("%d cores: %g ns, %s; want %g, %s", test.cores, ns, limit, test.ns, test.limit)
		}
	}
	want := []bound{{stages[6].name, 100}, {stages[7].name, 50}, {"column x", 30}}
	if got := m.next(); !reflect.DeepEqual(got, want) {
		t.Errorf("next limits %v, want %v", got, want)
	}
}
