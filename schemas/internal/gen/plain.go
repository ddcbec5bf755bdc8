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
// known of a plain segment and its connection, usualCase that of what else holds for most, quietCase that of the
// rare fields that matter then.
const (
	stepFunc  = "Step"
	plainCase = "plain"
	usualCase = "usual"
	quietCase = "quiet"
	cutFunc   = "StartsNew"
)

// withoutPlain stands where there is no version for plain segments, and says why. Nothing ever writes where no
// connection says then that segments can be plain.
const withoutPlain = `-- No version for plain segments: %s
M.usual, M.calm = {}, %d
function M.StepUsual() return nil end
function M.StepPlain() return nil end
local derived = M.NewDerived()
function M.Step(c, s, v) F.Step(c, s, derived, v) end

`

// plainStep writes M.StepUsual and M.StepPlain, versions of Step for plain segments, and M.Step, which keeps
// behind the record of a connection whether it is in a state where segments can be plain.
func (w *luaWriter) plainStep() {
	funcs := w.funcs
	if funcs[stepFunc] == nil || funcs[plainCase] == nil || funcs[usualCase] == nil || funcs[quietCase] == nil || w.laid[memoryRecord] == nil {
		return
	}
	plain, more := knownCase{plainCase, casesOf(funcs[plainCase])}, knownCase{usualCase, casesOf(funcs[usualCase])}
	quiet := knownCase{quietCase, casesOf(funcs[quietCase])}
	tables := map[string][]int64{}
	calm := room + 1
	versions, err := w.plainVersions(plain, more, quiet, calm, tables)
	var phases []string
	if err == nil {
		phases = w.samePhases(versions, plain, more, quiet, calm, tables)
	}
	others := w.otherSteps(plain)
	for i := range others {
		if err == nil {
			others[i].body, err = w.specialise(funcs, version{cases: []knownCase{{plainCase, others[i].atoms}}, text: luaText{w}, tables: tables})
		}
	}
	if err != nil {
		fmt.Fprintf(&w.b, withoutPlain, strings.ReplaceAll(err.Error(), "\n", " "), calm)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		var parts []string
		for _, n := range tables[name][1:] {
			parts = append(parts, fmt.Sprint(n))
		}
		fmt.Fprintf(&w.b, "local %sOf = { [0] = %d, %s }\n", name, tables[name][0], strings.Join(parts, ", "))
	}
	_, memory := w.conditions(plain)
	phase := w.expr(w.phaseAtom(plain).X)
	for i, text := range memory {
		if strings.HasPrefix(text, phase+" == ") {
			memory[i] = fmt.Sprintf("plainPhases[%s]", phase)
		}
	}
	usual, body := versions.usual.body, versions.plain
	fields, params := w.asked(usual, body)
	dir := w.laid[memoryRecord].offset[w.fieldIndex("Dir")] + 1
	fmt.Fprintf(&w.b, `
-- Where a connection says whether segments can be plain: 2 where they can be usual, too, 1 or false.
M.calm = %d

-- The phases in which segments can be plain. Such a segment leaves the phase as it was.
local plainPhases = { %s }

-- What StepUsual and StepPlain want to know of a segment, in this order.
M.usual = { %s }

-- StepUsual is StepPlain for most segments: under the condition of %s, too, and of %s. It returns the
-- rule of the segment kind, or nil; all else that a verdict has is 0. The caller knows that the segment is plain by its
-- flags and that c[M.calm] is 2.
function M.StepUsual(c, %s)
`, calm, strings.Join(phases, ", "), quoteAll(fields), usualCase, quietCase, strings.Join(params, ", "))
	w.printFunction(usual, params)
	fmt.Fprintf(&w.b, `
-- StepPlain is Step for a segment that is plain: the rules and primitives under the condition of %s, with all that
-- follows from it left out. It returns the rule of the segment kind and what the segment tells about hosts. The caller
-- knows that the segment is plain by its flags and that c[M.calm] is 1 or 2.
function M.StepPlain(c, %s)
`, plainCase, strings.Join(params, ", "))
	w.printFunction(body, params)
	for _, o := range others {
		fmt.Fprintf(&w.b, "\n-- %s is Step for %s, with its primitives written out where they are called.\nlocal function %[1]s(c, s, v)\n", o.name, o.means)
		w.printFunction(o.body, nil)
	}
	fmt.Fprintf(&w.b, `
-- What Step derives is of no use behind it.
local derived = M.NewDerived()
function M.Step(c, s, v)
  if s.Rst or not (s.HasAck or s.Syn) then
    F.Step(c, s, derived, v)
  elseif s.Syn then
    stepSyn(c, s, v)
  elseif s.Fin then
    stepFin(c, s, v)
  else
    stepAck(c, s, v)
  end
  local o, r = c[%d], c[%d]
  if %s then
    c[%d] = %s and 2 or 1
  else
    c[%d] = false
  end
end

`, dir, dir+1, strings.Join(memory, " and "), calm, strings.Join(versions.stays, " and "), calm)
}

// An otherStep is a version of Step for segments that have something in common.
type otherStep struct {
	name, means string
	atoms       []ast.Expr
	body        []*instruction
}

// otherSteps returns the versions of Step for segments that begin and end connections, which take most of the
// time that short ones need.
func (w *luaWriter) otherSteps(plain knownCase) []otherStep {
	flag := map[string]ast.Expr{} // that a segment does not have it
	for _, a := range plain.atoms {
		flag[w.expr(a)] = a
	}
	has := func(name string) ast.Expr { return &ast.UnaryExpr{Op: token.NOT, X: flag["not s."+name]} }
	ack := flag["s.HasAck"]
	hasNot := func(name string) ast.Expr { return flag["not s."+name] }
	return []otherStep{
		{name: "stepSyn", means: "a segment with SYN and without RST", atoms: []ast.Expr{hasNot("Rst"), has("Syn")}},
		{name: "stepFin", means: "a segment with FIN and ACK and without SYN and RST", atoms: []ast.Expr{ack, hasNot("Rst"), hasNot("Syn"), has("Fin")}},
		{name: "stepAck", means: "a segment with ACK and without RST, SYN and FIN", atoms: []ast.Expr{ack, hasNot("Rst"), hasNot("Syn"), hasNot("Fin")}},
	}
}

// printFunction writes the body of a function with these parameters.
func (w *luaWriter) printFunction(body []*instruction, params []string) {
	w.indent = 1
	w.print(shareOnce(sinkOnce(body), params))
	w.indent = 0
	w.b.WriteString("end\n")
}

func quoteAll(names []string) string {
	all := make([]string, len(names))
	for i, n := range names {
		all[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(all, ", ")
}

// conditions divides a case into conditions on the segment and conditions on the memory. What is asked of one
// direction is asked of both, o and r, since segments come from either.
func (w *luaWriter) conditions(known knownCase) (segment, memory []string) {
	for _, a := range known.atoms {
		text := w.expr(a)
		switch {
		case strings.Contains(text, "s."):
			segment = append(segment, text)
		case strings.HasPrefix(strings.TrimPrefix(text, "not "), "c["):
			memory = append(memory, text)
		default:
			for _, d := range []string{"o", "r"} {
				of := strings.NewReplacer("other[", d+"[", "d[", d+"[").Replace(text)
				if !slices.Contains(memory, of) {
					memory = append(memory, of)
				}
			}
		}
	}
	return segment, memory
}

var inMemory = regexp.MustCompile(`\b(c|d|other)\[([^\]]*)--\[\[(\w+)\]\]\]`)

// How often packets look at a field of the memory: those of StepUsual in both directions or in that of the segment,
// those of StepPlain.
const (
	inPlain = 1
	inUsual = 2
	inBoth  = 3
)

// element is the name under which hotFields has the fields of records that are elements of arrays.
const element = "element"

// hotFields returns the fields of the memory that most packets look at.
func hotFields(lua string) map[string]int {
	hot := map[string]int{}
	note := func(from, to string, how, peer int) {
		_, text, _ := strings.Cut(lua, from)
		text, _, _ = strings.Cut(text, to)
		for _, m := range inMemory.FindAllStringSubmatch(text, -1) {
			record, level := "Direction", how
			if m[1] == "c" {
				record = memoryRecord
			} else if m[1] == "other" {
				level = peer
			}
			if strings.Contains(m[2], "_at") { // the position of the element is computed
				record = element
			}
			field := record + "." + m[3]
			hot[field] = max(hot[field], level)
		}
	}
	note("\nfunction M.StepUsual", "\nend\n", inUsual, inBoth)
	note("\nfunction M.StepPlain", "\nend\n", inPlain, inPlain)
	note("\nfunction M.Step(", "\nend\n", inPlain, inPlain)
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

// casesOf returns the conditions that a function is the conjunction of.
func casesOf(fn *ast.FuncDecl) []ast.Expr {
	return conjuncts(fn.Body.List[0].(*ast.ReturnStmt).Results[0])
}

// A knownCase is a function and those of its conditions that are taken as true.
type knownCase struct {
	function string
	atoms    []ast.Expr
}

// A version says what to write a version of Step for.
type version struct {
	cases  []knownCase
	stays  bool // the first case still holds behind a segment
	usual  bool // nothing that is rare matters (in Go), and what is asked of a segment is in variables: known behind the first case
	text   dialect
	tables map[string][]int64 // to add functions of small numbers to that stand for tables
}

// specialise writes Step under conditions. It does so twice: the second time it knows what is read often.
func (w *luaWriter) specialise(funcs map[string]*ast.FuncDecl, v version) (body []*instruction, err error) {
	p, body, err := w.specialised(funcs, v)
	if err != nil {
		return nil, err
	}
	var all []string
	for k := range p.env {
		if strings.HasPrefix(k, "v.") {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	p.block = &body
	for _, k := range all {
		p.text.result(p, k, p.env[k])
	}
	return clean(body), nil
}

// specialised is specialise without what stands at the end.
func (w *luaWriter) specialised(funcs map[string]*ast.FuncDecl, v version) (p *special, body []*instruction, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = notSpecialError(r)
		}
	}()
	often := map[string]int{}
	for range 2 {
		body = nil
		p = &special{w: w, text: v.text, tables: v.tables, funcs: funcs, env: map[string]value{}, notZero: map[string]bool{}, written: map[string]bool{}, recs: map[types.Object]rec{},
			block: &body, names: map[string]int{}, often: often, reads: map[string]int{}}
		for i, known := range v.cases {
			p.parameters(funcs[known.function])
			for _, a := range known.atoms {
				p.assume(a, true)
			}
			if v.usual && i == 0 {
				p.assumeUsual()
			}
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
	if v.stays {
		p.checkPlain(v.cases[0].atoms)
	}
	return p, body, nil
}

// notSpecialError is the error of what keeps a version from being written; it panics for anything else.
func notSpecialError(r any) error {
	reason, ok := r.(notSpecial)
	if !ok {
		panic(r)
	}
	return fmt.Errorf("%s for plain segments: %s", stepFunc, reason.reason)
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
