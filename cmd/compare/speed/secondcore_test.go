package speed

import (
	"strings"
	"testing"
)

// TestSecondCore wants a measure of every load to come out as it went in.
func TestSecondCore(t *testing.T) {
	var out strings.Builder
	printSecondCore(&out)
	gains, err := parseSecondCore(out.String())
	if err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	for i, gain := range gains {
		if !(gain > 0) {
			t.Errorf("%s: %g", loads[i].name, gain)
		}
	}
	first, rest, _ := strings.Cut(out.String(), "\n")
	for _, bad := range []string{"", first, rest, out.String() + first, strings.Replace(out.String(), "\t", "\tx", 1)} {
		if gains, err := parseSecondCore(bad); err == nil {
			t.Errorf("%q: %v", bad, gains)
		}
	}
}

// TestReportSecondCore wants medians of rounds.
func TestReportSecondCore(t *testing.T) {
	var out strings.Builder
	reportSecondCore(&out, nil)
	reportSecondCore(&out, [][]float64{{2, 1, 1, 1}, {1.5, 1.25, 1, 3}, {1, 1.5, 1, 2}})
	want := "two loads at once that share nothing, that many times as fast as one after the other: " +
		"registers alone 1.50, 512 KiB each 1.25, 8 MiB each 1.00, 64 MiB each 2.00\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
