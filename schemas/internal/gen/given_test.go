package gen

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// givenSources are a table whose rows give more than a word.
var givenSources = []edit{
	{"schemas/rules/cause.rules", "first cause(c", "first guess(c Connection, d Direction) words cause rules cut_rule gives base alternatives | test\n" +
		"certain  normal_close  90  -                      c.Ended    | it ended\n" +
		"likely   app_abort     70  crash,admin_kill       d.RstSeen  | it was reset\n" +
		"other    undetermined  70  -                      true       | nothing is known\n\nfirst cause(c"},
}

// TestGiven generates a table that gives numbers and words and asks it in Lua.
func TestGiven(t *testing.T) {
	files, _, err := filesWith(t, givenSources...)
	if err != nil {
		t.Fatal(err)
	}
	goText := string(files["classify/facts/rules_gen.go"])
	for _, want := range []string{
		"func GuessBase(rule schemas.CutRule) int64 {",
		"\tcase schemas.CutRuleLikely, schemas.CutRuleOther:\n\t\treturn 70\n",
		"func GuessAlternative(rule schemas.CutRule, i int64) schemas.Cause {",
		"\tcase schemas.CutRuleLikely:\n\t\tswitch i {\n\t\tcase 0:\n\t\t\treturn schemas.CauseCrash\n\t\tcase 1:\n\t\t\treturn schemas.CauseAdminKill\n",
	} {
		if !strings.Contains(goText, want) {
			t.Errorf("the Go lacks %q", want)
		}
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "run.lua")
	if err := os.WriteFile(filepath.Join(dir, "facts.lua"), files["lua/facts_gen.lua"], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte(`
local facts = dofile(arg[1])
local c, d = facts.NewConnection(), facts.NewDirection()
d[facts.position.Direction.RstSeen] = true
local rule = facts.Guess(c, d)
io.write(string.format("%d %d %d %d", facts.GuessBase(rule), facts.GuessAlternative(rule, 1) - facts.GuessAlternative(rule, 0),
  facts.GuessAlternative(rule, 2), facts.GuessAlternative(rule + 1, 0)))
`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, lua := range []string{"lua5.2", "lua5.4"} {
		got, err := exec.Command(lua, script, filepath.Join(dir, "facts.lua")).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", lua, err, got)
		}
		if want := "70 -1 0 0"; string(got) != want {
			t.Errorf("%s: base, distance of alternatives and two that are not there are %q, want %q", lua, got, want)
		}
	}
}

// TestGivenMistakes names mistakes in what rows give by file and line.
func TestGivenMistakes(t *testing.T) {
	head := "first guess(c Connection) words cause rules cut_rule gives base alternatives | test\n"
	for _, m := range []struct{ rows, want string }{
		{"a normal_close 101 - true | too much", `base of a is "101"`},
		{"a normal_close much - true | no number", `base of a is "much"`},
		{"a normal_close 90 crush true | no word", `no other word "crush"`},
		{"a normal_close 90 normal_close true | the word itself", `no other word "normal_close"`},
		{"a normal_close 90 | too few", "want: rule word base alternatives condition"},
	} {
		_, line, err := filesWith(t, edit{"schemas/rules/cause.rules", "first cause(c", head + m.rows + "\n\nfirst cause(c"})
		if err == nil {
			t.Errorf("%q is accepted", m.rows)
			continue
		}
		if text := err.Error(); !strings.Contains(text, m.want) || !strings.Contains(text, "rules/cause.rules:") {
			t.Errorf("%q, line %d: %v; want %q", m.rows, line, err, m.want)
		}
	}
	if _, _, err := filesWith(t, edit{"schemas/rules/origin.rules", "rules evidence | endpoint", "rules evidence gives base | endpoint"}); err == nil {
		t.Error("a table of evidence that gives columns is accepted")
	}
}
