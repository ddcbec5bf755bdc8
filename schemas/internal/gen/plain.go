package gen

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The functions that the version for plain segments is made of. plainCase is the conjunction of what is
// known of a plain segment and its connection.
const (
	stepFunc  = "Step"
	plainCase = "plain"
	cutFunc   = "StartsNew"
)

// withoutPlain stands where there is no version for plain segments, and says why.
const withoutPlain = `-- No version for plain segments: %s
function M.StepPlain() return false end
local derived = M.NewDerived()
function M.Step(c, s, v) F.Step(c, s, derived, v) end

`

// plainStep writes M.StepPlain, the version of Step for plain segments, and M.Step, which keeps
// behind the record of a connection whether it is in a state where segments can be plain.
func (w *luaWriter) plainStep(decls []*ast.FuncDecl) {
	funcs := map[string]*ast.FuncDecl{}
	for _, f := range decls {
		funcs[f.Name.Name] = f
	}
	if funcs[stepFunc] == nil || funcs[plainCase] == nil || w.laid[memoryRecord] == nil {
		return
	}
	calm := room + 1
	atoms := conjuncts(funcs[plainCase].Body.List[0].(*ast.ReturnStmt).Results[0])
	noReset := slices.DeleteFunc(slices.Clone(atoms), func(a ast.Expr) bool { return w.expr(a) != "not s.Rst" })
	var other []*instruction
	tables := map[string][]int64{}
	body, err := w.specialise(funcs, atoms, true, luaText{w}, tables)
	if err == nil {
		other, err = w.specialise(funcs, noReset, false, luaText{w}, tables)
	}
	if err != nil {
		fmt.Fprintf(&w.b, withoutPlain, strings.ReplaceAll(err.Error(), "\n", " "))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		var parts []string
		for _, n := range tables[name][1:] {
			parts = append(parts, fmt.Sprint(n))
		}
		fmt.Fprintf(&w.b, "local %sOf = { [0] = %d, %s }\n", name, tables[name][0], strings.Join(parts, ", "))
	}
	var segment, memory []string
	c := funcs[plainCase].Type.Params.List[0].Names[0].Name
	for _, a := range atoms {
		text := w.expr(a)
		switch {
		case strings.Contains(text, "s."):
			segment = append(segment, text)
		case strings.HasPrefix(strings.TrimPrefix(text, "not "), c+"["):
			memory = append(memory, text)
		default: // of either direction, since segments come from both
			for _, d := range []string{"o", "r"} {
				of := strings.NewReplacer("other[", d+"[", "d[", d+"[").Replace(text)
				if !slices.Contains(memory, of) {
					memory = append(memory, of)
				}
			}
		}
	}
	dir := w.laid[memoryRecord].offset[w.fieldIndex("Dir")] + 1
	fmt.Fprintf(&w.b, `
-- StepPlain is Step for a segment that is plain, and reports whether it is: the rules and primitives
-- under the condition of %s, with all that follows from it left out.
function M.StepPlain(c, s, v)
  if not (c[%d] and %s) then
    return false
  end
`, plainCase, calm, strings.Join(segment, " and "))
	w.indent = 1
	w.print(body)
	w.indent = 0
	fmt.Fprintf(&w.b, `  return true
end

-- stepOther is Step for a segment without RST, with its primitives written out where they are called.
local function stepOther(c, s, v)
`)
	w.indent = 1
	w.print(other)
	w.indent = 0
	fmt.Fprintf(&w.b, `end

-- What Step derives is of no use behind it.
local derived = M.NewDerived()
function M.Step(c, s, v)
  if s.Rst then
    F.Step(c, s, derived, v)
  else
    stepOther(c, s, v)
  end
  local o, r = c[%d], c[%d]
  c[%d] = %s
end

`, dir, dir+1, calm, strings.Join(memory, " and "))
}

var inMemory = regexp.MustCompile(`\b(c|d|other)\[[^\]]*--\[\[(\w+)\]\]\]`)

// hotFields returns the fields of the memory that the version for plain segments looks at.
func hotFields(lua string) map[string]bool {
	hot := map[string]bool{}
	_, lua, _ = strings.Cut(lua, "\nfunction M.StepPlain")
	lua, rest, _ := strings.Cut(lua, "\nlocal function stepOther")
	_, rest, _ = strings.Cut(rest, "\nend\n")
	lua += rest
	for _, m := range inMemory.FindAllStringSubmatch(lua, -1) {
		if m[1] == "c" {
			hot[memoryRecord+"."+m[2]] = true
		} else {
			hot["Direction."+m[2]] = true
		}
	}
	return hot
}

func (w *luaWriter) fieldIndex(name string) int {
	_, s := namedStruct(w.pkg.Scope().Lookup(memoryRecord).Type())
	for i := range s.NumFields() {
		if s.Field(i).Name() == name {
			return i
		}
	}
	return 0
}

func conjuncts(e ast.Expr) []ast.Expr {
	switch x := e.(type) {
	case *ast.ParenExpr:
		return conjuncts(x.X)
	case *ast.BinaryExpr:
		if x.Op == token.LAND {
			return append(conjuncts(x.X), conjuncts(x.Y)...)
		}
	}
	return []ast.Expr{e}
}

// specialise writes Step under the conditions. It does so twice: the second time it knows what is
// read often. Functions of small numbers that stand for tables are added to tables.
func (w *luaWriter) specialise(funcs map[string]*ast.FuncDecl, atoms []ast.Expr, stays bool, text dialect, tables map[string][]int64) (body []*instruction, err error) {
	defer func() {
		if r := recover(); r != nil {
			reason, ok := r.(notSpecial)
			if !ok {
				panic(r)
			}
			err = fmt.Errorf("%s for plain segments: %s", stepFunc, reason.reason)
		}
	}()
	var p *special
	often := map[string]int{}
	for range 2 {
		body = nil
		p = &special{w: w, text: text, tables: tables, funcs: funcs, env: map[string]value{}, written: map[string]bool{}, recs: map[types.Object]rec{},
			block: &body, names: map[string]int{}, often: often, reads: map[string]int{}}
		p.parameters(funcs[plainCase])
		for _, a := range atoms {
			p.assume(a, true)
		}
		p.parameters(funcs[stepFunc])
		for _, f := range funcs[stepFunc].Type.Params.List {
			for _, n := range f.Names {
				p.keepRare(n.Name, w.typeOf(f.Type))
			}
		}
		p.run(itemsOf(funcs[stepFunc].Body.List))
		often = p.reads
	}
	if stays {
		p.checkPlain(atoms)
	}
	var all []string
	for k := range p.env {
		if strings.HasPrefix(k, "v.") {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	for _, k := range all {
		p.text.result(p, k, p.env[k])
	}
	return clean(body), nil
}

// checkPlain fails unless the next segment can be plain, too, and none of them begins a connection.
func (p *special) checkPlain(atoms []ast.Expr) {
	// A plain segment leaves the connection in a state where the next can be plain.
	for _, a := range atoms {
		if v := p.eval(a); !v.known || v.n == 0 {
			p.fail(a, "this may not hold afterwards")
		}
	}
	// It never begins another connection.
	p.parameters(p.funcs[cutFunc])
	p.result = []string{"cut"}
	p.run(itemsOf(p.funcs[cutFunc].Body.List))
	if v := p.env["cut"]; !v.known || v.n == 1 {
		p.fail(p.funcs[cutFunc], "a plain segment may begin a connection")
	}
}

// parameters binds the parameters of a function by their types: what Step derives and decides are variables
// of the version, the memory and the segment are tables.
func (p *special) parameters(fn *ast.FuncDecl) {
	for _, f := range fn.Type.Params.List {
		for _, n := range f.Names {
			o := p.w.object(n)
			named, _ := namedStruct(o.Type())
			switch {
			case p.w.inMemory(o.Type()):
				p.recs[o] = rec{place: place{table: n.Name, fixed: 1}, path: n.Name}
			case named.Obj().Name() == "Segment":
				p.recs[o] = rec{place: place{table: n.Name}, named: true}
			default:
				p.recs[o] = rec{virtual: n.Name}
			}
		}
	}
}
