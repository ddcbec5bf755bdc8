package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// A special writes a version of a function for a case that most calls are: what the case
// says is taken as known, conditions that follow from it are gone, and all that the function
// calls stands in it. What the rules say is thus written once, and what is written here cannot
// disagree with them.
//
// Values are followed as in static single assignment: every name is assigned once, save where
// branches meet. There are no loops left, since those of restricted Go have a known number of
// turns.
type special struct {
	w       *luaWriter
	text    dialect
	tables  map[string][]int64 // functions of small numbers that stand for tables
	funcs   map[string]*ast.FuncDecl
	env     map[string]value     // by key of a field, variable or result
	notZero map[string]bool      // keys of numbers that are not zero
	written map[string]bool      // keys assigned since the branch began
	recs    map[types.Object]rec // what pointers point to
	block   *[]*instruction      // where to write
	names   map[string]int       // names in use
	often   map[string]int       // reads of a key that were written out, of the pass before
	reads   map[string]int       // of this pass
	result  []string             // keys of the results of the functions being written
	depth   int
	lazy    int // above 0: what is read here may not be needed
}

// A value is what is known of an expression.
type value struct {
	text   string
	simple bool // a name or a constant
	known  bool // it is the constant n; truth values are 0 and 1
	truth  bool // it is a truth value
	n      int64
	set    []int64 // one of these, if not nil
	// a comparison of names and constants, whose outcome does not change
	lasting bool
	bits    int // a number that is not negative and has at most so many bits; 0: nothing is known
}

// A rec is a record: in memory, a record with named fields, or one whose fields are variables here.
type rec struct {
	place
	virtual string // name in keys
	named   bool   // fields are read from a table
	path    string // in Go
	rare    bool   // in Go it is, or is part of, a rare field
	lo, hi  int    // positions that a place with a computed position may have
}

// An instruction of the version.
type instruction struct {
	local     bool   // declares name
	truth     bool   // of a name without a value: it will be a truth value
	name      string // assigned name, empty for a store
	store     string // assigned place
	text      string // assigned value, or condition
	then      []*instruction
	otherwise []*instruction
	isIf      bool
	leaves    bool // returns the values text
}

// A notSpecial says what keeps a version from being written.
type notSpecial struct{ reason string }

func (p *special) fail(n ast.Node, format string, a ...any) {
	panic(notSpecial{fmt.Sprintf("%s: %s", p.w.fset.Position(n.Pos()), fmt.Sprintf(format, a...))})
}

func constantOf(n int64, truth bool) value {
	v := value{text: fmt.Sprint(n), simple: true, known: true, truth: truth, n: n}
	if truth {
		v.text = map[int64]string{0: "false", 1: "true"}[n]
	}
	return v
}

func truthOf(b bool) value {
	if b {
		return constantOf(1, true)
	}
	return constantOf(0, true)
}

// possible returns the numbers that the value can be, nil if that is not known.
func (v value) possible() []int64 {
	if v.known {
		return []int64{v.n}
	}
	return v.set
}

func (p *special) emit(i *instruction) { *p.block = append(*p.block, i) }

// fresh returns a name that is not in use.
func (p *special) fresh(base string) string {
	p.names[base]++
	if n := p.names[base]; n > 1 {
		return fmt.Sprintf("%s_%d", base, n)
	}
	return base
}

// keep gives a value a name.
func (p *special) keep(base string, v value) value {
	if v.simple {
		return v
	}
	v.text = p.assignNew(base, v.text)
	v.simple = true
	return v
}

func (p *special) assignNew(base, text string) string {
	name := p.fresh(base)
	p.emit(&instruction{local: true, name: name, text: text})
	return name
}

func (p *special) set(key string, v value) {
	p.env[key] = v
	p.written[key] = true
	delete(p.notZero, key)
}

func (p *special) variable(o types.Object) string { return fmt.Sprintf("%s@%p", o.Name(), o) }

// An item is a statement, or the turn of a loop.
type item struct {
	stmt ast.Stmt
	turn types.Object
	n    int64
}

func itemsOf(list []ast.Stmt) []item {
	var all []item
	for _, s := range list {
		all = append(all, item{stmt: s})
	}
	return all
}

// run writes statements up to the return. What follows a branch that may return is written into
// its sides.
func (p *special) run(items []item) {
	for at, it := range items {
		rest := items[at+1:]
		if it.stmt == nil {
			p.set(p.variable(it.turn), constantOf(it.n, false))
			continue
		}
		switch s := it.stmt.(type) {
		case *ast.ReturnStmt:
			if len(s.Results) > 1 {
				p.fail(s, "several results")
			}
			if len(s.Results) == 1 {
				v := p.eval(s.Results[0])
				p.set(p.result[len(p.result)-1], p.keep("r_", v))
			}
			return
		case *ast.BlockStmt:
			p.run(slices.Concat(itemsOf(s.List), rest))
			return
		case *ast.ForStmt:
			p.run(slices.Concat(p.unroll(s), rest))
			return
		case *ast.SwitchStmt:
			p.run(slices.Concat([]item{{stmt: asIf(s)}}, rest))
			return
		case *ast.IfStmt:
			if p.branch(s, rest) {
				return
			}
		default:
			p.simpleStatement(s)
		}
	}
}

// asIf turns a switch into a chain of conditions.
func asIf(s *ast.SwitchStmt) ast.Stmt {
	var tail ast.Stmt
	for i := len(s.Body.List) - 1; i >= 0; i-- {
		c := s.Body.List[i].(*ast.CaseClause)
		body := &ast.BlockStmt{Lbrace: c.Pos(), List: c.Body}
		if c.List == nil {
			if tail != nil {
				panic(notSpecial{"a default that is not last"})
			}
			tail = body
			continue
		}
		var cond ast.Expr
		for _, e := range c.List {
			if s.Tag != nil {
				e = &ast.BinaryExpr{X: s.Tag, OpPos: e.Pos(), Op: token.EQL, Y: e}
			}
			if cond == nil {
				cond = e
			} else {
				cond = &ast.BinaryExpr{X: cond, OpPos: e.Pos(), Op: token.LOR, Y: e}
			}
		}
		tail = &ast.IfStmt{If: c.Pos(), Cond: cond, Body: body, Else: tail}
	}
	if tail == nil {
		tail = &ast.BlockStmt{}
	}
	return tail
}

// unroll writes the turns of a loop with constant bounds.
func (p *special) unroll(s *ast.ForStmt) []item {
	init, ok1 := s.Init.(*ast.AssignStmt)
	cond, ok2 := s.Cond.(*ast.BinaryExpr)
	post, ok3 := s.Post.(*ast.IncDecStmt)
	if !ok1 || !ok2 || !ok3 || cond.Op != token.LSS || post.Tok != token.INC {
		p.fail(s, "a loop without constant bounds")
	}
	from, to := p.eval(init.Rhs[0]), p.eval(cond.Y)
	if !from.known || !to.known || to.n-from.n > 16 {
		p.fail(s, "a loop without constant bounds")
	}
	var all []item
	for i := from.n; i < to.n; i++ {
		all = append(all, item{turn: p.w.object(init.Lhs[0].(*ast.Ident)), n: i})
		all = append(all, itemsOf(s.Body.List)...)
	}
	return all
}

// returns reports whether a statement can return.
func returns(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		_, is := n.(*ast.ReturnStmt)
		found = found || is
		return !found
	})
	return found
}

// branch writes a condition with its branches. Where one of them may return, rest is written behind both,
// which branch reports.
func (p *special) branch(s *ast.IfStmt, rest []item) bool {
	if s.Init != nil {
		p.fail(s, "statement before a condition")
	}
	cond := p.eval(s.Cond)
	var then, otherwise []item
	then = itemsOf(s.Body.List)
	if s.Else != nil {
		otherwise = []item{{stmt: s.Else}}
	}
	if cond.known {
		if cond.n == 1 {
			p.run(slices.Concat(then, rest))
		} else {
			p.run(slices.Concat(otherwise, rest))
		}
		return true
	}
	whole := returns(s)
	if whole {
		then, otherwise = slices.Concat(then, rest), slices.Concat(otherwise, rest)
	}
	i := &instruction{isIf: true, text: cond.text}
	before, written, recs, outer, notZero := p.env, p.written, p.recs, p.block, p.notZero
	side := func(truth bool, items []item, into *[]*instruction) (map[string]value, map[string]bool) {
		p.env, p.written, p.recs, p.block, p.notZero = maps.Clone(before), map[string]bool{}, maps.Clone(recs), into, maps.Clone(notZero)
		p.assume(s.Cond, truth)
		if cond.lasting {
			p.env[decided(cond)] = truthOf(truth)
		}
		p.run(items)
		return p.env, p.written
	}
	thenEnv, thenWritten := side(true, then, &i.then)
	elseEnv, elseWritten := side(false, otherwise, &i.otherwise)
	p.env, p.recs, p.written, p.block, p.notZero = before, recs, written, outer, notZero
	p.join(i, thenEnv, thenWritten, elseEnv, elseWritten)
	p.emit(i)
	return whole
}

// join makes the values of both branches those of what follows.
func (p *special) join(i *instruction, a map[string]value, writtenA map[string]bool, b map[string]value, writtenB map[string]bool) {
	keys := map[string]string{}
	for k := range writtenA {
		keys[k] = ""
	}
	for k := range writtenB {
		keys[k] = ""
	}
	for _, k := range sortedKeys(keys) {
		p.written[k] = true
		delete(p.notZero, k)
		va, okA := a[k]
		vb, okB := b[k]
		switch {
		case okA && okB && va.text == vb.text:
			p.env[k] = va
		case !okA || !okB || strings.HasPrefix(k, "["):
			delete(p.env, k) // it is read again
		default:
			name := p.fresh("j_" + strings.Map(func(r rune) rune {
				if r == '.' || r == ' ' {
					return '_'
				}
				return r
			}, strings.SplitN(k, "@", 2)[0]))
			p.emit(&instruction{local: true, name: name, truth: va.truth})
			i.then = append(i.then, &instruction{name: name, text: va.text})
			i.otherwise = append(i.otherwise, &instruction{name: name, text: vb.text})
			v := value{text: name, simple: true, truth: va.truth}
			if sa, sb := va.possible(), vb.possible(); sa != nil && sb != nil {
				v.set = union(sa, sb)
			}
			p.env[k] = v
		}
	}
}

func union(a, b []int64) []int64 {
	var all []int64
	for _, n := range append(append([]int64{}, a...), b...) {
		found := false
		for _, m := range all {
			found = found || m == n
		}
		if !found {
			all = append(all, n)
		}
	}
	return all
}
