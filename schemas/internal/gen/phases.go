package gen

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"reflect"
	"slices"
)

// The versions of Step for plain segments are written for one phase of the connection, which the condition of plain
// names. In others, such as that of a connection whose beginning was not captured, they come out the same: the rules
// ask for the phase where a connection begins and where it ends. There the same versions serve, and samePhases finds them by
// writing them for each phase.

// A plainVersions is what is written for plain segments.
type plainVersions struct {
	usual usual
	stays []string // what a connection must come to hold before segments can be usual
	plain []*instruction
}

// plainVersions writes the versions of Step for plain and for usual segments.
func (w *luaWriter) plainVersions(plain, more, quiet knownCase, calm int, tables map[string][]int64) (v plainVersions, err error) {
	if v.usual, err = w.usualStep(plain, more, quiet, tables); err != nil {
		return v, err
	}
	_, v.stays = w.conditions(knownCase{usualCase, v.usual.stays})
	v.plain, err = w.plainVersion(plain, v.stays, calm, tables)
	return v, err
}

// samePhases returns the phases for which the versions are these, as entries of a table in Lua.
func (w *luaWriter) samePhases(these plainVersions, plain, more, quiet knownCase, calm int, tables map[string][]int64) []string {
	atom := w.phaseAtom(plain)
	named := w.typeOf(atom.X).(*types.Named)
	scope := named.Obj().Pkg().Scope()
	var numbers []int64
	for _, name := range scope.Names() {
		phase, ok := scope.Lookup(name).(*types.Const)
		if !ok || phase.Type() != named {
			continue
		}
		y := &ast.BasicLit{ValuePos: atom.Y.Pos(), Kind: token.INT, Value: phase.Val().ExactString()}
		w.info.Types[y] = types.TypeAndValue{Type: named, Value: phase.Val()}
		in := knownCase{function: plain.function}
		for _, a := range plain.atoms {
			if a == ast.Expr(atom) {
				a = &ast.BinaryExpr{X: atom.X, OpPos: atom.OpPos, Op: token.EQL, Y: y}
			}
			in.atoms = append(in.atoms, a)
		}
		v, err := w.plainVersions(in, more, quiet, calm, maps.Clone(tables))
		if n, exact := constant.Int64Val(phase.Val()); err == nil && exact && reflect.DeepEqual(v, these) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	same := make([]string, len(numbers))
	for i, n := range numbers {
		same[i] = fmt.Sprintf("[%d] = true", n)
	}
	return same
}

// phaseAtom is the condition that names the phase of the connection.
func (w *luaWriter) phaseAtom(plain knownCase) *ast.BinaryExpr {
	for _, a := range plain.atoms {
		if b, ok := a.(*ast.BinaryExpr); ok && b.Op == token.EQL {
			if s, ok := b.X.(*ast.SelectorExpr); ok && s.Sel.Name == "Phase" {
				return b
			}
		}
	}
	panic("gen: " + plain.function + " names no phase")
}
