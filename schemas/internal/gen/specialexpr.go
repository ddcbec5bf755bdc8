package gen

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"math/bits"
	"strings"
)

// eval writes what an expression needs and returns its value.
func (p *special) eval(e ast.Expr) value {
	if v := p.w.info.Types[e].Value; v != nil {
		switch v.Kind() {
		case constant.Int:
			n, _ := constant.Int64Val(v)
			return constantOf(n, false)
		case constant.Bool:
			return truthOf(constant.BoolVal(v))
		}
		p.fail(e, "constant %s", v)
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.eval(e.X)
	case *ast.Ident:
		v, ok := p.env[p.variable(p.w.object(e))]
		if !ok {
			p.fail(e, "%s has no value", e.Name)
		}
		return v
	case *ast.SelectorExpr:
		return p.field(e)
	case *ast.IndexExpr:
		p.fail(e, "element of an array of numbers")
	case *ast.UnaryExpr:
		x := p.eval(e.X)
		switch e.Op {
		case token.NOT:
			if x.known {
				return truthOf(x.n == 0)
			}
			return value{text: p.text.not(group(x)), truth: true}
		case token.SUB:
			if x.known {
				return constantOf(-x.n, false)
			}
			return value{text: p.text.wrap(e, "-"+group(x))}
		}
	case *ast.BinaryExpr:
		return p.binary(e)
	case *ast.CallExpr:
		return p.call(e)
	}
	p.fail(e, "%T", e)
	return value{}
}

// group is the text of a value in parentheses where it is not simple.
func group(v value) string {
	if v.simple || strings.HasPrefix(v.text, "(") && closes(v.text) == len(v.text)-1 {
		return v.text
	}
	return "(" + v.text + ")"
}

// closes returns where the parenthesis at the beginning of a text ends.
func closes(text string) int {
	depth := 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

func (p *special) binary(e *ast.BinaryExpr) value {
	x := p.eval(e.X)
	switch e.Op {
	case token.LAND, token.LOR:
		decides := int64(0)
		if e.Op == token.LOR {
			decides = 1
		}
		if x.known {
			if x.n == decides {
				return x
			}
			return p.eval(e.Y)
		}
		p.lazy++
		y := p.eval(e.Y)
		p.lazy--
		if y.known {
			if y.n == decides {
				return y
			}
			return x
		}
		return value{text: group(x) + " " + p.text.operator(e.Op) + " " + group(y), truth: true}
	}
	y := p.eval(e.Y)
	if x.known && y.known {
		if v, ok := fold(e.Op, x.n, y.n); ok {
			return v
		}
	}
	if e.Op == token.EQL && x.simple && x.text == y.text {
		return truthOf(true)
	}
	if e.Op == token.EQL && (p.notZero[p.keyOf(e.X)] && y.known && y.n == 0) {
		return truthOf(false)
	}
	if e.Op == token.EQL || e.Op == token.NEQ {
		if a, b := x.possible(), y.possible(); a != nil && b != nil && disjoint(a, b) {
			return truthOf(e.Op == token.NEQ)
		}
	}
	if e.Op == token.SUB && x.simple && x.text == y.text {
		return constantOf(0, false)
	}
	switch e.Op {
	case token.ADD, token.SUB, token.MUL:
		v := value{text: p.text.wrap(e, group(x)+" "+p.text.operator(e.Op)+" "+group(y))}
		if e.Op == token.ADD {
			v.bits = sumBits(x, y)
		}
		if p.w.isUint32(e) {
			v.bits = 32
		}
		return v
	case token.QUO:
		return value{text: p.text.quotient(x, y)}
	case token.REM:
		v := value{text: group(x) + " % " + group(y)}
		if y.known {
			v.bits = bits.Len64(uint64(y.n - 1))
		}
		return v
	}
	if _, ok := luaOperators[e.Op]; !ok {
		p.fail(e, "operator %s", e.Op)
	}
	v := value{text: group(x) + " " + p.text.operator(e.Op) + " " + group(y), truth: true, lasting: x.simple && y.simple}
	if known, ok := p.env[decided(v)]; ok && v.lasting {
		return known
	}
	return v
}

// decided is the key of a condition that a branch has asked for.
func decided(cond value) string { return "? " + cond.text }

// size returns how many bits a number has at most, 0 where that is not known.
func (v value) size() int {
	if v.known && v.n >= 0 {
		return max(1, bits.Len64(uint64(v.n)))
	}
	return v.bits
}

// sumBits is the size of a sum.
func sumBits(x, y value) int {
	if x.size() == 0 || y.size() == 0 {
		return 0
	}
	return max(x.size(), y.size()) + 1
}

// fits reports whether a value is one of a type, as far as its size tells.
func (v value) fits(to *types.Basic) bool {
	room := sizes[to.Kind()]
	if to.Info()&types.IsUnsigned == 0 {
		room--
	}
	return v.size() > 0 && v.size() <= room
}

// fold compares constants; sums of them are left to Lua.
func fold(op token.Token, x, y int64) (value, bool) {
	switch op {
	case token.EQL:
		return truthOf(x == y), true
	case token.NEQ:
		return truthOf(x != y), true
	case token.LSS:
		return truthOf(x < y), true
	case token.GTR:
		return truthOf(x > y), true
	case token.LEQ:
		return truthOf(x <= y), true
	case token.GEQ:
		return truthOf(x >= y), true
	}
	return value{}, false
}

func disjoint(a, b []int64) bool {
	for _, n := range a {
		for _, m := range b {
			if n == m {
				return false
			}
		}
	}
	return true
}

// assume takes a condition as true or false.
func (p *special) assume(e ast.Expr, truth bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		p.assume(e.X, truth)
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			p.assume(e.X, !truth)
		}
	case *ast.BinaryExpr:
		switch {
		case e.Op == token.LAND && truth, e.Op == token.LOR && !truth:
			p.assume(e.X, truth)
			p.assume(e.Y, truth)
		case e.Op == token.EQL && truth, e.Op == token.NEQ && !truth:
			if v := p.w.info.Types[e.Y].Value; v != nil && v.Kind() == constant.Int {
				if key := p.keyOf(e.X); key != "" {
					n, _ := constant.Int64Val(v)
					p.env[key] = constantOf(n, false)
				}
			} else if v, ok := p.env[p.keyOf(e.Y)]; ok && v.simple && truth {
				if key := p.keyOf(e.X); key != "" {
					p.env[key] = v
				}
			}
		case e.Op == token.NEQ && truth:
			if v := p.w.info.Types[e.Y].Value; v != nil && v.ExactString() == "0" {
				p.notZero[p.keyOf(e.X)] = true
			}
		}
	case *ast.SelectorExpr, *ast.Ident:
		if key := p.keyOf(e); key != "" {
			p.env[key] = truthOf(truth)
		}
	}
}

// keyOf returns the key under which the value of a variable or field is known, if it has one.
func (p *special) keyOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.keyOf(e.X)
	case *ast.CallExpr: // int64(x.F)
		if p.w.info.Types[e.Fun].IsType() {
			return p.keyOf(e.Args[0])
		}
	case *ast.Ident:
		return p.variable(p.w.object(e))
	case *ast.SelectorExpr:
		r, offset := p.fieldOf(e)
		return r.key(offset, e.Sel.Name)
	}
	return ""
}

func (r rec) key(offset int, name string) string {
	switch {
	case r.virtual != "":
		return r.virtual + "." + name
	case r.named:
		return r.table + "." + name
	case r.dynamic != "":
		return ""
	}
	return fmt.Sprintf("[%s %d]", r.table, r.fixed+offset)
}

// record finds the record that an expression names.
func (p *special) record(e ast.Expr) rec {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.record(e.X)
	case *ast.UnaryExpr:
		if e.Op == token.AND {
			return p.record(e.X)
		}
	case *ast.Ident:
		if r, ok := p.recs[p.w.object(e)]; ok {
			return r
		}
	case *ast.SelectorExpr:
		r, offset := p.fieldOf(e)
		if p.w.inMemory(p.w.typeOf(e)) && !p.w.ownTable(p.w.typeOf(e)) {
			r.fixed += offset
			return r.part(p, e)
		}
	case *ast.IndexExpr:
		field, ok := e.X.(*ast.SelectorExpr)
		if !ok || !p.w.inMemory(p.w.typeOf(field.X)) {
			break
		}
		r, offset := p.fieldOf(field)
		index := p.eval(e.Index)
		size := 1
		own := p.w.ownTable(p.w.typeOf(e))
		if n, _ := namedStruct(p.w.typeOf(e)); !own {
			size = p.w.laid[n.Obj().Name()].size
		}
		length := int(p.w.typeOf(field).Underlying().(*types.Array).Len())
		r.fixed += offset
		r = r.part(p, field)
		r.lo, r.hi = r.fixed, r.fixed+length*size
		r.path += "[" + index.text + "]"
		if index.known {
			r.fixed += int(index.n) * size
		} else {
			text := group(index)
			if size > 1 {
				text = fmt.Sprintf("%s * %d", text, size)
			}
			r.dynamic += text + " + "
		}
		if own {
			return rec{place: place{table: p.text.address(r, field.Sel.Name), fixed: 1}}
		}
		return r
	}
	p.fail(e, "%T as a record", e)
	return rec{}
}

// fieldOf returns the record of a field, and of one in memory its offset.
func (p *special) fieldOf(e *ast.SelectorExpr) (rec, int) {
	r := p.record(e.X)
	if r.virtual != "" || r.named {
		return r, 0
	}
	n, s := namedStruct(p.w.typeOf(e.X))
	for i := range s.NumFields() {
		if s.Field(i).Name() == e.Sel.Name {
			l := p.w.laid[n.Obj().Name()]
			if p.w.rare[l.name+"."+e.Sel.Name] {
				r.owner, r.rareOf, r.table = r.table, l.rare.name, rareTable(r.table)
			}
			return r, l.offset[i]
		}
	}
	p.fail(e, "field %s", e.Sel.Name)
	return r, 0
}

// field returns the value of a field. Those that are read often are read once.
func (p *special) field(e *ast.SelectorExpr) value {
	r, offset := p.fieldOf(e)
	key := r.key(offset, e.Sel.Name)
	if v, ok := p.env[key]; ok && key != "" {
		return v
	}
	v := p.fieldValue(e)
	switch {
	case r.virtual != "":
		p.fail(e, "%s.%s is read before it is set", r.virtual, e.Sel.Name)
	case r.named:
		v.text = p.text.named(r, e)
	default:
		v.text = p.text.field(r, offset, e)
	}
	p.reads[key]++
	if key != "" && (p.lazy == 0 || p.often[key] > 2) && !strings.Contains(r.table, "[") {
		v = p.keep(r.table+"_"+e.Sel.Name, v)
		p.env[key] = v
	}
	return v
}

// rareTable is the name of the variable that holds the array of the rare fields of a record.
func rareTable(record string) string { return record + "_Rare" }

// keepRare keeps the array of the rare fields of a record, if it has any.
func (p *special) keepRare(table string, t types.Type) {
	if l := p.w.rareOf(t); l != nil {
		p.emit(&instruction{local: true, name: rareTable(table), text: place{table: table, fixed: 1}.at(l.at, "Rare")})
	}
}

// fieldValue is what the type of a field says of its value.
func (p *special) fieldValue(e *ast.SelectorExpr) value {
	n, _ := namedStruct(p.w.typeOf(e.X))
	return p.w.valueOf(n.Obj().Name()+"."+e.Sel.Name, p.w.typeOf(e))
}

func (w *luaWriter) valueOf(field string, t types.Type) value {
	b, _ := t.Underlying().(*types.Basic)
	if b == nil {
		return value{}
	}
	v := value{truth: b.Kind() == types.Bool, bits: w.small[field]}
	if v.bits == 0 && b.Info()&types.IsUnsigned != 0 {
		v.bits = sizes[b.Kind()]
	}
	return v
}
