package gen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// plainGo writes the version of Step for plain segments in Go, and the question whether the memory of a
// connection is in a state where segments can be plain.
func plainGo(c *checked, state []record) string {
	w := &luaWriter{checked: c, small: smallFields(state), views: map[types.Object]place{}}
	w.layouts()
	text := goText{w: w, rare: rareFields(state)}
	funcs := map[string]*ast.FuncDecl{}
	for _, f := range c.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				funcs[fn.Name.Name] = fn
			}
		}
	}
	w.b.WriteString("package facts\n\n")
	if funcs[stepFunc] == nil || funcs[plainCase] == nil || funcs[usualCase] == nil || w.laid[memoryRecord] == nil {
		return w.b.String()
	}
	atoms := casesOf(funcs[plainCase])
	tables := map[string][]int64{}
	body, err := w.specialise(funcs, version{cases: []knownCase{{plainCase, atoms}}, stays: true, text: text, tables: tables})
	var usual []*instruction
	if err == nil {
		more := knownCase{usualCase, casesOf(funcs[usualCase])}
		usual, err = w.specialise(funcs, version{cases: []knownCase{{plainCase, atoms}, more}, stays: true, usual: true, text: text, tables: tables})
	}
	if err != nil {
		fmt.Fprintf(&w.b, withoutPlainGo, strings.ReplaceAll(err.Error(), "\n", " "))
		return w.b.String()
	}
	w.b.WriteString("import \"github.com/pcap-teardown/teardown/schemas\"\n\n")
	segment, memory := plainConditions(atoms)
	fmt.Fprintf(&w.b, `// Calm reports whether the connection is in a state where segments can be plain. A plain segment leaves it
// so.
func Calm(c *Connection) bool {
	o, r := &c.Dir[0], &c.Dir[1]
	return %s
}

// IsPlain reports whether the segment is plain where the connection is calm.
func IsPlain(s *Segment) bool { return %s }

`, strings.Join(memory, " && "), strings.Join(segment, " && "))
	var code, shorter bytes.Buffer
	printGo(&code, body)
	printGo(&shorter, usual)
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		if used := []byte(name + "Of["); !bytes.Contains(code.Bytes(), used) && !bytes.Contains(shorter.Bytes(), used) {
			continue
		}
		fmt.Fprintf(&w.b, "var %sOf = [...]int64{%s}\n\n", name, strings.Trim(strings.ReplaceAll(fmt.Sprint(tables[name]), " ", ", "), "[]"))
	}
	fmt.Fprintf(&w.b, `// StepPlain is Step for a plain segment of a calm connection: rules and primitives under that condition, with all
// that follows from it left out. It reports whether a rare field may have got another value than zero.
func StepPlain(c *Connection, s *Segment, v *Verdict) (%s bool) {
`, rareFlag)
	w.b.Write(code.Bytes())
	fmt.Fprintf(&w.b, "return %s\n}\n", rareFlag)
	fmt.Fprintf(&w.b, `
// Usual reports what else holds for most plain segments of calm connections.
func Usual(c *Connection, s *Segment) bool { return %s(c, &c.Dir[s.From], &c.Dir[1-s.From], s) }

// StepUsual is StepPlain where Usual says so and neither direction has anything rare.
func StepUsual(c *Connection, s *Segment, v *Verdict) (%s bool) {
`, usualCase, rareFlag)
	reads := map[string]int{}
	count(usual, reads)
	_, fields := namedStruct(w.pkg.Scope().Lookup("Segment").Type())
	for i := range fields.NumFields() {
		if f := fields.Field(i); reads[argument(f.Name())] > 0 {
			fmt.Fprintf(&w.b, "%s := %s\n", argument(f.Name()), text.wide("s."+f.Name(), f.Type()))
		}
	}
	w.b.Write(shorter.Bytes())
	fmt.Fprintf(&w.b, "return %s\n}\n", rareFlag)
	return w.b.String()
}

// withoutPlainGo stands where there is no version for plain segments, and says why.
const withoutPlainGo = `// No version for plain segments: %s

// Calm is never so.
func Calm(c *Connection) bool { return false }

// IsPlain is never so.
func IsPlain(s *Segment) bool { return false }

// StepPlain is never called.
func StepPlain(c *Connection, s *Segment, v *Verdict) bool { return false }

// Usual is never so.
func Usual(c *Connection, s *Segment) bool { return false }

// StepUsual is never called.
func StepUsual(c *Connection, s *Segment, v *Verdict) bool { return false }
`

var (
	ofSender   = regexp.MustCompile(`\bd\.`)
	ofReceiver = regexp.MustCompile(`\bother\.`)
	ofEither   = regexp.MustCompile(`\b(d|other)\.`)
)

// plainConditions divides the conditions of a plain segment into those on it and those on the memory, where the
// ones on a direction become one for each, since segments come from both.
func plainConditions(atoms []ast.Expr) (segment, memory []string) {
	for _, a := range atoms {
		text := types.ExprString(a)
		switch {
		case strings.HasPrefix(strings.TrimPrefix(text, "!"), "s."):
			segment = append(segment, text)
		case !ofEither.MatchString(text):
			memory = append(memory, text)
		default:
			for _, d := range []string{"o.", "r."} {
				of := ofReceiver.ReplaceAllString(ofSender.ReplaceAllString(text, d), d)
				if !slices.Contains(memory, of) {
					memory = append(memory, of)
				}
			}
		}
	}
	return segment, memory
}

// printGo writes instructions; gofmt indents them.
func printGo(b *bytes.Buffer, list []*instruction) {
	for _, i := range list {
		switch {
		case i.isIf:
			printGoIf(b, i)
			b.WriteString("\n")
		case i.store != "":
			fmt.Fprintf(b, "%s = %s\n", i.store, i.text)
		case i.local && i.text == "" && i.truth:
			fmt.Fprintf(b, "var %s bool\n", i.name)
		case i.local && i.text == "":
			fmt.Fprintf(b, "var %s int64\n", i.name)
		case i.local:
			fmt.Fprintf(b, "%s := %s\n", i.name, i.text)
		default:
			fmt.Fprintf(b, "%s = %s\n", i.name, i.text)
		}
	}
}

func printGoIf(b *bytes.Buffer, i *instruction) {
	then, otherwise, cond := i.then, i.otherwise, i.text
	if len(then) == 0 {
		then, otherwise, cond = otherwise, nil, "!("+cond+")"
	}
	fmt.Fprintf(b, "if %s {\n", cond)
	printGo(b, then)
	b.WriteString("}")
	switch {
	case len(otherwise) == 1 && otherwise[0].isIf:
		b.WriteString(" else ")
		printGoIf(b, otherwise[0])
	case len(otherwise) > 0:
		b.WriteString(" else {\n")
		printGo(b, otherwise)
		b.WriteString("}")
	}
}
