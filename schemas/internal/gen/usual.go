package gen

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// A usual is what StepUsual is made of.
type usual struct {
	body  []*instruction
	stays []ast.Expr // conditions that hold for ever once they do
}

// argument is the name of the parameter that holds a field of the segment.
func argument(field string) string { return "s_" + field }

// usualStep writes the version of Step for plain segments of connections of which nothing rare matters. What may change
// under it is asked at its beginning, what stays is known from behind the segment before.
func (w *luaWriter) usualStep(plain, more, quiet knownCase, tables map[string][]int64) (u usual, err error) {
	p, body, err := w.specialised(w.funcs, version{cases: []knownCase{plain, more, quiet}, stays: true, usual: true, text: luaText{w}, tables: tables})
	if err != nil {
		return u, err
	}
	defer func() {
		if r := recover(); r != nil {
			err = notSpecialError(r)
		}
	}()
	var asked []string
	for _, name := range []string{"d", "other"} {
		l := w.laid["Direction"]
		var zero []string
		array := place{table: name, fixed: 1}.at(l.at, "Rare")
		for _, a := range quiet.atoms {
			if text := w.expr(a); strings.Contains(text, array) {
				zero = append(zero, strings.ReplaceAll(text, array, rareTable(name)))
			}
		}
		asked = append(asked, fmt.Sprintf("(%s == %s or %s)", rareTable(name), noneOf(l.rare.name), strings.Join(zero, " and ")))
	}
	for _, a := range more.atoms {
		text := w.expr(a)
		if v := p.eval(a); v.known && v.n == 1 && !ofSegment.MatchString(text) {
			u.stays = append(u.stays, a)
		} else {
			asked = append(asked, ofSegment.ReplaceAllString(text, argument("$1")))
		}
	}
	// Everything that the question looks at has a name once both directions do.
	at := slices.IndexFunc(body, func(i *instruction) bool { return i.local && i.name == rareTable("other") })
	rule, phase, observes := p.env["v.Rule"], p.env["v.Phase"], p.env["v.Observes"]
	if at < 0 || !observes.known || observes.n != 0 || !phase.known {
		return u, notSpecialError(notSpecial{"a usual segment has a verdict that is more than a rule"})
	}
	body = slices.Insert(body, at+1, &instruction{isIf: true, text: "not (" + strings.Join(asked, " and ") + ")", then: []*instruction{{leaves: true, text: "nil"}}})
	body = append(body, &instruction{leaves: true, text: rule.text})
	u.body = clean(body)
	return u, nil
}

// plainVersion writes the version of Step for plain segments. stays are the conditions that a connection must still come to
// hold before segments can be usual; behind a segment with which it does, calm says so.
func (w *luaWriter) plainVersion(plain knownCase, stays []string, calm int, tables map[string][]int64) ([]*instruction, error) {
	p, body, err := w.specialised(w.funcs, version{cases: []knownCase{plain}, stays: true, usual: true, text: luaText{w}, tables: tables})
	if err != nil {
		return nil, err
	}
	for _, word := range []string{"v.Phase", "v.RstRole", "v.Offender"} {
		if v := p.env[word]; !v.known || word != "v.Phase" && v.n != 0 {
			return nil, notSpecialError(notSpecial{"a plain segment decides " + word})
		}
	}
	place := fmt.Sprintf("c[%d]", calm)
	hold := strings.NewReplacer("o[", "d[", "r[", "other[").Replace(strings.Join(stays, " and "))
	rule, observes := p.env["v.Rule"], p.env["v.Observes"]
	body = append(body,
		&instruction{isIf: true, text: place + " == 1 and " + hold, then: []*instruction{{store: place, text: "2"}}},
		&instruction{leaves: true, text: rule.text + ", " + observes.text})
	return clean(body), nil
}

// asked returns the fields of the segment that versions of Step want, and the names of the parameters that hold them.
func (w *luaWriter) asked(versions ...[]*instruction) (fields, params []string) {
	reads := map[string]int{}
	for _, body := range versions {
		count(body, reads)
	}
	_, s := namedStruct(w.pkg.Scope().Lookup("Segment").Type())
	for i := range s.NumFields() {
		if name := s.Field(i).Name(); reads[argument(name)] > 0 {
			fields, params = append(fields, name), append(params, argument(name))
		}
	}
	return fields, params
}

// ofSegment is a field of the segment.
var ofSegment = regexp.MustCompile(`\bs\.(\w+)`)

// assumeNoRare takes all that is rare of both directions as zero. In Lua, what matters of it is asked.
func (p *special) assumeNoRare() {
	t, inGo := p.text.(goText)
	if !inGo {
		return
	}
	for _, table := range []string{"d", "other"} {
		l := p.w.laid["Direction"]
		for i, zero := range l.zeros {
			field, _, _ := strings.Cut(l.paths[i], ".")
			field, _, _ = strings.Cut(field, "[")
			if t.rare["Direction."+field] {
				r := rec{place: place{table: table, fixed: 1}}
				p.env[r.key(i, "")] = constantOf(0, zero == "false")
			}
		}
	}
}

// assumeUsual takes all that is rare as zero, and the fields of the segment as variables.
func (p *special) assumeUsual() {
	p.assumeNoRare()
	_, s := namedStruct(p.w.pkg.Scope().Lookup("Segment").Type())
	for i := range s.NumFields() {
		f := s.Field(i)
		key := rec{place: place{table: "s"}, named: true}.key(0, f.Name())
		if _, known := p.env[key]; !known {
			v := p.w.valueOf("Segment."+f.Name(), f.Type())
			v.text, v.simple = p.fresh(argument(f.Name())), true
			p.env[key] = v
		}
	}
}
