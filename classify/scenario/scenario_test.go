package scenario

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
)

// folder holds the scenarios.
const folder = "../../testdata/scenarios"

var update = flag.Bool("update", false, "rewrite the want sections with what the classifier says; review the difference")

func load(t *testing.T) []*Scenario {
	t.Helper()
	all, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestScenarios runs all scenarios through the classifier, with one worker and with several.
func TestScenarios(t *testing.T) {
	for _, w := range Worlds(load(t)) {
		for _, workers := range []int{1, 3} {
			r, err := Classify(w, workers)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range w.Scenarios {
				if *update {
					if err := os.WriteFile(s.File, s.Update(r.Packets[i], r.Connections[i]), 0o644); err != nil {
						t.Fatal(err)
					}
					continue
				}
				t.Run(fmt.Sprintf("%s/%d", s.Name, workers), func(t *testing.T) {
					if report := w.Judge(r, i, Judgement{}); report != "" {
						t.Error(report)
					}
				})
			}
		}
	}
}

// TestEveryWordIsWanted wants every word that a column can hold in some scenario.
func TestEveryWordIsWanted(t *testing.T) {
	wanted := map[string]map[string]bool{}
	for _, s := range load(t) {
		for _, rows := range [][]Row{s.WantPackets.Rows, s.WantConnections.Rows} {
			for _, r := range rows {
				for column, value := range r {
					if wanted[column] == nil {
						wanted[column] = map[string]bool{}
					}
					for _, word := range strings.Split(value, ",") {
						wanted[column][word] = true
					}
				}
			}
		}
	}
	for _, t2 := range []struct {
		table *schemas.Table
		cols  []Column
	}{{&schemas.Packets, PacketColumns}, {&schemas.Connections, ConnectionColumns}} {
		for _, c := range t2.cols {
			def := t2.table.Lookup(c.Name)
			if def == nil || def.Words == nil || c.Name == "first_rst_role" || c.Name == "cause_alternatives" {
				continue // the first effective RST is always the first; alternatives are parts of rules
			}
			for i, word := range def.Words.Text {
				if i > 0 && !wanted[c.Name][word] && !strings.HasSuffix(def.Words.Meaning[i], "only as an alternative") {
					t.Errorf("no scenario wants %s in column %s", word, c.Name)
				}
			}
		}
	}
}

// TestEveryRowFires runs the scenarios with a profile of the generated rules: every row is a
// branch there, and no scenario may leave one out.
func TestEveryRowFires(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "profile")
	const facts = "github.com/pcap-teardown/teardown/classify/facts"
	out, err := exec.Command("go", "test", "-run", "^TestScenarios", "-coverpkg", facts, "-coverprofile", profile, ".").CombinedOutput()
	if _, e := os.Stat(profile); e != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	source, err := os.ReadFile("../facts/rules_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(source), "\n")
	data, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	// A block stands in the profile once per test binary; it is left out if all say 0.
	ran := map[string]bool{}
	var order []string
	for sc := bufio.NewScanner(bytes.NewReader(data)); sc.Scan(); {
		block, count, ok := strings.Cut(sc.Text(), " ")
		place, ok2 := strings.CutPrefix(block, facts+"/rules_gen.go:")
		if !ok || !ok2 {
			continue
		}
		if _, known := ran[place]; !known {
			order = append(order, place)
		}
		ran[place] = ran[place] || !strings.HasSuffix(count, " 0")
	}
	if len(order) < 200 {
		t.Fatalf("the profile has %d blocks of rules_gen.go\n%s", len(order), out)
	}
	for _, place := range order {
		var line, column int
		if ran[place] {
			continue
		}
		if _, err := fmt.Sscanf(place, "%d.%d", &line, &column); err != nil {
			t.Fatal(err)
		}
		// The functions that give a rule's word end in a return for rules that do not exist.
		if text := strings.TrimSpace(lines[line-1]); text != "return 0" {
			t.Errorf("rules_gen.go:%d: no scenario gets here, in %s: %s %s", line, function(lines, line), text, strings.TrimSpace(lines[line]))
		}
	}
}

// function names the function that a line stands in.
func function(lines []string, line int) string {
	for i := line - 1; i >= 0; i-- {
		if name, ok := strings.CutPrefix(lines[i], "func "); ok {
			return name[:strings.IndexByte(name, '(')]
		}
	}
	return "?"
}
