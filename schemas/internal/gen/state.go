package gen

import (
	"bytes"
	"fmt"
	"go/parser"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// A record is one struct of the remembered state.
type record struct {
	name, meaning string
	fields        []field
}

// A field is one remembered value. A rare one is zero in nearly all records of its kind.
type field struct {
	name, typ, meaning string
	rare               bool
	bits               int // of a number that has at most so many, and is not negative; 0: nothing is said
}

// rareMark stands behind the type of a rare field, bitsMark with a number behind that of one whose values are
// smaller than the type.
const (
	rareMark = "rare"
	bitsMark = "bits:"
)

// parseState reads every .state file of the folder, in the order of their names.
func parseState(dir string) ([]record, error) {
	var records []record
	seen := map[string]bool{}
	for _, name := range namesWithSuffix(filepath.Join(dir, "state"), ".state") {
		err := rows(dir, filepath.Join("state", name), func(_ int, text string) error {
			left, meaning, ok := strings.Cut(text, "|")
			f := strings.Fields(left)
			rare := len(f) == 3 && f[0] != "record" && f[2] == rareMark
			bits := 0
			if len(f) == 3 && strings.HasPrefix(f[2], bitsMark) {
				bits, _ = strconv.Atoi(strings.TrimPrefix(f[2], bitsMark))
			}
			if !ok || len(f) != 2 && !rare && bits <= 0 {
				return fmt.Errorf("want: field type | meaning, field type rare | meaning, field type bits:N | meaning, or record NAME | meaning")
			}
			meaning = strings.TrimSpace(meaning)
			if f[0] == "record" {
				if seen[f[1]] {
					return fmt.Errorf("record %s stands twice", f[1])
				}
				seen[f[1]] = true
				records = append(records, record{name: f[1], meaning: meaning})
				return nil
			}
			if len(records) == 0 {
				return fmt.Errorf("a field before the first record")
			}
			r := &records[len(records)-1]
			if seen[r.name+"."+f[0]] {
				return fmt.Errorf("field %s stands twice in %s", f[0], r.name)
			}
			seen[r.name+"."+f[0]] = true
			if _, err := parser.ParseExpr(f[1]); err != nil {
				return fmt.Errorf("type %q: %v", f[1], err)
			}
			r.fields = append(r.fields, field{f[0], f[1], meaning, rare, bits})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return records, nil
}

// namesWithSuffix lists the files of a folder in order; a missing folder has none.
func namesWithSuffix(dir, suffix string) []string {
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return names
}

// stateGo writes the records as Go structs. The rare fields of a record are in one of their own, which it embeds
// as a pointer: what looks at them need not know, and a record without any is small. Flat records have all fields
// themselves: the translation to Lua divides them itself.
func stateGo(records []record, flat bool) string {
	var b bytes.Buffer
	b.WriteString("package facts\n\nimport \"github.com/pcap-teardown/teardown/schemas\"\n\n")
	for _, r := range records {
		var usual, rare []field
		for _, f := range r.fields {
			if f.rare && !flat {
				rare = append(rare, f)
			} else {
				usual = append(usual, f)
			}
		}
		fmt.Fprintf(&b, "// %s: %s.\ntype %s struct {\n", r.name, r.meaning, r.name)
		for _, f := range usual {
			if rare != nil && f.typ == "int64" { // as wide as a pointer: there is no room between
				r.embedRare(&b, rare)
				rare = nil
			}
			f.writeGo(&b)
		}
		if rare != nil {
			r.embedRare(&b, rare)
		}
		b.WriteString("}\n\n")
		if !flat {
			r.rareGo(&b)
		}
	}
	return b.String()
}

// rareFields returns the rare fields, as RECORD.FIELD.
func rareFields(records []record) map[string]bool {
	rare := map[string]bool{}
	for _, r := range records {
		for _, f := range r.fields {
			if f.rare {
				rare[r.name+"."+f.name] = true
			}
		}
	}
	return rare
}

// smallFields returns how many bits the values of fields have where that is said, by RECORD.FIELD.
func smallFields(records []record) map[string]int {
	bits := map[string]int{}
	for _, r := range records {
		for _, f := range r.fields {
			if f.bits > 0 {
				bits[r.name+"."+f.name] = f.bits
			}
		}
	}
	return bits
}

func (f field) writeGo(b *bytes.Buffer) { fmt.Fprintf(b, "\t%s %s // %s\n", f.name, f.typ, f.meaning) }

// embedRare writes the pointer to the rare fields.
func (r record) embedRare(b *bytes.Buffer, rare []field) {
	fmt.Fprintf(b, "\t*%sRare // the rare ones, from %s to %s; never nil\n", r.name, rare[0].name, rare[len(rare)-1].name)
}

// rareGo writes the record of the rare fields, if there are any.
func (r record) rareGo(b *bytes.Buffer) {
	any := false
	for _, f := range r.fields {
		if !f.rare {
			continue
		}
		if !any {
			fmt.Fprintf(b, "// %sRare: the fields of %s that are zero in nearly all; see package rare.\ntype %sRare struct {\n", r.name, r.name, r.name)
			any = true
		}
		f.writeGo(b)
	}
	if any {
		b.WriteString("}\n\n")
	}
}
