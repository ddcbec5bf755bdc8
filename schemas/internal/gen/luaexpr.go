package gen

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"strings"
)

func (w *luaWriter) typeOf(e ast.Expr) types.Type {
	if t := w.info.TypeOf(e); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}

// isUint32 reports whether e counts modulo 2^32, as sequence numbers do.
func (w *luaWriter) isUint32(e ast.Expr) bool {
	b, ok := w.typeOf(e).Underlying().(*types.Basic)
	return ok && b.Kind() == types.Uint32
}

// wrap makes the result of an operation of the type of e what Go makes it. Types narrower than
// 32 bits must not be computed with, since nothing would wrap them.
func (w *luaWriter) wrap(e ast.Expr, text string) string {
	b, ok := w.typeOf(e).Underlying().(*types.Basic)
	if !ok {
		w.fail(e, "arithmetic on %s", w.typeOf(e))
		return text
	}
	switch b.Kind() {
	case types.Uint32:
		return "(" + text + ") % 4294967296"
	case types.Int, types.Int64, types.UntypedInt:
		return text
	}
	w.fail(e, "arithmetic on %s: convert to int64 first", b)
	return text
}

// operand is the expression in parentheses where it is not simple.
func (w *luaWriter) operand(e ast.Expr) string {
	text := w.expr(e)
	if w.info.Types[e].Value != nil {
		return text
	}
	switch x := e.(type) {
	case *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr, *ast.BasicLit, *ast.ParenExpr:
		return text
	case *ast.CallExpr:
		if tv := w.info.Types[x.Fun]; !tv.IsType() {
			return text
		}
	}
	return "(" + text + ")"
}

var luaOperators = map[token.Token]string{
	token.LAND: "and", token.LOR: "or", token.EQL: "==", token.NEQ: "~=", token.LSS: "<", token.LEQ: "<=",
	token.GTR: ">", token.GEQ: ">=", token.ADD: "+", token.SUB: "-", token.MUL: "*",
}

func (w *luaWriter) expr(e ast.Expr) string {
	if v := w.info.Types[e].Value; v != nil {
		switch v.Kind() {
		case constant.Int:
			return v.ExactString()
		case constant.Bool:
			return v.String()
		}
		w.fail(e, "constant %s", v)
	}
	switch e := e.(type) {
	case *ast.Ident:
		return luaName(e.Name)
	case *ast.ParenExpr:
		return "(" + w.expr(e.X) + ")"
	case *ast.SelectorExpr:
		if w.inMemory(w.typeOf(e.X)) {
			p, offset := w.fieldAt(e)
			return p.at(offset, e.Sel.Name)
		}
		return w.operand(e.X) + "." + luaName(e.Sel.Name)
	case *ast.IndexExpr:
		if s, ok := e.X.(*ast.SelectorExpr); ok && w.inMemory(w.typeOf(s.X)) {
			p, name := w.element(e)
			return p.at(0, name.name)
		}
		return w.operand(e.X) + "[" + w.expr(e.Index) + "]"
	case *ast.UnaryExpr:
		switch e.Op {
		case token.NOT:
			return "not " + w.operand(e.X)
		case token.SUB:
			return w.wrap(e, "-"+w.operand(e.X))
		case token.AND:
			// The address of a record inside a record is, in Lua, the table itself.
			if _, ok := w.typeOf(e.X).Underlying().(*types.Struct); ok {
				return w.expr(e.X)
			}
		}
		w.fail(e, "operator %s", e.Op)
	case *ast.BinaryExpr:
		return w.binary(e)
	case *ast.CallExpr:
		return w.call(e)
	default:
		w.fail(e, "%T", e)
	}
	return "nil"
}

func (w *luaWriter) binary(e *ast.BinaryExpr) string {
	x, y := w.operand(e.X), w.operand(e.Y)
	switch e.Op {
	case token.ADD, token.SUB, token.MUL:
		if e.Op == token.MUL && w.isUint32(e) {
			w.fail(e, "product of sequence numbers")
		}
		return w.wrap(e, x+" "+luaOperators[e.Op]+" "+y)
	case token.QUO:
		w.wrap(e, x)
		return "quotient(" + w.expr(e.X) + ", " + w.expr(e.Y) + ")"
	case token.REM:
		w.wrap(e, x)
		return x + " % " + y
	}
	op, ok := luaOperators[e.Op]
	if !ok {
		w.fail(e, "operator %s", e.Op)
	}
	return x + " " + op + " " + y
}

func (w *luaWriter) call(e *ast.CallExpr) string {
	if tv := w.info.Types[e.Fun]; tv.IsType() {
		to, ok := tv.Type.Underlying().(*types.Basic)
		if !ok {
			w.fail(e, "conversion to %s", tv.Type)
			return "nil"
		}
		return w.convert(e.Args[0], to)
	}
	fn, ok := e.Fun.(*ast.Ident)
	if !ok {
		w.fail(e, "call of something that is not a function of the package")
		return "nil"
	}
	if text, ok := w.inPlace(w.funcs[fn.Name], e); ok {
		return text
	}
	var args []string
	for _, a := range e.Args {
		if w.isPart(a) {
			p := w.placeOf(a)
			if n, _ := namedStruct(w.typeOf(a)); p.owner != "" && w.writes(w.funcs[fn.Name], n.Obj().Name(), map[string]bool{}) {
				p.table = p.own()
			}
			args = append(args, p.table, p.position())
			continue
		}
		args = append(args, w.expr(a))
	}
	return "F." + luaName(fn.Name) + "(" + strings.Join(args, ", ") + ")"
}

// sizes are the bits of the integer types; int64 stands for numbers that never leave the exact
// range of doubles.
var sizes = map[types.BasicKind]int{types.Uint8: 8, types.Uint16: 16, types.Uint32: 32, types.Uint64: 64, types.Uint: 64,
	types.Int8: 8, types.Int16: 16, types.Int32: 32, types.Int64: 64, types.Int: 64}

// convert reduces a number to the type to where Go would, and leaves it where it fits anyway.
func (w *luaWriter) convert(e ast.Expr, to *types.Basic) string {
	from, ok := w.typeOf(e).Underlying().(*types.Basic)
	if !ok || sizes[from.Kind()] == 0 || sizes[to.Kind()] == 0 {
		w.fail(e, "conversion of %s to %s", w.typeOf(e), to)
		return "nil"
	}
	if fits(from, to) {
		return w.expr(e)
	}
	return narrow(w.operand(e), to)
}

// fits reports whether all numbers of a type are numbers of another.
func fits(from, to *types.Basic) bool {
	bits, signed := sizes[to.Kind()], to.Info()&types.IsUnsigned == 0
	fromSigned := from.Info()&types.IsUnsigned == 0
	same := sizes[from.Kind()] < bits || sizes[from.Kind()] == bits && fromSigned == signed
	return bits == 64 || same && (signed || !fromSigned)
}

// narrow is the text of a number reduced to a type.
func narrow(text string, to *types.Basic) string {
	size := int64(1) << sizes[to.Kind()]
	if to.Info()&types.IsUnsigned == 0 {
		return fmt.Sprintf("(%s + %d) %% %d - %d", text, size/2, size, size/2)
	}
	return fmt.Sprintf("%s %% %d", text, size)
}
