package gen

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// repository is the root of the repository, seen from this package.
const repository = "../../.."

// An edit replaces the only place of old in a file; an empty old appends.
type edit struct{ file, old, new string }

// generateWith runs the generator on the sources of the repository with some edits, and
// returns the number of the line that the last edit changed and the error of the generator.
func generateWith(t *testing.T, edits ...edit) (int, error) {
	t.Helper()
	_, line, err := filesWith(t, edits...)
	return line, err
}

// filesWith is generateWith that returns the generated files too.
func filesWith(t *testing.T, edits ...edit) (map[string][]byte, int, error) {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"schemas", "schemas/rules", "schemas/state", "classify/facts"} {
		entries, err := os.ReadDir(filepath.Join(repository, dir))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			data, err := os.ReadFile(filepath.Join(repository, dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, dir, e.Name()), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	line := 0
	for _, e := range edits {
		path := filepath.Join(root, e.file)
		data, err := os.ReadFile(path)
		if err != nil && e.old != "" {
			t.Fatal(err)
		}
		text := string(data)
		at := len(text)
		if e.old != "" {
			if n := strings.Count(text, e.old); n != 1 {
				t.Fatalf("%s has %q %d times, want once", e.file, e.old, n)
			}
			at = strings.Index(text, e.old)
		}
		line = 1 + strings.Count(text[:at], "\n")
		text = text[:at] + e.new + text[at+len(e.old):]
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := All(root)
	return files, line, err
}

// TestMistakesAreNamed makes one mistake at a time in the sources. The generator must say what
// is wrong, in which file and line; LINE stands for the line of the mistake.
func TestMistakesAreNamed(t *testing.T) {
	const (
		kinds = "schemas/rules/segment_kind.rules"
		words = "schemas/words.vocabulary"
		cols  = "schemas/packets.columns"
		phase = "schemas/rules/phase.rules"
		mem   = "schemas/rules/memory.rules"
		state = "schemas/state/2_connection.state"
	)
	// The last row of the segment kinds always holds; a row before it can be anything.
	const lastKind = "ack                    pure_ack                true "
	row := func(cond string) string { return "mistake pure_ack " + cond + " | a mistake\n" }
	for _, c := range []struct {
		name string
		edit edit
		want string // regular expression
	}{
		{"unknown field in a condition", edit{kinds, lastKind, row("s.Sin") + lastKind},
			`^rules/segment_kind\.rules:LINE: s\.Sin undefined`},
		{"unknown name in a condition", edit{kinds, lastKind, row("t.Syn") + lastKind},
			`^rules/segment_kind\.rules:LINE: undefined: t`},
		{"unknown primitive", edit{kinds, lastKind, row("behind(s.Seq, d.Next)") + lastKind},
			`^rules/segment_kind\.rules:LINE: undefined: behind`},
		{"bool compared with a number", edit{kinds, lastKind, row("s.Syn == 1") + lastKind},
			`^rules/segment_kind\.rules:LINE: .*mismatched types`},
		{"number as a condition", edit{kinds, lastKind, row("s.Length") + lastKind},
			`^rules/segment_kind\.rules:LINE: .*s\.Length.*bool`},
		{"sequence number compared with a length", edit{kinds, lastKind, row("s.Seq == s.Length") + lastKind},
			`^rules/segment_kind\.rules:LINE: .*mismatched types uint32 and int64`},
		{"condition that is no expression", edit{kinds, lastKind, row("s.Syn &&") + lastKind},
			`^rules/segment_kind\.rules:LINE: condition of mistake: `},
		{"the same condition twice", edit{kinds, lastKind, row("( s.Syn&& !s.HasAck )") + lastKind},
			`^rules/segment_kind\.rules:LINE: row mistake can never be reached: row syn_first has the same condition$`},
		{"row after the one that always holds", edit{kinds, "", row("s.Length > 7")},
			`^rules/segment_kind\.rules:LINE: row mistake can never be reached: row ack always holds$`},
		{"no row that always holds", edit{kinds, "pure_ack                true ", "pure_ack                s.HasAck "},
			`^rules/segment_kind\.rules:LINE: the last row of segment_kind must hold always`},
		{"unknown word", edit{kinds, lastKind, "mistake pure_akc s.Length > 7 | a mistake\n" + lastKind},
			`^rules/segment_kind\.rules:LINE: list segment_kind has no word "pure_akc"$`},
		{"row name used twice", edit{kinds, lastKind, "reset pure_ack s.Length > 7 | a mistake\n" + lastKind},
			`^rules/segment_kind\.rules:LINE: row reset stands twice$`},
		{"row without a meaning", edit{kinds, lastKind, "mistake pure_ack s.Length > 7\n" + lastKind},
			`^rules/segment_kind\.rules:LINE: row mistake has no meaning$`},
		{"row without a condition", edit{kinds, lastKind, "mistake pure_ack | a mistake\n" + lastKind},
			`^rules/segment_kind\.rules:LINE: want: rule word condition`},
		{"row before the first table", edit{kinds, "# What a TCP packet does", "mistake pure_ack true | a mistake\n# What"},
			`^rules/segment_kind\.rules:LINE: a row before the first table$`},
		{"table of an unknown list", edit{kinds, "words segment_kind rules", "words segment_kinds rules"},
			`^rules/segment_kind\.rules:LINE: the vocabulary has no list "segment_kinds"$`},
		{"table without its rules", edit{kinds, " rules segment_rule", ""},
			`^rules/segment_kind\.rules:LINE: first needs words and rules`},

		{"matrix without a state", edit{phase, "\nclosing           .     .         .             .            .                 .                 closed_fin  reset  .            .", ""},
			`^rules/phase\.rules:\d+: the matrix conn_phase has no row for closing$`},
		{"matrix with a short row", edit{phase, "\nclosing           .     .         .             .            .                 .                 closed_fin  reset  .            .", "\nclosing           .     .         .             .            .                 .                 closed_fin  reset  ."},
			`^rules/phase\.rules:\d+: state closing has 9 cells for 10 events$`},
		{"matrix with an unknown state", edit{phase, "closed_fin        .     .         .             .            .                 .                 .           .      .            post_close", "closed_fin        .     .         .             .            .                 .                 .           .      .            past_close"},
			`^rules/phase\.rules:LINE: state closed_fin, event late: list conn_phase has no word "past_close"$`},
		{"matrix with an unknown event", edit{phase, "| the phase after a segment\nphase             none  syn ", "| the phase after a segment\nphase             none  sin "},
			`^rules/phase\.rules:\d+: list conn_event has no event "sin"$`},

		{"update of an unknown field", edit{mem, "d.RstSeen             true if s.Rst ", "d.RstsSeen            true if s.Rst "},
			`^[a-z_/]+\.[a-z]+:\d+:(\d+:)? d\.RstsSeen undefined`},
		{"update with a value of another type", edit{mem, "d.RstSeen             true if s.Rst ", "d.RstSeen             1 if s.Rst "},
			`^rules/memory\.rules:LINE: cannot use 1`},
		{"update with a condition of another type", edit{mem, "d.RstSeen             true if s.Rst ", "d.RstSeen             true if s.Seq "},
			`^rules/memory\.rules:LINE: non-boolean condition`},

		{"word twice in its list", edit{words, "window_update            | changes the window only\n", "window_update            | changes the window only\npure_ack | once more\n"},
			`^words\.vocabulary:\d+: word pure_ack stands twice in its list$`},
		{"list twice", edit{words, "", "words segment_kind\n"},
			`^words\.vocabulary:LINE: list segment_kind stands twice$`},
		{"word without a meaning", edit{words, "", "mistake\n"},
			`^words\.vocabulary:LINE: want: word \[class\] \| meaning`},
		{"word of an unknown class", edit{words, "syn_unanswered timeout ", "syn_unanswered tiemout "},
			`^words\.vocabulary:LINE: class "tiemout" of teardown syn_unanswered is not in list teardown_class$`},

		{"unknown type of a column", edit{cols, "", "mistake i128 classify - | a mistake\n"},
			`^packets\.columns:LINE: unknown type "i128"$`},
		{"column twice", edit{cols, "", "frame i64 decode - | a mistake\n"},
			`^packets\.columns:LINE: column frame stands twice$`},
		{"column of an unknown list", edit{cols, "", "mistake word(colours)? classify - | a mistake\n"},
			`^packets\.columns:LINE: the vocabulary has no list "colours"$`},
		{"column of an unknown stage", edit{cols, "", "mistake i64 guess - | a mistake\n"},
			`^packets\.columns:LINE: stage is decode or classify, not "guess"$`},
		{"column without a meaning", edit{cols, "", "mistake i64 decode -\n"},
			`^packets\.columns:LINE: want: name type stage wireshark \| meaning$`},

		{"field twice in its record", edit{state, "", "Phase int64 | a mistake\n"},
			`^state/2_connection\.state:LINE: field Phase stands twice in Connection$`},
		{"record twice", edit{state, "", "record Gap | a mistake\n"},
			`^state/2_connection\.state:LINE: record Gap stands twice$`},
		{"field without a meaning", edit{state, "", "Mistake int64\n"},
			`^state/2_connection\.state:LINE: want: field type \| meaning`},
		{"field with an unknown mark", edit{state, "", "Mistake int64 seldom | a mistake\n"},
			`^state/2_connection\.state:LINE: want: field type \|`},
		{"field of an unknown type", edit{state, "", "Mistake int63 | a mistake\n"},
			`state_gen\.go:\d+:\d+: undefined: int63`},
		{"server port that is no number", edit{"schemas/server.ports", "", "http/tcp\n"},
			`^server\.ports:LINE: want: port/tcp or port/udp$`},
		{"text of resets with capital letters", edit{"schemas/reset.texts", "", "denied Port denied | F5\n"},
			`^reset\.texts:LINE: want: word, text in small letters \| source$`},
		{"text of resets with an unknown word", edit{"schemas/reset.texts", "", "refused port denied | F5\n"},
			`^reset\.texts:LINE: "refused" is no word of the list rst_text$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			line, err := generateWith(t, c.edit)
			if err == nil {
				t.Fatal("no error")
			}
			want := strings.ReplaceAll(c.want, "LINE", strconv.Itoa(line))
			if !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Errorf("got  %s\nwant %s", err, want)
			}
		})
	}
}

// TestRestrictedGo adds a function with one construct that the translation to Lua does not
// know. The generator must refuse it at its place instead of translating it somehow.
func TestRestrictedGo(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"product of sequence numbers", "func mistake(s *Segment) uint32 {\n\treturn s.Seq * s.Ack\n}\n", "mistake.go:4:9: WHERE: product of sequence numbers"},
		{"bit operator", "func mistake(s *Segment) bool {\n\treturn s.Flags&2 != 0\n}\n", "mistake.go:4:9: WHERE: operator &"},
		{"shift", "func mistake(s *Segment) int64 {\n\treturn s.Window << s.Scale\n}\n", "mistake.go:4:9: WHERE: operator <<"},
		{"computing with a narrow type", "func mistake(e *Entry) uint16 {\n\treturn e.Window + 1\n}\n", "mistake.go:4:9: WHERE: arithmetic on uint16: convert to int64 first"},
		{"counting with a narrow type", "func mistake(e *Entry) {\n\te.Ttl--\n}\n", "mistake.go:4:2: WHERE: arithmetic on uint8: convert to int64 first"},
		{"copy of a record", "func mistake(d *Direction) {\n\te := d.Ring[0]\n\td.Ring[1] = e\n}\n", "mistake.go:4:2: WHERE: copy of a record"},
		{"copy of an array", "func mistake(d, e *Direction) {\n\td.Ring = e.Ring\n}\n", "mistake.go:4:2: WHERE: copy of an array"},
		{"method", "func (s *Segment) mistake() bool {\n\treturn s.Syn\n}\n", "mistake.go:3:1: WHERE: method"},
		{"closure", "func mistake(s *Segment) bool {\n\tf := func() bool { return s.Syn }\n\treturn f()\n}\n", "mistake.go:4:7: WHERE: *ast.FuncLit"},
		{"range", "func mistake(d *Direction) int64 {\n\tn := int64(0)\n\tfor range d.Ring {\n\t\tn++\n\t}\n\treturn n\n}\n", "mistake.go:5:2: WHERE: *ast.RangeStmt"},
		{"break", "func mistake(d *Direction) {\n\tfor i := int64(0); i < 4; i++ {\n\t\tif d.Ring[i].Frame == 0 {\n\t\t\tbreak\n\t\t}\n\t}\n}\n", "mistake.go:6:4: WHERE: *ast.BranchStmt"},
		{"continue", "func mistake(d *Direction) {\n\tfor i := int64(0); i < 4; i++ {\n\t\tcontinue\n\t}\n}\n", "mistake.go:5:3: WHERE: *ast.BranchStmt"},
		{"fallthrough", "func mistake(s *Segment) bool {\n\tswitch {\n\tcase s.Syn:\n\t\tfallthrough\n\tcase s.Fin:\n\t\treturn true\n\t}\n\treturn false\n}\n", "mistake.go:6:3: WHERE: *ast.BranchStmt"},
		{"statement before a condition", "func mistake(s *Segment) bool {\n\tif n := s.Length; n > 0 {\n\t\treturn true\n\t}\n\treturn false\n}\n", "mistake.go:4:2: WHERE: statement before a condition"},
		{"statement before a switch", "func mistake(s *Segment) bool {\n\tswitch n := s.Length; n {\n\tcase 1:\n\t\treturn true\n\t}\n\treturn false\n}\n", "mistake.go:4:2: WHERE: statement before a switch"},
		{"several results", "func two() (int64, int64) {\n\treturn 1, 2\n}\n\nfunc mistake() int64 {\n\ta, b := two()\n\treturn a + b\n}\n", "mistake.go:8:2: WHERE: assignment of several results"},
		{"slice", "func mistake(d *Direction) bool {\n\te := d.Ring[1:]\n\treturn e[0].Frame == 0\n}\n", "mistake.go:4:7: WHERE: *ast.SliceExpr"},
		{"length", "func mistake(d *Direction) int64 {\n\tn := 0\n\tm := &n\n\treturn int64(*m)\n}\n", "mistake.go:5:7: WHERE: operator &"},
		{"string", "func mistake(s *Segment) bool {\n\tt := \"a\"\n\treturn t == \"a\"\n}\n", "mistake.go:4:7: WHERE: constant \"a\""},
		{"fraction", "func mistake(s *Segment) bool {\n\tx := 1.5\n\treturn x > 1\n}\n", "mistake.go:4:7: WHERE: constant 1.5"},
		{"conversion to a fraction", "func mistake(s *Segment) bool {\n\treturn float64(s.Length) > 1\n}\n", "mistake.go:4:17: WHERE: conversion of int64 to float64"},
		{"call of another package", "func mistake(k schemas.SegmentKind) bool {\n\treturn k.String() == k.String()\n}\n", "mistake.go:6:9: WHERE: call of something that is not a function of the package"},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := "package facts\n\n"
			if strings.Contains(c.body, "schemas.") {
				head += "import \"github.com/pcap-teardown/teardown/schemas\"\n\n"
			}
			_, err := generateWith(t, edit{"classify/facts/mistake.go", "", head + c.body})
			if err == nil {
				t.Fatal("no error")
			}
			_, got, _ := strings.Cut(err.Error(), "classify/facts/")
			want := strings.Replace(c.want, "WHERE", "not in the restricted Go of classify/facts", 1)
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestTypeErrorsOfPrimitives wants the place of a mistake that is not a matter of Lua.
func TestTypeErrorsOfPrimitives(t *testing.T) {
	_, err := generateWith(t, edit{"classify/facts/mistake.go", "", "package facts\n\nfunc mistake(s *Segment) bool {\n\treturn s.Seq\n}\n"})
	if err == nil || !strings.Contains(err.Error(), "classify/facts/mistake.go:4:9: cannot use s.Seq") {
		t.Errorf("got %v", err)
	}
}
