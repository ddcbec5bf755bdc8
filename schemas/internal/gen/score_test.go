package gen

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scoreSources are a table of weighted evidence with what it needs.
var scoreSources = []edit{
	{"schemas/rules/evidence.rules", "", `score suspicion(c Connection, d Direction) rules evidence | test
late        4!  c.Late > 0               | packets came after the end
twice      -2   c.DupCapture             | packets were captured twice
window      1+1 d.Window == 0 && d.Seen  | the window is closed
`},
}

// TestScore generates a table of weighted evidence and runs it in Lua: all rows that hold add
// their points and their id.
func TestScore(t *testing.T) {
	files, _, err := filesWith(t, scoreSources...)
	if err != nil {
		t.Fatal(err)
	}
	goText := string(files["classify/facts/rules_gen.go"])
	for _, want := range []string{
		"func Suspicion(c *Connection, d *Direction, out *Evidence) {",
		"if c.DupCapture { // packets were captured twice\n\t\taddEvidence(out, schemas.EvidenceTwice, -2, false)",
	} {
		if !strings.Contains(goText, want) {
			t.Errorf("the Go lacks %q", want)
		}
	}
	if !strings.Contains(string(files["schemas/vocabulary_gen.go"]), `"late", "twice", "window"`) {
		t.Error("the ids did not become words of the list evidence")
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "run.lua")
	if err := os.WriteFile(filepath.Join(dir, "facts.lua"), files["lua/facts_gen.lua"], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte(`
local facts = dofile(arg[1])
local c, out = facts.NewConnection(), facts.NewEvidence()
local C, D = facts.position.Connection, facts.position.Direction
c[C.Late] = 3
c[C["Dir[0]"]][D.Seen] = true
facts.Suspicion(c, c[C["Dir[0]"]], out)
io.write(string.format("%d %d %d %s", out.Score, out.Count, out.Ids[1] - out.Ids[0], tostring(out.Decisive)))
`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, lua := range []string{"lua5.2", "lua5.4"} {
		got, err := exec.Command(lua, script, filepath.Join(dir, "facts.lua")).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", lua, err, got)
		}
		if want := "6 2 2 true"; string(got) != want {
			t.Errorf("%s: score, count, distance of the ids and decision are %q, want %q", lua, got, want)
		}
	}
}

// TestScoreMistakes names mistakes in evidence by file and line.
func TestScoreMistakes(t *testing.T) {
	for _, m := range []struct{ row, want string }{
		{"late 1 c.Late > 0 | twice the name", "row late stands twice"},
		{"other 1 c.Unknown | a field that is not there", "c.Unknown undefined"},
		{"other true c.DupCapture | points that are no number", "cannot use true"},
		{"other 1 c.Late | a condition that is no truth value", "non-boolean condition"},
	} {
		sources := append([]edit{}, scoreSources...)
		sources = append(sources, edit{"schemas/rules/evidence.rules", "", m.row + "\n"})
		_, line, err := filesWith(t, sources...)
		if err == nil {
			t.Errorf("%q is accepted", m.row)
			continue
		}
		if text := err.Error(); !strings.Contains(text, m.want) || !strings.Contains(text, "rules/evidence.rules:5") {
			t.Errorf("%q, line %d: %v; want %q", m.row, line, err, m.want)
		}
	}
}
