package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// The rare fields of a record in memory stand in an array of their own. Records without anything rare share
// one that is all zero, and get their own when a value of it changes. So a record is small, and what most
// packets find there is in the cache of the processor.

// noneOf is the name of the array that records share which have nothing rare.
func noneOf(rare string) string { return "no" + rare }

// rareRecords writes these arrays, and the functions that change one.
func (w *luaWriter) rareRecords() {
	scope := w.pkg.Scope()
	for _, name := range scope.Names() {
		l := w.laid[name]
		if l == nil || l.rare == nil {
			continue
		}
		at := place{table: "record", fixed: 1}.at(l.at, "Rare")
		fmt.Fprintf(&w.b, `-- What is rare in a record %[1]s: nobody writes to the array that those without it share.
local %[2]s = %[3]s

-- own%[4]s returns the array of a record itself.
local function own%[4]s(record)
  local r = %[5]s
  if r == %[2]s then
    r = %[3]s
    %[5]s = r
  end
  return r
end

-- set%[4]s changes a value and returns the array.
local function set%[4]s(record, at, value)
  local r = %[5]s
  if r[at] ~= value then
    r = own%[4]s(record)
    r[at] = value
  end
  return r
end

`, name, noneOf(l.rare.name), l.rare.zero(), l.rare.name, at)
	}
}

// rarePlace returns where the field of a record at p is looked for: in the record, or among its rare ones.
func (w *luaWriter) rarePlace(p place, l *layout, field string) place {
	if !w.rare[l.name+"."+field] {
		return p
	}
	return place{table: p.at(l.at, "Rare"), fixed: 1, owner: p.table, rareOf: l.rare.name}
}

// own is the array at a place, which the record has for itself then.
func (p place) own() string { return fmt.Sprintf("own%s(%s)", p.rareOf, p.owner) }

// set changes a value of the rare ones.
func (p place) set(offset int, name, value string) string {
	p.fixed += offset
	return fmt.Sprintf("set%s(%s, %s--[[%s]], %s)", p.rareOf, p.owner, p.position(), name, value)
}

// store writes an assignment.
func (w *luaWriter) store(left ast.Expr, value string) {
	e := left
	if i, ok := left.(*ast.IndexExpr); ok {
		e = i.X
	}
	if s, ok := e.(*ast.SelectorExpr); ok && w.inMemory(w.typeOf(s.X)) {
		p, offset := w.fieldAt(s)
		if i, ok := left.(*ast.IndexExpr); ok {
			p, _ = w.element(i)
			offset = 0
		}
		if p.owner != "" {
			w.line("%s", p.set(offset, s.Sel.Name, value))
			return
		}
	}
	w.line("%s = %s", w.expr(left), value)
}

// writes reports whether a function, or one that it calls, assigns to a field of a record.
func (w *luaWriter) writes(fn *ast.FuncDecl, record string, seen map[string]bool) bool {
	if fn == nil || seen[fn.Name.Name] {
		return false
	}
	seen[fn.Name.Name] = true
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				found = found || n.Tok != token.DEFINE && w.isFieldOf(l, record)
			}
		case *ast.IncDecStmt:
			found = found || w.isFieldOf(n.X, record)
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok {
				found = found || w.writes(w.funcs[id.Name], record, seen)
			}
		}
		return !found
	})
	return found
}

// isFieldOf reports whether an expression is a field of a record, or an element of one.
func (w *luaWriter) isFieldOf(e ast.Expr, record string) bool {
	if i, ok := e.(*ast.IndexExpr); ok {
		e = i.X
	}
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	n, _ := namedStruct(w.typeOf(s.X))
	return n != nil && n.Obj().Name() == record
}

// rareOf returns the layout of a record type that has rare fields, nil for others.
func (w *luaWriter) rareOf(t types.Type) *layout {
	n, s := namedStruct(t)
	if s == nil {
		return nil
	}
	if l := w.laid[n.Obj().Name()]; l != nil && l.rare != nil {
		return l
	}
	return nil
}
