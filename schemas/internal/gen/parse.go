package gen

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A column is one row of a .columns file.
type column struct {
	name, typ, words string
	nullable         bool
	stage, wireshark string
	meaning          string
}

// A word is one row of a list of the vocabulary.
type word struct {
	text, class, meaning string
	line                 int
}

// A list is one closed list of the vocabulary.
type list struct {
	name  string
	words []word
}

// A failure names the place of a mistake in a source file of schemas.
type failure struct {
	file string
	line int
	text string
}

func (f failure) Error() string { return fmt.Sprintf("%s:%d: %s", f.file, f.line, f.text) }

// plainTypes are the column types that have no parameter, with the name of their schemas.Type.
var plainTypes = map[string]string{
	"i16": "Int16", "i32": "Int32", "i64": "Int64", "bool": "Bool", "timestamp": "Timestamp",
	"symbol": "Symbol", "text": "Text", "address": "Address", "mac": "MAC", "bytes": "Bytes",
}

// rows calls f for every line of the file that is neither empty nor a comment.
func rows(dir, name string, f func(line int, text string) error) error {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	for i, text := range strings.Split(string(data), "\n") {
		if t := strings.TrimSpace(text); t == "" || strings.HasPrefix(t, "#") {
			continue
		}
		if err := f(i+1, text); err != nil {
			return failure{name, i + 1, err.Error()}
		}
	}
	return nil
}

// parseColumns reads a .columns file.
func parseColumns(dir, name string, lists map[string]*list) ([]column, error) {
	var cols []column
	seen := map[string]bool{}
	err := rows(dir, name, func(_ int, text string) error {
		left, meaning, ok := strings.Cut(text, "|")
		f := strings.Fields(left)
		if !ok || len(f) != 4 {
			return fmt.Errorf("want: name type stage wireshark | meaning")
		}
		c := column{name: f[0], stage: f[2], wireshark: f[3], meaning: strings.TrimSpace(meaning)}
		if seen[c.name] {
			return fmt.Errorf("column %s stands twice", c.name)
		}
		seen[c.name] = true
		if c.stage != "decode" && c.stage != "classify" {
			return fmt.Errorf("stage is decode or classify, not %q", c.stage)
		}
		if c.wireshark == "-" {
			c.wireshark = ""
		}
		typ, nullable := strings.CutSuffix(f[1], "?")
		c.nullable = nullable
		if inner, ok := strings.CutPrefix(typ, "list(word("); ok {
			c.typ, c.words = "WordList", strings.TrimSuffix(inner, "))")
		} else if inner, ok := strings.CutPrefix(typ, "word("); ok {
			c.typ, c.words = "WordType", strings.TrimSuffix(inner, ")")
		} else if c.typ = plainTypes[typ]; c.typ == "" {
			return fmt.Errorf("unknown type %q", f[1])
		}
		if c.words != "" && c.words != flagsList && lists[c.words] == nil {
			return fmt.Errorf("the vocabulary has no list %q", c.words)
		}
		cols = append(cols, c)
		return nil
	})
	return cols, err
}

// flagsList is the one list that schemas makes itself: the text of TCP flag combinations.
const flagsList = "tcp_flags_text"

// parseVocabulary reads the closed lists in their order.
func parseVocabulary(dir, name string) ([]*list, error) {
	var lists []*list
	byName := map[string]*list{}
	seen := map[string]bool{}
	err := rows(dir, name, func(line int, text string) error {
		if n, ok := strings.CutPrefix(text, "words "); ok {
			n = strings.TrimSpace(n)
			if byName[n] != nil {
				return fmt.Errorf("list %s stands twice", n)
			}
			byName[n] = &list{name: n}
			lists = append(lists, byName[n])
			seen = map[string]bool{}
			return nil
		}
		left, meaning, ok := strings.Cut(text, "|")
		f := strings.Fields(left)
		if len(lists) == 0 || !ok || len(f) < 1 || len(f) > 2 {
			return fmt.Errorf("want: word [class] | meaning, below a line \"words NAME\"")
		}
		w := word{text: f[0], meaning: strings.TrimSpace(meaning), line: line}
		if seen[w.text] {
			return fmt.Errorf("word %s stands twice in its list", w.text)
		}
		seen[w.text] = true
		if len(f) == 2 {
			w.class = f[1]
		}
		l := lists[len(lists)-1]
		l.words = append(l.words, w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return lists, checkClasses(lists, byName, name)
}

// checkClasses demands that every class named by list X stands in list X_class.
func checkClasses(lists []*list, byName map[string]*list, file string) error {
	for _, l := range lists {
		for _, w := range l.words {
			if w.class == "" {
				continue
			}
			classes := byName[l.name+"_class"]
			if classes == nil || classes.number(w.class) == 0 {
				return failure{file, w.line, fmt.Sprintf("class %q of %s %s is not in list %s_class", w.class, l.name, w.text, l.name)}
			}
		}
	}
	return nil
}

// number is the number of the word in the list, or 0.
func (l *list) number(text string) int {
	for i, w := range l.words {
		if w.text == text {
			return i + 1
		}
	}
	return 0
}
