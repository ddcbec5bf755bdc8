package causes

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// limit is the least share of verdicts inside their sets, in percent.
const limit = 95

// A report is the judgement over some folders.
type report struct {
	verdicts []verdict
	out      io.Writer
}

// A tally counts verdicts.
type tally struct{ n, inside, first, named, undetermined int }

func (t *tally) add(v *verdict) {
	t.n++
	if v.inside() {
		t.inside++
	}
	if v.cause == v.Causes[0] {
		t.first++
	}
	if v.named() {
		t.named++
	}
	if v.undetermined() {
		t.undetermined++
	}
}

func percent(part, all int) string {
	if all == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(all))
}

// cells are the columns that every table of counts has.
func (t *tally) cells() string {
	return fmt.Sprintf("%d | %s | %s | %s | %s", t.n, percent(t.inside, t.n), percent(t.first, t.n), percent(t.named, t.n), percent(t.undetermined, t.n))
}

const countHead = "connections | in the set | as constructed | named | undetermined"

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r.out, format, args...) }

// head prints the first lines of a table: how many of its columns, from the left, are words.
func (r *report) head(words int, columns string) {
	r.printf("\n| %s |\n|", columns)
	for i := range strings.Count(columns, "|") + 1 {
		r.printf("%s|", map[bool]string{true: "---", false: "--:"}[i < words])
	}
	r.printf("\n")
}

// write writes all tables and returns what makes the comparison fail.
func (r *report) write() (failures []string) {
	failures = r.overall()
	r.tiers()
	r.bins()
	r.families()
	r.confusion()
	failures = append(failures, r.traps()...)
	r.misses()
	return append(failures, r.violations()...)
}

// roles tallies by role; the last entry is all of them.
func (r *report) overall() (failures []string) {
	var by [3]tally
	var all, small tally
	for i := range r.verdicts {
		v := &r.verdicts[i]
		by[v.role()].add(v)
		all.add(v)
		if v.Family != bulk {
			small.add(v)
		}
	}
	r.head(1, "families | "+countHead)
	for i := range by {
		if by[i].n > 0 {
			r.printf("| %s | %s |\n", role(i), by[i].cells())
		}
	}
	r.printf("| all | %s |\n", all.cells())
	if small.n < all.n {
		r.printf("| all but %s | %s |\n", bulk, small.cells())
	}
	for _, t := range []tally{all, small} {
		if t.inside*100 < limit*t.n {
			return []string{fmt.Sprintf("%d of %d verdicts are in the set, less than %d %%", t.inside, t.n, limit)}
		}
	}
	return nil
}

// bulk is the family whose captures have hundreds of connections each: it would outvote the others.
const bulk = "mixed"

// tiers prints, for each tier and role, how often its verdicts are right.
func (r *report) tiers() {
	r.head(2, "tier | families | "+countHead)
	for _, t := range tiers {
		for _, role := range []role{fitted, heldOut, unseen} {
			var c tally
			for i := range r.verdicts {
				if v := &r.verdicts[i]; v.tier == t.name && v.role() == role {
					c.add(v)
				}
			}
			if c.n > 0 {
				r.printf("| %s | %s | %s |\n", t.name, role, c.cells())
			}
		}
	}
}

// bins prints claimed confidence beside observed shares.
func (r *report) bins() {
	r.printf("\nClaimed confidence and what was observed. A well measured claim lies between the two shares: the first is generous, because the set has\nall that the wire allows, the second strict, because nobody can tell the members of an open set apart.\n")
	r.head(1, "claimed | mean claim | connections | in the set | as constructed")
	for low := 0; low <= 100; low += 10 {
		var c tally
		sum := 0
		for i := range r.verdicts {
			if v := &r.verdicts[i]; v.confidence/10*10 == low && !v.undetermined() {
				c.add(v)
				sum += v.confidence
			}
		}
		if c.n > 0 {
			r.printf("| %d to %d %% | %.1f %% | %d | %s | %s |\n", low, min(low+9, 100), float64(sum)/float64(c.n), c.n, percent(c.inside, c.n), percent(c.first, c.n))
		}
	}
}

func (r *report) families() {
	by := map[string]*tally{}
	roles := map[string]role{}
	for i := range r.verdicts {
		v := &r.verdicts[i]
		if by[v.Family] == nil {
			by[v.Family] = &tally{}
		}
		by[v.Family].add(v)
		roles[v.Family] = v.role()
	}
	r.head(2, "family | families | "+countHead)
	for _, f := range slices.SortedFunc(maps.Keys(by), func(a, b string) int { return cmp.Or(cmp.Compare(roles[a], roles[b]), strings.Compare(a, b)) }) {
		r.printf("| %s | %s | %s |\n", f, roles[f], by[f].cells())
	}
}

// confusion prints what is said for each constructed cause. A star marks verdicts outside the set.
func (r *report) confusion() {
	type said struct {
		cause  string
		inside bool
	}
	counts := map[string]map[said]int{}
	total := map[string]int{}
	for i := range r.verdicts {
		v := &r.verdicts[i]
		c := v.Causes[0]
		if counts[c] == nil {
			counts[c] = map[said]int{}
		}
		counts[c][said{v.cause, v.inside()}]++
		total[c]++
	}
	r.head(1, "constructed | connections | said (* outside the set)")
	for _, c := range slices.Sorted(maps.Keys(counts)) {
		keys := slices.SortedFunc(maps.Keys(counts[c]), func(a, b said) int {
			return cmp.Or(cmp.Compare(counts[c][b], counts[c][a]), strings.Compare(a.cause, b.cause))
		})
		var list []string
		for _, k := range keys {
			star := ""
			if !k.inside {
				star = "*"
			}
			list = append(list, fmt.Sprintf("%s%s %d", k.cause, star, counts[c][k]))
		}
		r.printf("| %s | %d | %s |\n", c, total[c], strings.Join(list, ", "))
	}
}

// traps prints the naive rules that cases were made to fool, and returns those that fool us.
func (r *report) traps() (fallen []string) {
	type trap struct{ n, fallen int }
	by := map[string]*trap{}
	var order []string
	for i := range r.verdicts {
		v := &r.verdicts[i]
		if v.Trap == "" {
			continue
		}
		if by[v.Trap] == nil {
			by[v.Trap] = &trap{}
			order = append(order, v.Trap)
		}
		by[v.Trap].n++
		if !v.inside() && !v.undetermined() || len(v.violations()) > 0 {
			by[v.Trap].fallen++
		}
	}
	if len(order) == 0 {
		return nil
	}
	r.head(1, "trap | connections | fallen into")
	slices.Sort(order)
	for _, t := range order {
		r.printf("| %s | %d | %d |\n", t, by[t].n, by[t].fallen)
		if by[t].fallen > 0 {
			fallen = append(fallen, fmt.Sprintf("the trap %q is fallen into %d times", t, by[t].fallen))
		}
	}
	return fallen
}

// misses lists the verdicts outside their sets, equal ones counted.
func (r *report) misses() {
	rows := r.group(func(v *verdict) []string {
		if v.inside() {
			return nil
		}
		return []string{fmt.Sprintf("| %s | %s | %s | %s, %d %%, %s |", v.Case, v.Name, strings.Join(v.Causes, ", "), v.cause, v.confidence, v.rule)}
	})
	r.printf("\nOutside the set:")
	if len(rows) == 0 {
		r.printf(" none.\n")
		return
	}
	r.printf("\n")
	r.head(4, "case | connection | allowed | said | connections")
	for _, row := range rows {
		r.printf("%s\n", row)
	}
}

// violations lists the violations, equal ones counted, and returns them.
func (r *report) violations() []string {
	rows := r.group(func(v *verdict) (list []string) {
		for _, w := range v.violations() {
			list = append(list, fmt.Sprintf("| %s | %s | %s | %s, %d %%, %s |", w, v.Case, v.Name, v.cause, v.confidence, v.rule))
		}
		return list
	})
	r.printf("\nViolations:")
	if len(rows) == 0 {
		r.printf(" none.\n")
		return nil
	}
	r.printf("\n")
	r.head(4, "violation | case | connection | said | connections")
	for _, row := range rows {
		r.printf("%s\n", row)
	}
	return rows
}

// group counts equal lines, in order of their letters.
func (r *report) group(of func(*verdict) []string) (rows []string) {
	counts := map[string]int{}
	for i := range r.verdicts {
		for _, line := range of(&r.verdicts[i]) {
			counts[line]++
		}
	}
	for _, line := range slices.Sorted(maps.Keys(counts)) {
		rows = append(rows, fmt.Sprintf("%s %d |", line, counts[line]))
	}
	return rows
}
