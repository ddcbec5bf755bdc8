package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
)

// A dialect is what differs between a version of a function in Lua and one in Go. In both, values are
// numbers and truth values of one width: what Go makes of them at the width of their types is written out.
type dialect interface {
	operator(op token.Token) string
	not(x string) string
	quotient(x, y value) string                          // of numbers that are not negative
	wrap(e ast.Expr, text string) string                 // the number that the type of e makes of a sum
	narrow(text string, to *types.Basic) string          // and of a conversion
	named(r rec, e *ast.SelectorExpr) string             // the field of a record with named fields
	field(r rec, offset int, e *ast.SelectorExpr) string // the field of a record in memory
	address(r rec, name string) string                   // of a record that has a table of its own in Lua
	position(r rec) string                               // of a record in an array
	store(p *special, r rec, offset int, e *ast.SelectorExpr, v value)
	result(p *special, key string, v value) // stores a field of what the function fills
}

// luaText is Lua.
type luaText struct{ w *luaWriter }

func (t luaText) operator(op token.Token) string             { return luaOperators[op] }
func (t luaText) not(x string) string                        { return "not " + x }
func (t luaText) quotient(x, y value) string                 { return "quotient(" + x.text + ", " + y.text + ")" }
func (t luaText) wrap(e ast.Expr, text string) string        { return t.w.wrap(e, text) }
func (t luaText) narrow(text string, to *types.Basic) string { return narrow(text, to) }
func (t luaText) named(r rec, e *ast.SelectorExpr) string    { return r.table + "." + e.Sel.Name }
func (t luaText) address(r rec, name string) string          { return r.at(0, name) }
func (t luaText) position(r rec) string                      { return r.place.position() }

func (t luaText) field(r rec, offset int, e *ast.SelectorExpr) string {
	return r.at(offset, e.Sel.Name)
}

func (t luaText) store(p *special, r rec, offset int, e *ast.SelectorExpr, v value) {
	if r.owner == "" {
		p.emit(&instruction{store: r.at(offset, e.Sel.Name), text: v.text})
		return
	}
	// The array of the rare ones may become another; most of the time the value is what it was.
	old := r.at(offset, e.Sel.Name)
	set := []*instruction{
		{isIf: true, text: r.table + " == " + noneOf(r.rareOf), then: []*instruction{{store: r.table, text: r.own()}}},
		{store: old, text: v.text},
	}
	if known, ok := p.env[r.key(offset, e.Sel.Name)]; ok {
		if old = known.text; known.known && v.known {
			*p.block = append(*p.block, set...)
			return
		}
	}
	p.emit(&instruction{isIf: true, text: old + " ~= " + group(v), then: set})
}

func (t luaText) result(p *special, key string, v value) {
	p.emit(&instruction{store: key, text: v.text})
}

// goText is Go. All numbers are int64; a field is converted where it is read and written.
type goText struct {
	w    *luaWriter
	rare map[string]bool // fields of the memory that are rare, by record and name
}

// rareFlag is the variable that says whether a rare field may have got another value than zero.
const rareFlag = "rare"

func (t goText) operator(op token.Token) string { return op.String() }
func (t goText) not(x string) string            { return "!" + x }
func (t goText) quotient(x, y value) string     { return group(x) + " / " + group(y) }

func (t goText) wrap(e ast.Expr, text string) string {
	if t.w.wrap(e, "") == "" { // of 64 bits
		return text
	}
	return "int64(uint32(" + text + "))"
}

func (t goText) narrow(text string, to *types.Basic) string {
	return fmt.Sprintf("int64(%s(%s))", to, text)
}

func (t goText) named(r rec, e *ast.SelectorExpr) string {
	return t.wide(r.table+"."+e.Sel.Name, t.w.typeOf(e))
}

func (t goText) field(r rec, offset int, e *ast.SelectorExpr) string {
	return t.wide(r.path+"."+e.Sel.Name, t.w.typeOf(e))
}

// wide is the text of a value as an int64, or as the truth value that it is.
func (t goText) wide(text string, of types.Type) string {
	if b, ok := of.(*types.Basic); ok && (b.Kind() == types.Bool || b.Kind() == types.Int64) {
		return text
	}
	return "int64(" + text + ")"
}

func (t goText) address(r rec, name string) string { return "&" + r.path }
func (t goText) position(r rec) string             { return "&" + r.path }

func (t goText) store(p *special, r rec, offset int, e *ast.SelectorExpr, v value) {
	p.emit(&instruction{store: r.path + "." + e.Sel.Name, text: t.of(v, t.w.typeOf(e))})
	if !r.rare && !t.isRare(e) || v.known && v.n == 0 {
		return
	}
	set := rareFlag + " || " + group(v)
	switch {
	case v.known:
		set = "true"
	case !v.truth:
		set += " != 0"
	}
	p.emit(&instruction{store: rareFlag, text: set})
}

func (t goText) result(p *special, key string, v value) {
	_, s := namedStruct(t.w.pkg.Scope().Lookup("Verdict").Type())
	for i := range s.NumFields() {
		if f := s.Field(i); key == "v."+f.Name() {
			p.emit(&instruction{store: key, text: t.of(v, f.Type())})
		}
	}
}

// of is the text of a value as one of a type.
func (t goText) of(v value, to types.Type) string {
	b, basic := to.(*types.Basic)
	if v.known || basic && (b.Kind() == types.Bool || b.Kind() == types.Int64) {
		return v.text
	}
	return types.TypeString(to, (*types.Package).Name) + "(" + v.text + ")"
}

// isRare reports whether a field is rare.
func (t goText) isRare(e *ast.SelectorExpr) bool {
	n, _ := namedStruct(t.w.typeOf(e.X))
	return t.rare[n.Obj().Name()+"."+e.Sel.Name]
}

// part is the record that a field of r holds, which the caller has found.
func (r rec) part(p *special, e *ast.SelectorExpr) rec {
	r.path += "." + e.Sel.Name
	if t, ok := p.text.(goText); ok {
		r.rare = r.rare || t.isRare(e)
	}
	return r
}
