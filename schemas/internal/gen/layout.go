package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// memoryRecord is the record that is kept for every live connection. It and the records within
// it are arrays in Lua, so that a connection takes 16 bytes per value and few lines of the
// processor's cache; single records such as a segment have named fields. So are those of manyRecords,
// of which there are many, too.
const memoryRecord = "Connection"

var manyRecords = []string{memoryRecord, "Host", "Pair", "Service"}

// A layout says where the values of a record stand in its Lua array.
type layout struct {
	name   string
	size   int
	offset []int    // of each field, from 0
	paths  []string // of each value: Rst.Seen, Ring[0].Seq
	zeros  []string // what each value is at first
	rare   *layout  // where the rare fields stand, if there are any
	at     int      // offset of the table of that
}

// room is how many places in front of the memory record are for the code that keeps it; the next is
// that of the version for plain segments.
const room = 11

// namedStruct returns the record behind a type or a pointer to it.
func namedStruct(t types.Type) (*types.Named, *types.Struct) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return nil, nil
	}
	s, _ := n.Underlying().(*types.Struct)
	return n, s
}

// layouts lays out the records that are arrays and the records within them, by their names.
func (w *luaWriter) layouts() {
	w.laid = map[string]*layout{}
	for _, name := range manyRecords {
		if t, ok := w.pkg.Scope().Lookup(name).(*types.TypeName); ok {
			w.layOut(t.Type())
		}
	}
}

func (w *luaWriter) layOut(t types.Type) *layout {
	n, s := namedStruct(t)
	name := n.Obj().Name()
	if l := w.laid[name]; l != nil {
		return l
	}
	l := &layout{name: name, offset: make([]int, s.NumFields())}
	w.laid[name] = l
	if name == memoryRecord {
		l.paths, l.zeros = make([]string, room+1), slices.Repeat([]string{"false"}, room+1)
	}
	for i := range s.NumFields() {
		if w.rare[name+"."+s.Field(i).Name()] && l.rare == nil {
			l.rare, l.at = &layout{name: name + "Rare", offset: l.offset}, len(l.zeros)
			l.paths, l.zeros = append(l.paths, "Rare"), append(l.zeros, noneOf(l.rare.name))
		}
	}
	// What the versions for most segments look at stands together, so that it takes few lines of the cache.
	var order []int
	known := name
	if name == memoryRecord {
		order = append(order, w.fieldIndex("Dir"))
	} else if !w.ownTable(t) {
		known = element
	}
	for _, hot := range []int{inBoth, inUsual, inPlain, 0} {
		for i := range s.NumFields() {
			if w.hot[known+"."+s.Field(i).Name()] == hot && !slices.Contains(order, i) {
				order = append(order, i)
			}
		}
	}
	for _, i := range order {
		f := s.Field(i)
		into := l
		if w.rare[name+"."+f.Name()] {
			into = l.rare
		}
		into.offset[i] = len(into.zeros)
		if a, ok := f.Type().Underlying().(*types.Array); ok {
			for k := range a.Len() {
				w.layOutValue(into, fmt.Sprintf("%s[%d]", f.Name(), k), a.Elem())
			}
		} else {
			w.layOutValue(into, f.Name(), f.Type())
		}
	}
	l.size = len(l.zeros)
	return l
}

func (w *luaWriter) layOutValue(l *layout, path string, t types.Type) {
	if _, s := namedStruct(t); s != nil {
		part := w.layOut(t)
		if w.ownTable(t) {
			l.paths, l.zeros = append(l.paths, path), append(l.zeros, part.zero())
			return
		}
		for i, p := range part.paths {
			l.paths, l.zeros = append(l.paths, path+"."+p), append(l.zeros, part.zeros[i])
		}
		return
	}
	l.paths, l.zeros = append(l.paths, path), append(l.zeros, w.zero(t))
}

// zero returns the text of a record at first.
func (l *layout) zero() string {
	return "{ " + strings.Join(l.zeros, ", ") + " }"
}

// inMemory reports whether a record is an array or part of one.
func (w *luaWriter) inMemory(t types.Type) bool {
	n, s := namedStruct(t)
	return s != nil && w.laid[n.Obj().Name()] != nil
}

// ownTable reports whether a record in memory has an array of its own within another: those do
// that hold arrays, since functions are handed one of them, such as a direction.
func (w *luaWriter) ownTable(t types.Type) bool {
	n, s := namedStruct(t)
	if n.Obj().Name() == memoryRecord {
		return true
	}
	for i := range s.NumFields() {
		if _, ok := s.Field(i).Type().Underlying().(*types.Array); ok {
			return true
		}
	}
	return false
}

// A place is a record in memory: the array that holds it and the position of its first value.
type place struct {
	table   string
	fixed   int    // part of the position that is known
	dynamic string // part that is computed, with " + " behind it
	owner   string // the record whose rare fields the array holds, if it does
	rareOf  string // and how that is called
}

func (p place) at(offset int, name string) string {
	if p.dynamic != "" && p.fixed+offset == 0 {
		return fmt.Sprintf("%s[%s--[[%s]]]", p.table, strings.TrimSuffix(p.dynamic, " + "), name)
	}
	return fmt.Sprintf("%s[%s%d--[[%s]]]", p.table, p.dynamic, p.fixed+offset, name)
}

// position is the text of the position of the first value.
func (p place) position() string { return fmt.Sprintf("%s%d", p.dynamic, p.fixed) }

// placeOf finds the record that an expression names.
func (w *luaWriter) placeOf(e ast.Expr) place {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return w.placeOf(e.X)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return w.placeOf(e.X)
		}
	case *ast.Ident:
		if v, ok := w.views[w.object(e)]; ok {
			return v
		}
		return place{table: luaName(e.Name), fixed: 1}
	case *ast.SelectorExpr:
		p, offset := w.fieldAt(e)
		if w.ownTable(w.typeOf(e)) {
			return place{table: p.at(offset, e.Sel.Name), fixed: 1}
		}
		p.fixed += offset
		return p
	case *ast.IndexExpr:
		p, size := w.element(e)
		if w.ownTable(w.typeOf(e)) {
			return place{table: p.at(0, size.name), fixed: 1}
		}
		return p
	}
	w.fail(e, "%T as a record", e)
	return place{}
}

// fieldAt returns the record of a field and the offset of the field in it.
func (w *luaWriter) fieldAt(e *ast.SelectorExpr) (place, int) {
	n, s := namedStruct(w.typeOf(e.X))
	for i := range s.NumFields() {
		if s.Field(i).Name() == e.Sel.Name {
			l := w.laid[n.Obj().Name()]
			return w.rarePlace(w.placeOf(e.X), l, e.Sel.Name), l.offset[i]
		}
	}
	w.fail(e, "field %s", e.Sel.Name)
	return place{}, 0
}

// An arrayName is the name of an array field, for comments.
type arrayName struct{ name string }

// element returns the place of an element of an array in memory.
func (w *luaWriter) element(e *ast.IndexExpr) (place, arrayName) {
	field, ok := e.X.(*ast.SelectorExpr)
	if !ok {
		w.fail(e, "element of something that is not a field")
		return place{}, arrayName{}
	}
	p, offset := w.fieldAt(field)
	p.fixed += offset
	size := 1
	if n, s := namedStruct(w.typeOf(e)); s != nil && !w.ownTable(w.typeOf(e)) {
		size = w.laid[n.Obj().Name()].size
	}
	if v := w.info.Types[e.Index].Value; v != nil {
		var i int
		fmt.Sscan(v.ExactString(), &i)
		p.fixed += i * size
		return p, arrayName{field.Sel.Name}
	}
	index := w.operand(e.Index)
	if size > 1 {
		index = fmt.Sprintf("%s * %d", index, size)
	}
	p.dynamic += index + " + "
	return p, arrayName{field.Sel.Name}
}

// isPart reports whether e is, or points to, a record in memory without an array of its own.
func (w *luaWriter) isPart(e ast.Expr) bool {
	t := w.typeOf(e)
	return w.inMemory(t) && !w.ownTable(t)
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

func (w *luaWriter) object(e *ast.Ident) types.Object {
	if o := w.info.Uses[e]; o != nil {
		return o
	}
	return w.info.Defs[e]
}

// view makes a pointer variable stand for a part of a record: its position is kept where it is
// computed.
func (w *luaWriter) view(name *ast.Ident, e ast.Expr) {
	p := w.placeOf(e)
	if p.dynamic != "" {
		w.line("local %s = %s", luaName(name.Name), p.position())
		p.fixed, p.dynamic = 0, luaName(name.Name)+" + "
	}
	w.views[w.object(name)] = p
}

// positions writes where the values of the records in memory stand, for code that is written by
// hand.
func (w *luaWriter) positions() {
	w.b.WriteString("-- Where the values of the records in memory stand.\nM.position = {\n")
	for _, name := range w.pkg.Scope().Names() {
		l := w.laid[name]
		if l == nil || !w.ownTable(w.pkg.Scope().Lookup(name).Type()) {
			continue
		}
		fmt.Fprintf(&w.b, "  %s = {\n", name)
		for i, p := range l.paths {
			if p == "" {
				continue
			}
			fmt.Fprintf(&w.b, "    [%q] = %d,\n", p, i+1)
		}
		w.b.WriteString("  },\n")
		if l.rare != nil {
			fmt.Fprintf(&w.b, "  %s = {\n", l.rare.name)
			for i, p := range l.rare.paths {
				fmt.Fprintf(&w.b, "    [%q] = %d,\n", p, i+1)
			}
			w.b.WriteString("  },\n")
		}
	}
	w.b.WriteString("}\n")
	if l := w.laid[memoryRecord]; l != nil {
		fmt.Fprintf(&w.b, "-- In front of %s there is room for %d values of the code that keeps it, from here on.\nM.room = 1\n\n", memoryRecord, room)
	}
}
