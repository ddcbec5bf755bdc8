package gen

import (
	"bytes"
	"fmt"
	"go/parser"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// A record is one struct of the remembered state.
type record struct {
	name, meaning string
	fields        []field
}

// A field is one remembered value.
type field struct{ name, typ, meaning string }

// parseState reads every .state file of the folder, in the order of their names.
func parseState(dir string) ([]record, error) {
	var records []record
	seen := map[string]bool{}
	for _, name := range namesWithSuffix(filepath.Join(dir, "state"), ".state") {
		err := rows(dir, filepath.Join("state", name), func(_ int, text string) error {
			left, meaning, ok := strings.Cut(text, "|")
			f := strings.Fields(left)
			if !ok || len(f) != 2 {
				return fmt.Errorf("want: field type | meaning, or record NAME | meaning")
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
			r.fields = append(r.fields, field{f[0], f[1], meaning})
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

// stateGo writes the records as Go structs.
func stateGo(records []record) string {
	var b bytes.Buffer
	b.WriteString("package facts\n\nimport \"github.com/pcap-teardown/teardown/schemas\"\n\n")
	for _, r := range records {
		fmt.Fprintf(&b, "// %s: %s.\ntype %s struct {\n", r.name, r.meaning, r.name)
		for _, f := range r.fields {
			fmt.Fprintf(&b, "\t%s %s // %s\n", f.name, f.typ, f.meaning)
		}
		b.WriteString("}\n\n")
	}
	return b.String()
}
