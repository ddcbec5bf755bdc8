package gen

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"strings"
)

// An assignment is one remembered value of an update table with all rows that can change it.
type assignment struct {
	place string
	rows  []ruleRow
	reads map[string]bool // places that its conditions and values look at
}

// assignments groups the rows of an update table by their place, in the order of first rows.
func (t *ruleTable) assignments() []*assignment {
	var order []*assignment
	byPlace := map[string]*assignment{}
	for _, r := range t.rows {
		a := byPlace[r.name]
		if a == nil {
			a = &assignment{place: r.name, reads: map[string]bool{}}
			byPlace[r.name] = a
			order = append(order, a)
		}
		a.rows = append(a.rows, r)
		for _, text := range []string{r.when, r.value} {
			if e, err := parser.ParseExpr(text); err == nil {
				ast.Inspect(e, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok {
						a.reads[exprText(s)] = true
					}
					return true
				})
			}
		}
	}
	return order
}

// updateGo writes an update table. Every value comes from the state before the segment,
// whatever the order of rows: a place is assigned once nothing behind it looks at the place.
// Where places look at each other in a circle, one of them is kept in a variable.
func (t *ruleTable) updateGo(b *bytes.Buffer, fn, params string, at func(*ruleTable, ruleRow)) {
	fmt.Fprintf(b, "// %s remembers what a segment changes (%s): %s.\nfunc %s(%s) {\n", fn, t.file, t.meaning, fn, params)
	left := t.assignments()
	var kept []string // pairs of place and variable
	for len(left) > 0 {
		pick := -1
		for i, a := range left {
			if !readByOthers(left, a) {
				pick = i
				break
			}
		}
		if pick < 0 {
			pick = 0
			place := left[0].place
			variable := "old" + strings.NewReplacer(".", "", "[", "", "]", "").Replace(place)
			at(t, left[0].rows[0])
			fmt.Fprintf(b, "\t%s := %s\n", variable, place)
			kept = append(kept, place, variable)
			for _, a := range left[1:] {
				delete(a.reads, place)
			}
		}
		a := left[pick]
		left = append(left[:pick:pick], left[pick+1:]...)
		t.assign(b, a, kept, at)
	}
	b.WriteString("}\n\n")
}

// readByOthers reports whether another assignment looks at the place of a.
func readByOthers(left []*assignment, a *assignment) bool {
	for _, other := range left {
		if other != a && other.reads[a.place] {
			return true
		}
	}
	return false
}

// assign writes the rows of one place: the last that holds counts, so it is asked first.
func (t *ruleTable) assign(b *bytes.Buffer, a *assignment, kept []string, at func(*ruleTable, ruleRow)) {
	word := "if"
	for i := len(a.rows) - 1; i >= 0; i-- {
		r := a.rows[i]
		always := normal(r.when) == "true"
		at(t, r)
		switch {
		case always && word == "if":
			fmt.Fprintf(b, "\t%s = %s // %s\n", a.place, replacePlaces(r.value, a.place, kept), r.meaning)
			return
		case always:
			fmt.Fprintf(b, "\t} else { // %s\n", r.meaning)
		case word == "if":
			fmt.Fprintf(b, "\tif %s { // %s\n", replacePlaces(r.when, a.place, kept), r.meaning)
		default:
			fmt.Fprintf(b, "\t} else if %s { // %s\n", replacePlaces(r.when, a.place, kept), r.meaning)
		}
		at(t, r)
		fmt.Fprintf(b, "\t\t%s = %s\n", a.place, replacePlaces(r.value, a.place, kept))
		word = "else"
		if always {
			break
		}
	}
	b.WriteString("\t}\n")
}

// replacePlaces makes an expression look at the variables instead of the places that were assigned
// before; its own place is assigned now.
func replacePlaces(text, own string, kept []string) string {
	e, err := parser.ParseExpr(text)
	if err != nil || len(kept) == 0 {
		return text
	}
	variables := map[string]string{}
	for i := 0; i < len(kept); i += 2 {
		if kept[i] != own {
			variables[kept[i]] = kept[i+1]
		}
	}
	changed := false
	rewritten := rewrite(e, func(s *ast.SelectorExpr) ast.Expr {
		if v := variables[exprText(s)]; v != "" {
			changed = true
			return ast.NewIdent(v)
		}
		return s
	})
	if !changed {
		return text
	}
	return exprText(rewritten)
}

// rewrite replaces selectors within the kinds of expressions that rules have.
func rewrite(e ast.Expr, f func(*ast.SelectorExpr) ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return f(e)
	case *ast.BinaryExpr:
		e.X, e.Y = rewrite(e.X, f), rewrite(e.Y, f)
	case *ast.UnaryExpr:
		e.X = rewrite(e.X, f)
	case *ast.ParenExpr:
		e.X = rewrite(e.X, f)
	case *ast.CallExpr:
		for i := range e.Args {
			e.Args[i] = rewrite(e.Args[i], f)
		}
	}
	return e
}
