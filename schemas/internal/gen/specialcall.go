package gen

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

// simpleStatement writes a statement without branches.
func (p *special) simpleStatement(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			p.fail(s, "%T", s.X)
		}
		p.inline(call)
	case *ast.IncDecStmt:
		op := token.ADD
		if s.Tok == token.DEC {
			op = token.SUB
		}
		x := p.eval(s.X)
		p.assign(s.X, value{text: p.text.wrap(s.X, group(x)+" "+p.text.operator(op)+" 1")})
	case *ast.AssignStmt:
		if len(s.Lhs) != 1 || len(s.Rhs) != 1 {
			p.fail(s, "several assignments")
		}
		switch s.Tok {
		case token.DEFINE, token.ASSIGN:
			if name, ok := s.Lhs[0].(*ast.Ident); ok && isPointer(p.w.typeOf(s.Rhs[0])) {
				p.point(name, s.Rhs[0])
				return
			}
			p.assign(s.Lhs[0], p.eval(s.Rhs[0]))
		case token.ADD_ASSIGN, token.SUB_ASSIGN:
			op := map[token.Token]string{token.ADD_ASSIGN: " + ", token.SUB_ASSIGN: " - "}[s.Tok]
			x, y := p.eval(s.Lhs[0]), p.eval(s.Rhs[0])
			p.assign(s.Lhs[0], value{text: p.text.wrap(s.Lhs[0], group(x)+op+group(y))})
		default:
			p.fail(s, "operator %s", s.Tok)
		}
	default:
		p.fail(s, "%T", s)
	}
}

// point makes a variable point to a record. An array of its own, and a position that is computed,
// are kept in variables.
func (p *special) point(name *ast.Ident, e ast.Expr) {
	r := p.tableOf(name.Name, e)
	if r.dynamic != "" {
		at := p.assignNew(name.Name+"_at", p.text.position(r))
		r.dynamic, r.fixed, r.path = at+" + ", 0, at
	}
	p.recs[p.w.object(name)] = r
}

// tableOf returns the record that an expression points to. An array of its own is kept in a variable.
func (p *special) tableOf(name string, e ast.Expr) rec {
	r := p.record(e)
	if strings.Contains(r.table, "[") {
		r.table = p.assignNew(name, r.table)
		r.path = r.table
		p.keepRare(r.table, p.w.typeOf(e))
	}
	return r
}

// assign sets a variable or field.
func (p *special) assign(left ast.Expr, v value) {
	switch l := left.(type) {
	case *ast.Ident:
		p.set(p.variable(p.w.object(l)), p.keep("l_"+l.Name, v))
		return
	case *ast.SelectorExpr:
		r, offset := p.fieldOf(l)
		key := r.key(offset, l.Sel.Name)
		base := r.table + "_" + l.Sel.Name
		if r.virtual != "" {
			p.set(key, p.keep(r.virtual+"_"+l.Sel.Name, v))
			return
		}
		if r.named || strings.Contains(r.table, "[") {
			p.fail(l, "assignment to %s", l.Sel.Name)
		}
		if key == "" {
			for k := range p.env {
				var table string
				var at int
				if n, _ := fmt.Sscanf(k, "[%s %d]", &table, &at); n == 2 && table == r.table && at >= r.lo && at < r.hi {
					delete(p.env, k)
					p.written[k] = true
				}
			}
			if r.owner != "" {
				v = p.keep(base, v)
			}
			p.text.store(p, r, offset, l, v)
			return
		}
		v = p.keep(base, v)
		if old, ok := p.env[key]; !ok || old.text != v.text || !v.known {
			p.text.store(p, r, offset, l, v)
		}
		p.set(key, v)
		return
	}
	p.fail(left, "assignment to %T", left)
}

// call returns the value of a call or conversion.
func (p *special) call(e *ast.CallExpr) value {
	if tv := p.w.info.Types[e.Fun]; tv.IsType() {
		v := p.eval(e.Args[0])
		to, ok := tv.Type.Underlying().(*types.Basic)
		from, ok2 := p.w.typeOf(e.Args[0]).Underlying().(*types.Basic)
		if !ok || !ok2 {
			p.fail(e, "conversion to %s", tv.Type)
		}
		if v.known || v.set != nil || fits(from, to) || v.fits(to) {
			return v
		}
		return value{text: p.text.narrow(group(v), to)}
	}
	fn := p.callee(e)
	if len(fn.Body.List) == 1 {
		if r, ok := fn.Body.List[0].(*ast.ReturnStmt); ok && len(r.Results) == 1 {
			p.bind(fn, e, r.Results[0])
			return p.eval(r.Results[0])
		}
	}
	if v, ok := p.word(fn, e); ok {
		return v
	}
	return p.inline(e)
}

func (p *special) callee(e *ast.CallExpr) *ast.FuncDecl {
	name, ok := e.Fun.(*ast.Ident)
	if !ok || p.funcs[name.Name] == nil {
		p.fail(e, "call of something that is not a function of the package")
	}
	return p.funcs[name.Name]
}

// bind gives the parameters of a function the values of the arguments. in, if given, is all that looks
// at them: a value that it looks at once needs no name.
func (p *special) bind(fn *ast.FuncDecl, e *ast.CallExpr, in ast.Expr) {
	var names []*ast.Ident
	for _, f := range fn.Type.Params.List {
		names = append(names, f.Names...)
	}
	values := make([]value, len(names))
	recs := make([]rec, len(names))
	for i, a := range e.Args {
		if isPointer(p.w.typeOf(a)) {
			recs[i] = p.tableOf(names[i].Name, a)
			continue
		}
		values[i] = p.eval(a)
		if in == nil || uses(p.w, in, p.w.object(names[i])) > 1 {
			values[i] = p.keep("a_"+names[i].Name, values[i])
		}
	}
	for i, n := range names {
		o := p.w.object(n)
		if isPointer(p.w.typeOf(e.Args[i])) {
			p.recs[o] = recs[i]
		} else {
			p.env[p.variable(o)] = values[i]
			p.written[p.variable(o)] = true
		}
	}
}

func uses(w *luaWriter, e ast.Expr, o types.Object) int {
	n := 0
	ast.Inspect(e, func(x ast.Node) bool {
		if id, ok := x.(*ast.Ident); ok && w.info.Uses[id] == o {
			n++
		}
		return true
	})
	return n
}

// inline writes the body of a function where it is called, and returns its result.
func (p *special) inline(e *ast.CallExpr) value {
	fn := p.callee(e)
	if p.depth > 12 {
		p.fail(e, "a function that calls itself")
	}
	p.bind(fn, e, nil)
	p.depth++
	lazy := p.lazy
	p.lazy = 0
	key := fmt.Sprintf("result %d", p.depth)
	delete(p.env, key)
	p.result = append(p.result, key)
	p.run(itemsOf(fn.Body.List))
	p.result = p.result[:len(p.result)-1]
	p.lazy = lazy
	p.depth--
	return p.env[key]
}

// word returns the result of a function of small numbers: a constant, or an element of a table.
func (p *special) word(fn *ast.FuncDecl, e *ast.CallExpr) (value, bool) {
	name := fn.Name.Name
	if len(e.Args) != 1 || !strings.HasSuffix(name, "Word") {
		return value{}, false
	}
	v := p.eval(e.Args[0])
	var set []int64
	for _, n := range v.possible() {
		r, ok := p.constantCall(fn, n)
		if !ok {
			return value{}, false
		}
		set = union(set, []int64{r})
	}
	switch {
	case len(set) == 1:
		return constantOf(set[0], false), true
	case set == nil:
		return value{}, false
	}
	p.tables[name] = p.table(fn, e.Args[0])
	return value{text: name + "Of[" + v.text + "]", set: set}, true
}

// table lists the results of a function for all constants of the type of its argument.
func (p *special) table(fn *ast.FuncDecl, arg ast.Expr) []int64 {
	all := []int64{}
	for n := int64(0); n <= p.greatest(p.w.typeOf(arg)); n++ {
		r, _ := p.constantCall(fn, n)
		all = append(all, r)
	}
	return all
}

// greatest returns the greatest constant of a type.
func (p *special) greatest(t types.Type) int64 {
	most := int64(0)
	n, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return most
	}
	scope := n.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		if c, ok := scope.Lookup(name).(*types.Const); ok && types.Identical(c.Type(), t) {
			v, _ := constant.Int64Val(c.Val())
			most = max(most, v)
		}
	}
	return most
}

// constantCall returns what a function of one number returns, if it is a constant.
func (p *special) constantCall(fn *ast.FuncDecl, n int64) (int64, bool) {
	var scratch []*instruction
	q := *p
	q.notZero = map[string]bool{}
	q.env, q.written, q.recs, q.block = map[string]value{}, map[string]bool{}, map[types.Object]rec{}, &scratch
	q.env[q.variable(q.w.object(fn.Type.Params.List[0].Names[0]))] = constantOf(n, false)
	q.result = []string{"result"}
	q.run(itemsOf(fn.Body.List))
	v := q.env["result"]
	return v.n, v.known
}
