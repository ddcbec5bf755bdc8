package cores

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// profile is what go tool pprof -traces prints: stacks with the innermost function first.
const profile = `File: teardown.test
Type: cpu
Duration: 5.69s, Total samples = 4.03s (70.78%)
-----------+-------------------------------------------------------
      10ms   runtime.memmove
             github.com/pcap-teardown/teardown/capture.(*Stream).read
-----------+-------------------------------------------------------
     1.20s   github.com/pcap-teardown/teardown/capture.frame
             github.com/pcap-teardown/teardown/capture.(*Stream).decode
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
             github.com/pcap-teardown/teardown/export.(*pipeline).run
-----------+-------------------------------------------------------
      60ms   syscall.write
             github.com/pcap-teardown/teardown/export.(*parquetFile).commit
             github.com/pcap-teardown/teardown/export.(*groups).deliver
             github.com/pcap-teardown/teardown/export.(*pipeline).run
-----------+-------------------------------------------------------
      70ms   runtime.gcDrain
             runtime.gcBgMarkWorker
-----------+-------------------------------------------------------
      80ms   github.com/pcap-teardown/teardown/classify.(*rowWriter).write
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
	want := []time.Duration{80 * ms, 0, 60 * ms, 10 * ms, 1200 * ms, 20 * ms, 30 * ms, 40 * ms, 50 * ms, 70 * ms}
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

// TestForecast: 1,000 ns of work, of which reading is 100 and the end 20; two cores need a tenth more.
func TestForecast(t *testing.T) {
	m := &measurement{stages: []float64{20, 0, 5, 100, 200, 50, 320, 25, 280, 0}, cpu: 1000, loss: 1.1, column: 30, columnName: "x"}
	for _, test := range []struct {
		cores int
		ns    float64
		limit string
	}{
		{1, 1000, "number of cores"}, {2, 980*1.1/2 + 20, "number of cores"}, {8, 980*1.1/8 + 20, "number of cores"},
		{16, 120, stages[3].name}, {1024, 120, stages[3].name},
	} {
		ns, limit := m.forecast(test.cores)
		if d := ns - test.ns; d > 1e-9 || d < -1e-9 || limit != test.limit {
			t.Errorf("%d cores: %g ns, %s; want %g, %s", test.cores, ns, limit, test.ns, test.limit)
		}
	}
	want := []bound{{stages[3].name, 100}, {stages[5].name, 50}, {"column x", 30}}
	if got := m.next(); !reflect.DeepEqual(got, want) {
		t.Errorf("next limits %v, want %v", got, want)
	}
}
