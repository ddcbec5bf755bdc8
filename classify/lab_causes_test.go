package classify_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
	"github.com/pcap-teardown/teardown/testdata/lab/label"
)

// A verdict is why the classifier says that a connection ended.
type verdict struct {
	teardown, cause, tier, rule, origin, mode string
	confidence, score                         int
	alternatives, evidence                    []string
}

func (v *verdict) String() string {
	return fmt.Sprintf("%s: %s %d %s by %s, origin %s %d, %v, %v", v.teardown, v.cause, v.confidence, v.tier, v.rule, v.origin, v.score, v.evidence, v.alternatives)
}

// verdicts classifies a capture and returns its TCP connections by their first frame.
func verdicts(t *testing.T, path string, workers int) map[int64]*verdict {
	t.Helper()
	found := map[int64]*verdict{}
	list := func(l *table.WordList, i int) (words []string) {
		for _, w := range l.Codes[l.Offsets[i]:l.Offsets[i+1]] {
			words = append(words, l.List.Text[w])
		}
		return words
	}
	connectionsOf(t, path, workers, func(b *table.Connections, i int) {
		found[b.FirstFrame.Values[i]] = &verdict{
			teardown: wordAt(b.Teardown, i), cause: wordAt(b.Cause, i), tier: wordAt(b.CauseTier, i), rule: wordAt(b.CauseRule, i),
			origin: wordAt(b.RstOrigin, i), mode: wordAt(b.MiddleboxMode, i), confidence: int(b.CauseConfidence.Values[i]), score: int(b.OriginScore.Values[i]),
			alternatives: list(&b.CauseAlternatives, i), evidence: list(&b.CauseEvidence, i),
		}
	})
	return found
}

// TestLabCauses holds the causes against the labels: within the set of the label for 95 % at least,
// never high where the label forbids it or outside the set, and at most 80 % where no observer
// can decide.
func TestLabCauses(t *testing.T) {
	rows, err := label.ReadFile(filepath.Join(labDir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]map[int64]*verdict{}
	right := 0
	wrong := map[string][]string{} // by case and what is wrong
	var order []string
	fail := func(r *label.Row, v *verdict, what string) {
		key := fmt.Sprintf("%s %s: %s, want %v, never high %v; %s", r.Case, r.Name, what, r.Causes, r.NeverHigh, v)
		if wrong[key] == nil {
			order = append(order, key)
		}
		wrong[key] = append(wrong[key], r.File)
	}
	broken := 0
	for i := range rows {
		r := &rows[i]
		if files[r.File] == nil {
			files[r.File] = verdicts(t, filepath.Join(labDir, r.File), 1)
		}
		v := files[r.File][int64(r.Measured.FirstFrame)]
		if v == nil {
			t.Errorf("%s: no connection begins at frame %d", r.File, r.Measured.FirstFrame)
			continue
		}
		within := slices.Contains(r.Causes, v.cause)
		if within {
			right++
		} else {
			fail(r, v, "outside the set")
		}
		undecidable := true
		for _, c := range r.Causes {
			undecidable = undecidable && slices.Contains(r.NeverHigh, c)
		}
		switch high := v.tier == schemas.CauseTierHigh.String(); {
		case high && (!within || slices.Contains(r.NeverHigh, v.cause)):
			broken++
			fail(r, v, "high")
		case undecidable && v.confidence > 80:
			broken++
			fail(r, v, "above 80 %")
		}
	}
	for _, key := range order {
		t.Logf("%s\n\t%s", key, strings.Join(wrong[key], " "))
	}
	t.Logf("%d of %d connections within the set, %d claims too high", right, len(rows), broken)
	if right*100 < len(rows)*95 {
		t.Errorf("the cause is within the label's set for %d of %d connections, want 95 %%", right, len(rows))
	}
	if broken > 0 {
		t.Errorf("%d claims are higher than their label allows", broken)
	}
}
