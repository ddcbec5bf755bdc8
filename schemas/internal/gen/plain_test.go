package gen

import (
	"strings"
	"testing"
)

// TestPlainStep: there is a version of Step for plain segments, and it holds what the condition
// of plain segments leaves of the rules.
func TestPlainStep(t *testing.T) {
	files, _, err := filesWith(t)
	if err != nil {
		t.Fatal(err)
	}
	text := string(files["lua/facts_gen.lua"])
	if _, why, found := strings.Cut(text, "-- No version for plain segments: "); found {
		why, _, _ = strings.Cut(why, "\n")
		t.Fatalf("no version of Step for plain segments: %s", why)
	}
	_, plain, _ := strings.Cut(text, "function M.StepPlain(")
	plain, _, _ = strings.Cut(plain, "\nend\n")
	for _, gone := range []string{"s_Syn", "s_Fin", "findOffender", "RstForm(", "while "} {
		if strings.Contains(plain, gone) {
			t.Errorf("the version for plain segments has %q", gone)
		}
	}
	for _, want := range []string{"s_Window", "Ring", "  return j_"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the version for plain segments lacks %q", want)
		}
	}
}

// TestPlainStepGo: there is such a version in Go, too, and it says where a rare field is written.
func TestPlainStepGo(t *testing.T) {
	files, _, err := filesWith(t)
	if err != nil {
		t.Fatal(err)
	}
	text := string(files["classify/facts/plain_gen.go"])
	_, plain, found := strings.Cut(text, "func StepPlain(")
	if !found {
		t.Fatalf("no version of Step for plain segments: %s", text)
	}
	plain, usual, _ := strings.Cut(plain, "\n}\n")
	plain += "\n"
	_, usual, _ = strings.Cut(usual, "func StepUsual(")
	for _, gone := range []string{"s.Syn", "s.Fin", "findOffender", "RstForm(", "for "} {
		if strings.Contains(plain, gone) {
			t.Errorf("the version for plain segments has %q", gone)
		}
	}
	for _, gone := range []string{"s.Syn", "d.Rtx", "d.KeepAlives", "d.Gaps", "x_Probe", "for "} {
		if strings.Contains(usual, gone) {
			t.Errorf("the version for usual segments has %q", gone)
		}
	}
	for _, want := range []string{"e_at_2.Seq = uint32(s_Seq)\n", "rare = rare || d_LabelOther != 0\n", "return rare\n"} {
		if !strings.Contains(usual, want) {
			t.Errorf("the version for usual segments lacks %q", want)
		}
	}
	for _, want := range []string{"d.RtxGrows = true\n", "rare = true\n", "rare = rare || d_KeepAlivePending\n", "return rare\n"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the version for plain segments lacks %q", want)
		}
	}
	if strings.Contains(plain, "d.KeepAlives = 0\n\t\trare") {
		t.Error("a rare field that becomes zero counts as written")
	}
}

// TestPlainStepMistakes: what a version for plain segments cannot be made of is named by its place.
func TestPlainStepMistakes(t *testing.T) {
	for _, m := range []struct {
		edit edit
		want string
	}{
		{edit{"classify/facts/plain.go", "d.AckSeen && ", "d.AckSeen && d.Window == 1 && "}, "this may not hold afterwards"},
	} {
		files, _, err := filesWith(t, m.edit)
		if err != nil {
			t.Fatal(err)
		}
		_, why, found := strings.Cut(string(files["lua/facts_gen.lua"]), "-- No version for plain segments: ")
		why, _, _ = strings.Cut(why, "\n")
		if !found || !strings.Contains(why, m.want) {
			t.Errorf("%q becomes %q: %q, want %q", m.edit.old, m.edit.new, why, m.want)
		}
	}
}
