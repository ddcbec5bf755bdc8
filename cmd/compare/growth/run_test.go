package growth

import (
	"context"
	"reflect"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

func TestCases(t *testing.T) {
	o := options{packets: 1e6}
	if err := numbers(&o.connections)("10000,2000000"); err != nil {
		t.Fatal(err)
	}
	if err := numbers(&o.gigabytes)("0"); err != nil {
		t.Fatal(err)
	}
	want := []generated{{mix: "many", packets: 1e6, live: 10000}, {mix: "many", packets: 12e6, live: 2e6, limit: 3e6}}
	if got := o.openConnections(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := o.bytes(); got != nil {
		t.Errorf("got %+v, want none", got)
	}
	if err := numbers(&o.workers)("1,x"); err == nil {
		t.Error("x is a number")
	}
}

// TestMeasure converts a small capture twice, once with fewer connections allowed than there are.
func TestMeasure(t *testing.T) {
	ctx := context.Background()
	o := options{runs: 2}
	work, remove, err := tools.Prepare(ctx, "growth", &o.teardown)
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	o.work = work
	if o.capgen, err = tools.Build(ctx, "capgen", work); err != nil {
		t.Fatal(err)
	}
	r, err := o.measure(ctx, generated{mix: "many", packets: 6000, live: 1000}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.connections != 1000 || r.evictions != 0 || r.bytes < 6000*60 || r.cpu <= 0 || r.peak <= 0 {
		t.Errorf("%+v", r)
	}
	if r, err = o.measure(ctx, generated{mix: "many", packets: 6000, live: 1000, limit: 128}, 2); err != nil {
		t.Fatal(err)
	}
	if r.connections <= 1000 || r.evictions == 0 {
		t.Errorf("%+v", r)
	}
}

func TestRow(t *testing.T) {
	r := result{generated: generated{mix: "many", packets: 1e6, live: 10, limit: 3e6}, workers: 2, bytes: 602e6, connections: 1000, evictions: 1234, cpu: 2, peak: 100}
	const want = "| many | 1,000,000 | 602,000,000 | 1,000 | 10 | 3,000,000 | 1,234 | 2 | 2000 | 0.50 | 100 | 104858 |"
	if got := r.row(4000); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
