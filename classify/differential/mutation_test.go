package differential

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A mutant is the translation with one wrong token.
type mutant struct {
	function, old, new string
	line               int
	text               string
}

func (m *mutant) String() string {
	return fmt.Sprintf("%s, line %d: %q instead of %q", m.function, m.line, m.new, m.old)
}

// wrongTokens are the slips that a translator or a hand makes.
var wrongTokens = []struct{ old, new string }{
	{" < ", " <= "}, {" <= ", " < "}, {" > ", " >= "}, {" >= ", " > "}, {" == ", " ~= "}, {" ~= ", " == "},
	{" and ", " or "}, {" or ", " and "}, {"not ", ""}, {" + ", " - "}, {" - ", " + "}, {" % 4294967296", ""},
	{" true", " false"}, {" false", " true"}, {"(d, ", "(other, "}, {" d[", " other["}, {"(d[", "(other["}, {"other[", "d["},
}

var (
	functionLine = regexp.MustCompile(`^(?:local )?function (?:[FM]\.)?(\w+)\(`)
	aNumber      = regexp.MustCompile(`\b\d+\b`)
)

// mutants returns every wrong token in the functions of the translation.
func mutants(lua string) []mutant {
	var all []mutant
	lines := strings.Split(lua, "\n")
	function := ""
	for i, line := range lines {
		if m := functionLine.FindStringSubmatch(line); m != nil {
			function = m[1]
			continue
		}
		if function == "" || strings.HasPrefix(line, "M.") || strings.HasPrefix(strings.TrimSpace(line), "--") {
			continue
		}
		add := func(at int, old, new string) {
			changed := line[:at] + new + line[at+len(old):]
			text := strings.Join(lines[:i], "\n") + "\n" + changed + "\n" + strings.Join(lines[i+1:], "\n")
			all = append(all, mutant{function, old, new, i + 1, text})
		}
		for _, w := range wrongTokens {
			for at := 0; ; at += len(w.old) {
				next := strings.Index(line[at:], w.old)
				if next < 0 {
					break
				}
				at += next
				add(at, w.old, w.new)
			}
		}
		for _, at := range aNumber.FindAllStringIndex(line, -1) {
			n, _ := strconv.ParseInt(line[at[0]:at[1]], 10, 64)
			add(at[0], line[at[0]:at[1]], strconv.FormatInt(n+1, 10))
		}
	}
	return all
}

// caught returns the difference that a mutant makes within n commands, or nil.
func caught(t *testing.T, m *mutant, n int64) *Difference {
	path := filepath.Join(t.TempDir(), "facts_gen.lua")
	if err := os.WriteFile(path, []byte(m.text), 0o644); err != nil {
		t.Fatal(err)
	}
	var model Model
	d, err := Compare("lua5.4", path, t.TempDir(), 7, nil, n, &model)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestErrorsAreCaught puts wrong tokens into the translation, one at a time: in primitives, in
// conditions of rules, in updates and in the matrix. The comparison must find each.
func TestErrorsAreCaught(t *testing.T) {
	lua, err := os.ReadFile(factsLua(t))
	if err != nil {
		t.Fatal(err)
	}
	all := mutants(string(lua))
	for _, c := range []struct {
		function, old string
		skip          int // how many such tokens stand before it in the function
	}{
		{"before", " >= ", 0},
		{"between", " and ", 0},
		{"findOffender", " > ", 0},
		{"crosses", "1000", 0},
		{"gaveUp", "3", 0},
		{"gaveUp", "5", 0},
		{"probesOver", "2", 0},
		{"Start", " true", 0},
		{"RstForm", " and ", 0},
		{"RstForm", " == ", 0},
		{"RstRole", " ~= ", 0},
		{"Cut", " ~= ", 0},
		{"Teardown", "3000000", 0},
		{"TeardownSide", " and ", 0},
		{"FinVariant", " == ", 0},
		{"StepUsual", " - ", 0},
		{"StepUsual", " == ", 3},
		{"StepUsual", " d[", 20},
		{"StepPlain", " <= ", 0},
		{"StepPlain", " ~= ", 0},
		{"StepPlain", " + ", 0},
		{"StepPlain", " d[", 0},
		{"stepAck", " + ", 0},
		{"stepAck", " <= ", 0},
		{"stepAck", " == ", 0},
		{"stepAck", " and ", 0},
		{"stepAck", " or ", 2},
		{"stepAck", "not ", 0},
		{"stepAck", " - ", 5},
		{"stepAck", " ~= ", 0},
		{"stepAck", " > ", 0},
		{"stepAck", "60000000", 0},
		{"stepAck", "1073741824", 0},
		{"stepFin", "13", 0},
		{"stepFin", " == ", 20},
		{"stepFin", " >= ", 24},
		{"stepFin", " d[", 40},
		{"stepFin", " ~= ", 20},
		{"stepFin", "not ", 20},
		{"stepFin", " true", 16},
		{"stepSyn", " d[", 69},
		{"stepSyn", " == ", 40},
		{"stepSyn", "not ", 30},
		{"stepSyn", " - ", 30},
		{"stepSyn", " true", 10},
		{"stepSyn", " + ", 0},
	} {
		t.Run(fmt.Sprint(c.function, c.old, c.skip), func(t *testing.T) {
			skip := c.skip
			for i := range all {
				m := &all[i]
				if m.function != c.function || m.old != c.old {
					continue
				}
				if skip--; skip >= 0 {
					continue
				}
				d := caught(t, m, 50000)
				if d == nil {
					t.Fatalf("nobody noticed: %s", m)
				}
				t.Logf("%s: %s", m, d)
				return
			}
			t.Fatalf("the translation has too few %q in %s: choose another error", c.old, c.function)
		})
	}
}

// TestEveryErrorIsCaught tries every wrong token that there is, each with as many commands as
// TEARDOWN_DIFFERENTIAL_MUTANTS says, and reports those that nobody noticed: some of them mean
// the same, the others show what the world does not do. It takes minutes, so it runs on demand.
func TestEveryErrorIsCaught(t *testing.T) {
	n, _ := strconv.ParseInt(os.Getenv("TEARDOWN_DIFFERENTIAL_MUTANTS"), 10, 64)
	if n == 0 {
		return
	}
	lua, err := os.ReadFile(factsLua(t))
	if err != nil {
		t.Fatal(err)
	}
	all := mutants(string(lua))
	survived := make([]bool, len(all))
	work := make(chan int)
	var wg sync.WaitGroup
	for range 1 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range work {
				survived[i] = caught(t, &all[i], n) == nil
			}
		}()
	}
	for i := range all {
		work <- i
	}
	close(work)
	wg.Wait()
	left := 0
	for i := range all {
		if survived[i] {
			left++
			t.Logf("not noticed: %s", &all[i])
		}
	}
	t.Logf("%d wrong tokens, %d not noticed within %d commands", len(all), left, n)
}
