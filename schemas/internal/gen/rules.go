package gen

import (
	"fmt"
	"go/ast"
	"go/parser"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The kinds of rule tables; schemas/doc.go teaches their notation.
const (
	kindFirst  = "first"  // first row whose condition holds
	kindMatrix = "matrix" // state and event give the next state
	kindUpdate = "update" // remembered values after the segment
	kindScore  = "score"  // weighted evidence, all rows that hold
)

// A ruleTable is one table of a .rules file.
type ruleTable struct {
	kind, name, params string
	file               string
	line               int
	words              *list // of first: the words that it decides among
	rules              *list // of first and score: the list that the names of its rows join
	events             *list // of matrix: the events that its columns are
	rows               []ruleRow
	columns            []string
	gives              []string // of first: what a row gives beside its word
	meaning            string
}

// A ruleRow is one row. Its parts depend on the kind of the table.
type ruleRow struct {
	name    string
	word    string   // of first: the word; of matrix: unused
	when    string   // condition, a Go expression
	value   string   // of update: the new value; of score: the points
	decides bool     // of score: this evidence decides whatever the sum says
	cells   []string // of matrix: the next states; of first: what the head says that a row gives
	meaning string
	line    int
}

// parseRules reads every .rules file of the folder.
func parseRules(dir string, byName map[string]*list) ([]*ruleTable, error) {
	var tables []*ruleTable
	for _, name := range namesWithSuffix(filepath.Join(dir, "rules"), ".rules") {
		path := filepath.Join("rules", name)
		var t *ruleTable
		err := rows(dir, path, func(line int, text string) error {
			left, meaning := cutMeaning(text)
			f := strings.Fields(left)
			switch f[0] {
			case kindFirst, kindMatrix, kindUpdate, kindScore:
				if strings.Contains(left, "(") {
					t = &ruleTable{kind: f[0], file: path, line: line, meaning: meaning}
					tables = append(tables, t)
					return t.parseHead(strings.TrimSpace(left[len(f[0]):]), byName)
				}
			}
			if t == nil {
				return fmt.Errorf("a row before the first table")
			}
			return t.parseRow(left, meaning, line)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, t := range tables {
		if err := t.check(); err != nil {
			return nil, err
		}
		if t.rules == nil {
			continue
		}
		for _, r := range t.rows {
			if t.rules.number(r.name) != 0 {
				return nil, failure{t.file, r.line, fmt.Sprintf("rule %s stands twice in list %s", r.name, t.rules.name)}
			}
			t.rules.words = append(t.rules.words, word{text: r.name, meaning: r.meaning})
		}
	}
	return tables, nil
}

// cutMeaning splits a line at its last lone bar; conditions may hold ||.
func cutMeaning(text string) (left, meaning string) {
	if i := strings.LastIndex(text, " | "); i >= 0 {
		return strings.TrimSpace(text[:i]), strings.TrimSpace(text[i+3:])
	}
	return strings.TrimSpace(text), ""
}

// parseHead reads "NAME(params) [words LIST] [rules LIST] [events LIST] [gives COLUMN...]".
func (t *ruleTable) parseHead(head string, byName map[string]*list) error {
	open, shut := strings.Index(head, "("), strings.LastIndex(head, ")")
	if open < 1 || shut < open {
		return fmt.Errorf("want: %s name(parameters)", t.kind)
	}
	t.name, t.params = head[:open], head[open+1:shut]
	rest := strings.Fields(head[shut+1:])
	if i := slices.Index(rest, "gives"); i >= 0 {
		t.gives, rest = rest[i+1:], rest[:i]
		if t.kind != kindFirst || len(t.gives) == 0 {
			return fmt.Errorf("gives names columns of a table of the kind first")
		}
	}
	if len(rest)%2 != 0 {
		return fmt.Errorf("want pairs such as words LIST behind the parameters")
	}
	for i := 0; i < len(rest); i += 2 {
		l := byName[rest[i+1]]
		if l == nil {
			return fmt.Errorf("the vocabulary has no list %q", rest[i+1])
		}
		switch rest[i] {
		case "words":
			t.words = l
		case "rules":
			t.rules = l
		case "events":
			t.events = l
		default:
			return fmt.Errorf("unexpected %q", rest[i])
		}
	}
	needs := map[string][3]bool{kindFirst: {true, true, false}, kindMatrix: {true, false, true}, kindScore: {false, true, false}}[t.kind]
	if (t.words != nil) != needs[0] || (t.rules != nil) != needs[1] || (t.events != nil) != needs[2] {
		return fmt.Errorf("first needs words and rules, matrix words and events, score rules, update none")
	}
	return nil
}

func (t *ruleTable) parseRow(left, meaning string, line int) error {
	f := strings.Fields(left)
	r := ruleRow{name: f[0], meaning: meaning, line: line}
	rest := strings.TrimSpace(left[len(f[0]):])
	switch t.kind {
	case kindMatrix:
		if t.columns == nil {
			t.columns = f[1:]
			return nil
		}
		r.cells = f[1:]
	case kindFirst:
		n := len(t.gives)
		if len(f) < 3+n {
			return fmt.Errorf("want: %s condition | meaning", strings.Join(append([]string{"rule word"}, t.gives...), " "))
		}
		r.word, r.cells = f[1], f[2:2+n]
		for _, cell := range f[1 : 2+n] {
			rest = strings.TrimSpace(rest[len(cell):])
		}
		r.when = rest
	case kindScore:
		if len(f) < 3 {
			return fmt.Errorf("want: evidence points condition | sentence")
		}
		r.value, r.decides = strings.CutSuffix(f[1], "!")
		r.when = strings.TrimSpace(rest[len(f[1]):])
	case kindUpdate:
		value, when, ok := strings.Cut(rest, " if ")
		if !ok {
			value, when = rest, "true"
		}
		r.value, r.when = strings.TrimSpace(value), strings.TrimSpace(when)
	}
	if t.kind != kindMatrix && meaning == "" {
		return fmt.Errorf("row %s has no meaning", r.name)
	}
	t.rows = append(t.rows, r)
	return nil
}

// check finds what types cannot: names used twice, unknown words, rows that an earlier row
// hides, holes in a matrix.
func (t *ruleTable) check() error {
	fail := func(line int, format string, a ...any) error {
		return failure{t.file, line, fmt.Sprintf(format, a...)}
	}
	seen := map[string]bool{}
	conditions := map[string]string{}
	for i, r := range t.rows {
		key := r.name
		if t.kind == kindUpdate {
			key += " " + r.when
		}
		if seen[key] {
			return fail(r.line, "row %s stands twice", r.name)
		}
		seen[key] = true
		switch t.kind {
		case kindFirst:
			if t.words.number(r.word) == 0 {
				return fail(r.line, "list %s has no word %q", t.words.name, r.word)
			}
			cond := normal(r.when)
			if earlier := conditions[cond]; earlier != "" {
				return fail(r.line, "row %s can never be reached: row %s has the same condition", r.name, earlier)
			}
			if earlier := conditions["true"]; earlier != "" {
				return fail(r.line, "row %s can never be reached: row %s always holds", r.name, earlier)
			}
			conditions[cond] = r.name
			if err := t.checkGiven(r); err != nil {
				return fail(r.line, "%s", err)
			}
			if i == len(t.rows)-1 && cond != "true" {
				return fail(r.line, "the last row of %s must hold always, so that every case has a rule", t.name)
			}
		case kindMatrix:
			if t.words.number(r.name) == 0 {
				return fail(r.line, "list %s has no word %q", t.words.name, r.name)
			}
			if len(r.cells) != len(t.columns) {
				return fail(r.line, "state %s has %d cells for %d events", r.name, len(r.cells), len(t.columns))
			}
			for j, cell := range r.cells {
				if cell != "." && t.words.number(cell) == 0 {
					return fail(r.line, "state %s, event %s: list %s has no word %q", r.name, t.columns[j], t.words.name, cell)
				}
			}
		}
		if t.kind != kindMatrix {
			if _, err := parser.ParseExpr(r.when); err != nil {
				return fail(r.line, "condition of %s: %v", r.name, err)
			}
		}
		if t.kind == kindUpdate || t.kind == kindScore {
			if _, err := parser.ParseExpr(r.value); err != nil {
				return fail(r.line, "value of %s: %v", r.name, err)
			}
		}
	}
	if t.kind == kindMatrix {
		for _, c := range t.columns {
			if t.events.number(c) == 0 {
				return fail(t.line, "list %s has no event %q", t.events.name, c)
			}
		}
		if len(t.columns) != len(t.events.words) {
			return fail(t.line, "the matrix %s has %d columns for the %d events of %s", t.name, len(t.columns), len(t.events.words), t.events.name)
		}
		for _, w := range t.words.words {
			if !seen[w.text] {
				return fail(t.line, "the matrix %s has no row for %s", t.name, w.text)
			}
		}
	}
	return nil
}

// checkGiven demands numbers, and words of the table's list in a column alternatives.
func (t *ruleTable) checkGiven(r ruleRow) error {
	for i, column := range t.gives {
		if column != givenWords {
			if n, err := strconv.Atoi(r.cells[i]); err != nil || n < 0 || n > 100 {
				return fmt.Errorf("%s of %s is %q, want a number of percent", column, r.name, r.cells[i])
			}
			continue
		}
		for _, w := range givenList(r.cells[i]) {
			if t.words.number(w) == 0 || w == r.word {
				return fmt.Errorf("%s of %s: list %s has no other word %q", column, r.name, t.words.name, w)
			}
		}
	}
	return nil
}

// givenWords is the column of "gives" that holds words, joined by commas.
const givenWords = "alternatives"

// givenList splits such a cell.
func givenList(cell string) []string {
	if cell == "-" {
		return nil
	}
	return strings.Split(cell, ",")
}

// normal is a condition without the differences that white space makes.
func normal(when string) string {
	e, err := parser.ParseExpr(when)
	if err != nil {
		return when
	}
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			break
		}
		e = p.X
	}
	return exprText(e)
}
