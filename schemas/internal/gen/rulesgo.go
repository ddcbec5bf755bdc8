package gen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"strings"
)

func exprText(e ast.Expr) string {
	var b bytes.Buffer
	printer.Fprint(&b, token.NewFileSet(), e)
	return b.String()
}

// rulesGo writes the tables as Go functions. With lines, every condition carries the place
// of its row, so that the type checker's errors name the rules file.
func rulesGo(tables []*ruleTable, lines bool) string {
	var b bytes.Buffer
	b.WriteString("package facts\n\nimport \"github.com/pcap-teardown/teardown/schemas\"\n\n")
	at := func(t *ruleTable, r ruleRow) {
		if lines {
			fmt.Fprintf(&b, "//line %s:%d\n", t.file, r.line)
		}
	}
	for _, t := range tables {
		fn := camel(t.name)
		params := goParams(t.params)
		switch t.kind {
		case kindFirst:
			fmt.Fprintf(&b, "// %s returns the rule of %s that decides: %s.\nfunc %s(%s) schemas.%s {\n\tswitch {\n", fn, t.file, t.meaning, fn, params, camel(t.rules.name))
			for _, r := range t.rows {
				at(t, r)
				if normal(r.when) == "true" {
					b.WriteString("\t}\n")
					fmt.Fprintf(&b, "\treturn schemas.%s%s // %s\n}\n\n", camel(t.rules.name), camel(r.name), r.meaning)
					break
				}
				fmt.Fprintf(&b, "\tcase %s: // %s\n\t\treturn schemas.%s%s\n", r.when, r.meaning, camel(t.rules.name), camel(r.name))
			}
			word := camel(t.words.name)
			fmt.Fprintf(&b, "// %sWord returns the word that a rule of %s decides for.\nfunc %sWord(rule schemas.%s) schemas.%s {\n\tswitch rule {\n", fn, t.file, fn, camel(t.rules.name), word)
			for _, w := range t.words.words {
				var cases []string
				for _, r := range t.rows {
					if r.word == w.text {
						cases = append(cases, "schemas."+camel(t.rules.name)+camel(r.name))
					}
				}
				if cases != nil {
					fmt.Fprintf(&b, "\tcase %s:\n\t\treturn schemas.%s%s\n", strings.Join(cases, ", "), word, camel(w.text))
				}
			}
			b.WriteString("\t}\n\treturn 0\n}\n\n")
			for i, column := range t.gives {
				t.givenGo(&b, i, column)
			}
		case kindMatrix:
			word := camel(t.words.name)
			event := camel(t.events.name)
			fmt.Fprintf(&b, "// %s returns the state after an event (%s): %s.\nfunc %s(state schemas.%s, event schemas.%s) schemas.%s {\n\tswitch state {\n", fn, t.file, t.meaning, fn, word, event, word)
			for _, r := range t.rows {
				next := map[string][]string{}
				var order []string
				for i, cell := range r.cells {
					if cell == "." || cell == r.name {
						continue
					}
					if next[cell] == nil {
						order = append(order, cell)
					}
					next[cell] = append(next[cell], "schemas."+event+camel(t.columns[i]))
				}
				if order == nil {
					continue
				}
				fmt.Fprintf(&b, "\tcase schemas.%s%s:\n\t\tswitch event {\n", word, camel(r.name))
				for _, cell := range order {
					fmt.Fprintf(&b, "\t\tcase %s:\n\t\t\treturn schemas.%s%s\n", strings.Join(next[cell], ", "), word, camel(cell))
				}
				b.WriteString("\t\t}\n")
			}
			b.WriteString("\t}\n\treturn state\n}\n\n")
		case kindUpdate:
			t.updateGo(&b, fn, params, at)
		case kindScore:
			fmt.Fprintf(&b, "// %s adds the evidence that holds to out (%s): %s.\nfunc %s(%s, out *Evidence) {\n", fn, t.file, t.meaning, fn, params)
			for _, r := range t.rows {
				at(t, r)
				fmt.Fprintf(&b, "\tif %s { // %s\n", r.when, r.meaning)
				at(t, r)
				fmt.Fprintf(&b, "\t\taddEvidence(out, schemas.%s%s, %s, %v)\n\t}\n", camel(t.rules.name), camel(r.name), r.value, r.decides)
			}
			b.WriteString("}\n\n")
		}
	}
	return b.String()
}

// givenGo writes the function that gives a column of "gives" for a rule: a number, or the word at
// a place of a list, 0 behind its end.
func (t *ruleTable) givenGo(b *bytes.Buffer, column int, name string) {
	rules, words := camel(t.rules.name), camel(t.words.name)
	if name == givenWords {
		fn := camel(t.name) + strings.TrimSuffix(camel(name), "s")
		fmt.Fprintf(b, "// %s returns one of the %s that a rule of %s gives, from 0.\nfunc %s(rule schemas.%s, i int64) schemas.%s {\n\tswitch rule {\n", fn, name, t.file, fn, rules, words)
		for _, r := range t.rows {
			list := givenList(r.cells[column])
			if list == nil {
				continue
			}
			fmt.Fprintf(b, "\tcase schemas.%s%s:\n\t\tswitch i {\n", rules, camel(r.name))
			for i, w := range list {
				fmt.Fprintf(b, "\t\tcase %d:\n\t\t\treturn schemas.%s%s\n", i, words, camel(w))
			}
			b.WriteString("\t\t}\n")
		}
		b.WriteString("\t}\n\treturn 0\n}\n\n")
		return
	}
	fn := camel(t.name) + camel(name)
	fmt.Fprintf(b, "// %s returns the %s that a rule of %s gives.\nfunc %s(rule schemas.%s) int64 {\n\tswitch rule {\n", fn, name, t.file, fn, rules)
	byNumber := map[string][]string{}
	var order []string
	for _, r := range t.rows {
		n := r.cells[column]
		if byNumber[n] == nil {
			order = append(order, n)
		}
		byNumber[n] = append(byNumber[n], "schemas."+rules+camel(r.name))
	}
	for _, n := range order {
		fmt.Fprintf(b, "\tcase %s:\n\t\treturn %s\n", strings.Join(byNumber[n], ", "), n)
	}
	b.WriteString("\t}\n\treturn 0\n}\n\n")
}

// goParams turns "c Connection, d Direction" into pointers to the records; plain types stay.
func goParams(params string) string {
	var out []string
	for _, p := range strings.Split(params, ",") {
		f := strings.Fields(p)
		if len(f) == 2 && f[1][0] >= 'A' && f[1][0] <= 'Z' {
			f[1] = "*" + f[1]
		}
		out = append(out, strings.Join(f, " "))
	}
	return strings.Join(out, ", ")
}
