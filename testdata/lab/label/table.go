package label

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
)

// Table is the parsed cases.table.
type Table struct {
	Cases   []string // in the order of the file
	Expect  map[string]Expect
	Reasons map[string]Reason
}

// Reason is what a reason of the kernel admits.
type Reason struct {
	Forms  []string
	Causes []string
}

// ReadTable reads cases.table: blocks of "case NAME[, NAME...]", "how TEXT",
// "trap TEXT" and one line per connection,
//
//	CONN[@4|@6] | teardown | side | fin_variant | form offender | causes | never_high | kernel reason | flags
//
// and lines "reason NAME | forms | causes". Several files make one table.
func ReadTable(files ...string) (*Table, error) {
	t := &Table{Expect: map[string]Expect{}, Reasons: map[string]Reason{}}
	for _, f := range files {
		if err := t.read(f); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *Table) read(name string) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var names []string
	var how, trap string
	for i, line := range strings.Split(string(b), "\n") {
		fail := func(format string, args ...any) error {
			return fmt.Errorf("label: %s: line %d: %s", name, i+1, fmt.Sprintf(format, args...))
		}
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch {
		case line == "" || line[0] == '#':
		case word == "case":
			names, how, trap = strings.Split(strings.ReplaceAll(rest, " ", ""), ","), "", ""
			t.Cases = append(t.Cases, names...)
		case word == "how":
			how = rest
		case word == "trap":
			trap = rest
		case word == "reason":
			f := columns(rest)
			if len(f) != 3 {
				return fail("a reason needs name, forms and causes")
			}
			t.Reasons[f[0]] = Reason{strings.Fields(f[1]), strings.Fields(f[2])}
		default:
			conn, e, err := parseExpect(line)
			if err != nil {
				return fail("%v", err)
			}
			e.How, e.Trap = how, trap
			for _, n := range names {
				for _, one := range connNames(conn) {
					key := n + " " + one
					if _, twice := t.Expect[key]; twice {
						return fail("%s stands twice", key)
					}
					t.Expect[key] = e
				}
			}
		}
	}
	return nil
}

// connNames splits "a,b@6" into a@6 and b@6.
func connNames(s string) []string {
	names, version, ok := strings.Cut(s, "@")
	out := strings.Split(names, ",")
	for i := range out {
		if ok {
			out[i] += "@" + version
		}
	}
	return out
}

func columns(s string) []string {
	f := strings.Split(s, "|")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
		if f[i] == "-" {
			f[i] = ""
		}
	}
	return f
}

func parseExpect(line string) (conn string, e Expect, err error) {
	f := columns(line)
	if len(f) != 9 {
		return "", e, fmt.Errorf("%d columns, want 9", len(f))
	}
	conn = f[0]
	e = Expect{Pickup: schemas.PickupSyn.String(), Teardown: strings.Split(f[1], "/"), Side: f[2], FinVariant: f[3],
		Causes: strings.Fields(f[5]), NeverHigh: strings.Fields(f[6]), KernelReason: f[7], RSTForm: []string{}}
	if form, offender, _ := strings.Cut(f[4], " "); form != "" {
		e.RSTForm, e.Offender = strings.Split(form, "/"), offender
	}
	var never []string
	for _, n := range e.NeverHigh {
		if n == "*" {
			never = append(never, e.Causes...)
		} else {
			never = append(never, n)
		}
	}
	e.NeverHigh = append([]string{}, never...)
	for _, flag := range strings.Fields(f[8]) {
		k, v, _ := strings.Cut(flag, ":")
		switch k {
		case "third_party":
			e.ThirdParty = true
		case "ignored":
			e.RSTIgnored, e.IgnoredForm = true, v
		case "pickup":
			e.Pickup = v
		default:
			return "", e, fmt.Errorf("flag %q", flag)
		}
	}
	return conn, e, e.words()
}

// words checks every word against the closed lists.
func (e *Expect) words() error {
	check := func(w *schemas.Words, words ...string) error {
		for _, x := range words {
			if x != "" && !slices.Contains(w.Text, x) {
				return fmt.Errorf("%q is no word of %s", x, w.Name)
			}
		}
		return nil
	}
	for _, err := range []error{
		check(schemas.PickupWords, e.Pickup), check(schemas.TeardownWords, e.Teardown...),
		check(schemas.TeardownSideWords, e.Side), check(schemas.FinVariantWords, e.FinVariant),
		check(schemas.RstFormWords, e.RSTForm...), check(schemas.RstFormWords, e.IgnoredForm),
		check(schemas.CauseWords, e.Causes...), check(schemas.CauseWords, e.NeverHigh...),
	} {
		if err != nil {
			return err
		}
	}
	if len(e.Causes) == 0 {
		return fmt.Errorf("no causes")
	}
	return nil
}

// Find looks up an expectation: first the one for the IP version, then the
// common one.
func (t *Table) Find(caseName, conn string, v6 bool) (Expect, bool) {
	v := "@4"
	if v6 {
		v = "@6"
	}
	if e, ok := t.Expect[caseName+" "+conn+v]; ok {
		return e, true
	}
	e, ok := t.Expect[caseName+" "+conn]
	return e, ok
}

// Family of a case is the part of its name before the slash.
func Family(caseName string) string { return strings.SplitN(filepath.ToSlash(caseName), "/", 2)[0] }
