package causes

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// connection returns a verdict about a connection that was built to end by an abort.
func connection(cause, tier string, confidence int) verdict {
	l := &label{Case: "abort/x", Family: "abort", Name: "main", Causes: []string{"app_abort", "admin_kill"}, NeverHigh: []string{"admin_kill", "app_close_unread"}}
	return verdict{label: l, cause: cause, tier: tier, rule: "r", confidence: confidence}
}

// Every kind of claim that goes too far is a violation, and nothing else is.
func TestViolations(t *testing.T) {
	open := connection("app_abort", "medium", 81)
	open.label.NeverHigh = []string{"app_abort", "admin_kill"}
	less := open
	less.confidence = 80
	for _, c := range []struct {
		name string
		v    verdict
		want []string
	}{
		{"inside", connection("app_abort", "high", 90), nil},
		{"outside, not high", connection("middlebox_reset", "medium", 84), nil},
		{"outside, high", connection("middlebox_reset", "high", 85), []string{"high outside the set"}},
		{"high, nobody can know", connection("admin_kill", "high", 90), []string{"high where nobody can know"}},
		{"high and outside, nobody can know", connection("app_close_unread", "high", 90), []string{"high outside the set", "high where nobody can know"}},
		{"open set, 81", open, []string{"more than 80 % in an open set"}},
		{"open set, 80", less, nil},
		{"tier too high", connection("app_abort", "medium", 59), []string{"tier medium for 59 %, want low"}},
		{"undetermined", connection("undetermined", "none", 34), nil},
		{"undetermined with a tier", connection("undetermined", "low", 50), []string{"tier low for 50 %, want none"}},
		{"no cause", connection("null", "null", 0), []string{"tier null for 0 %, want none"}},
	} {
		if got := c.v.violations(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// The report fails below 95 percent, with and without the captures of many connections, and on violations.
func TestFailures(t *testing.T) {
	many := func(n int, v verdict) (list []verdict) {
		for range n {
			list = append(list, v)
		}
		return list
	}
	good, bad, high := connection("app_abort", "medium", 70), connection("desync", "low", 40), connection("desync", "high", 90)
	bulk := connection("app_abort", "medium", 70)
	bulk.label.Family = "mixed"
	for _, c := range []struct {
		name string
		list []verdict
		want int
	}{
		{"all right", many(20, good), 0},
		{"one of twenty wrong", slices.Concat(many(19, good), many(1, bad)), 0},
		{"two of twenty wrong", slices.Concat(many(18, good), many(2, bad)), 1},
		{"hidden behind many of one family", slices.Concat(many(500, bulk), many(8, good), many(2, bad)), 1},
		{"one violation", slices.Concat(many(40, good), many(1, high)), 1},
	} {
		r := report{verdicts: c.list, out: &bytes.Buffer{}}
		if got := r.write(); len(got) != c.want {
			t.Errorf("%s: %q, want %d", c.name, got, c.want)
		}
	}
}

// Only the text between the marks of a page changes.
func TestFill(t *testing.T) {
	page := "# A\n<!-- begin one -->\nold\n<!-- end -->\nb\n<!-- begin two words -->\n<!-- end -->\nc\n"
	got, err := fill([]byte(page), func(name string) ([]byte, error) { return []byte("new " + name + "\n"), nil })
	if err != nil {
		t.Fatal(err)
	}
	want := "# A\n<!-- begin one -->\nnew one\n<!-- end -->\nb\n<!-- begin two words -->\nnew two words\n<!-- end -->\nc\n"
	if string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := fill([]byte("no mark"), nil); err == nil || !strings.Contains(err.Error(), "no block") {
		t.Errorf("a page without blocks: %v", err)
	}
}
