package gen

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
)

// What functions cost in Lua: a call as much as ten comparisons, and a switch one comparison per case. So
// functions that are one expression stand where they are called, and functions that are one switch between
// constants look up a table.

const (
	longest = 130 // characters of an expression that stands in place of a call
	fewest  = 6   // cases of a switch that becomes a table
)

// inPlace returns the expression that the call of a function is, where it is one and its parameters are called as
// the arguments are.
func (w *luaWriter) inPlace(fn *ast.FuncDecl, e *ast.CallExpr) (string, bool) {
	if fn == nil || len(fn.Body.List) != 1 {
		return "", false
	}
	ret, ok := fn.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return "", false
	}
	i := 0
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			arg, ok := e.Args[i].(*ast.Ident)
			if !ok || arg.Name != n.Name || w.isPart(arg) || w.isPart(n) {
				return "", false
			}
			i++
		}
	}
	text := w.expr(ret.Results[0])
	return "(" + text + ")", len(text) <= longest
}

// dropUnused takes out the functions that nothing calls: those that stand in place of all their calls.
func dropUnused(names []string, texts map[string]string, rest string) []string {
	for {
		var used []string
		for _, n := range names {
			call := "F." + luaName(n) + "("
			called := ast.IsExported(n) || strings.Contains(rest, call)
			for _, other := range names {
				called = called || other != n && strings.Contains(texts[other], call)
			}
			if called {
				used = append(used, n)
			}
		}
		if len(used) == len(names) {
			return used
		}
		names = used
	}
}

// lookup writes a function that is a switch between constants, or two of them one in the other, as a table, and
// reports whether it is one.
func (w *luaWriter) lookup(fn *ast.FuncDecl) bool {
	var params []string
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			params = append(params, n.Name)
		}
	}
	if len(params) == 0 || len(params) > 2 || len(fn.Body.List) != 2 {
		return false
	}
	s, ok := fn.Body.List[0].(*ast.SwitchStmt)
	if !ok {
		return false
	}
	entries, ok := w.entries(s, params)
	otherwise, is := w.constantReturn(fn.Body.List[1:])
	if !ok || !is || len(entries) < fewest {
		return false
	}
	w.line("do")
	w.indent++
	w.line("local of = {")
	w.indent++
	for len(entries) > 0 {
		n, length := 1, len(entries[0])
		for n < len(entries) && length+len(entries[n]) < 100 {
			length += len(entries[n]) + 2
			n++
		}
		w.line("%s,", strings.Join(entries[:n], ", "))
		entries = entries[n:]
	}
	w.indent--
	w.line("}")
	w.line("function F.%s(%s)", luaName(fn.Name.Name), strings.Join(params, ", "))
	w.indent++
	if len(params) == 2 {
		w.line("local at = of[%s]", params[0])
		w.line("return at and at[%s] or %s", params[1], otherwise)
	} else {
		w.line("return of[%s] or %s", params[0], otherwise)
	}
	w.indent--
	w.line("end")
	w.indent--
	w.line("end")
	return true
}

// entries are the cases of a switch on the first of the parameters as entries of a table; there are no others.
func (w *luaWriter) entries(s *ast.SwitchStmt, params []string) ([]string, bool) {
	tag, ok := s.Tag.(*ast.Ident)
	if s.Init != nil || !ok || tag.Name != params[0] {
		return nil, false
	}
	var all []string
	for _, c := range s.Body.List {
		clause := c.(*ast.CaseClause)
		var value string
		if len(params) == 1 {
			value, ok = w.constantReturn(clause.Body)
		} else if inner, is := onlySwitch(clause.Body); is {
			var list []string
			list, ok = w.entries(inner, params[1:])
			value = "{ " + strings.Join(list, ", ") + " }"
		} else {
			ok = false
		}
		if !ok || clause.List == nil || value == "false" {
			return nil, false
		}
		for _, e := range clause.List {
			key := w.info.Types[e].Value
			if key == nil || key.Kind() != constant.Int {
				return nil, false
			}
			all = append(all, fmt.Sprintf("[%s] = %s", key.ExactString(), value))
		}
	}
	return all, true
}

func onlySwitch(body []ast.Stmt) (*ast.SwitchStmt, bool) {
	if len(body) != 1 {
		return nil, false
	}
	s, ok := body[0].(*ast.SwitchStmt)
	return s, ok
}

// constantReturn returns the constant, a number or a truth value, that is all that the statements return.
func (w *luaWriter) constantReturn(body []ast.Stmt) (string, bool) {
	if len(body) != 1 {
		return "", false
	}
	ret, ok := body[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return "", false
	}
	tv := w.info.Types[ret.Results[0]]
	if tv.Value == nil {
		return "", false
	}
	if basic, ok := tv.Type.Underlying().(*types.Basic); !ok || basic.Info()&(types.IsInteger|types.IsBoolean) == 0 {
		return "", false
	}
	return tv.Value.ExactString(), true
}
