// Package teardown_test holds the rules of the house: what is true of all packages together.
package teardown_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
)

const module = "github.com/pcap-teardown/teardown"

// layers are the packages bottom up. A package may import its own layer and those before
// it, except where bans say otherwise. Packages below a layer belong to it; test helpers
// are free, because they may need anything.
var layers = []string{"schemas", "schemas/table", "capture", "classify", "export", "lua", "cmd"}

// bans are imports that go down and are wrong all the same, with the reason.
var bans = []struct{ from, to, reason string }{
	{"export", "classify", "whoever writes rows does not decide what they say"},
	{"export", "capture", "whoever writes rows does not know where they come from"},
	{"lua", "capture", "the plugin is text; it shares nothing but the words"},
	{"lua", "classify", "the plugin is text; it shares nothing but the words"},
	{"lua", "export", "the plugin is text; it shares nothing but the words"},
}

// dependencies are the modules that the program may be built from, with their purpose.
var dependencies = map[string]string{
	"github.com/google/gopacket":       "protocol layers",
	"github.com/apache/arrow/go/v15":   "Arrow IPC",
	"github.com/parquet-go/parquet-go": "encodings and metadata of Parquet",
	"github.com/spf13/cobra":           "command line",
	"github.com/spf13/pflag":           "flags of cobra",
	"github.com/klauspost/compress":    "zstd, gzip, snappy",
	"github.com/pierrec/lz4/v4":        "lz4",
	"github.com/xi2/xz":                "xz: gives what it has decoded where the data end too early",
	"github.com/ulikunitz/xz":          "writes xz, in tests",
	"golang.org/x/sys":                 "width of the terminal",
	"golang.org/x/tools":               "txtar, in tests",
	"github.com/rogpeppe/go-internal":  "testscript, in tests",
}

// A pkg is what go list says about a package.
type pkg struct {
	ImportPath                         string
	Dir                                string
	Imports, TestImports, XTestImports []string
	GoFiles, TestGoFiles, XTestGoFiles []string
}

// packages returns all packages of the module, keyed by their path below it.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	// Without -pgo=off, packages stand a second time in the list, as cmd/teardown has them with its profile.
	list := exec.Command("go", "list", "-pgo=off", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	all := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")] = p
	}
}

// layerOf returns the number of the layer that a package belongs to, or -1.
func layerOf(path string) int {
	best := -1
	for i, l := range layers {
		if (path == l || strings.HasPrefix(path, l+"/")) && (best < 0 || len(l) > len(layers[best])) {
			best = i
		}
	}
	return best
}

func TestImportsGoOneWay(t *testing.T) {
	for path, p := range packages(t) {
		from := layerOf(path)
		if from < 0 {
			continue
		}
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			if n := layerOf(to); n < 0 {
				t.Errorf("%s imports %s, which is in no layer", path, to)
			} else if n > from {
				t.Errorf("%s imports %s: imports go from %s to what stands before it in %v", path, to, layers[from], layers)
			}
			for _, b := range bans {
				if layers[from] == b.from && layerOf(to) == slices.Index(layers, b.to) {
					t.Errorf("%s imports %s: %s", path, to, b.reason)
				}
			}
		}
	}
}

func TestDependencies(t *testing.T) {
	for path, p := range packages(t) {
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			host, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(host, ".") || imported == module || strings.HasPrefix(imported, module+"/") {
				continue
			}
			allowed := false
			for d := range dependencies {
				allowed = allowed || imported == d || strings.HasPrefix(imported, d+"/")
			}
			if !allowed {
				t.Errorf("%s imports %s, which is not among the dependencies", path, imported)
			}
		}
	}
}

// TestPackageComments wants one package comment per package, in doc.go.
func TestPackageComments(t *testing.T) {
	for path, p := range packages(t) {
		if len(p.GoFiles) == 0 {
			continue
		}
		var with []string
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if file.Doc != nil {
				with = append(with, name)
			}
		}
		if !slices.Equal(with, []string{"doc.go"}) {
			t.Errorf("%s: package comments in %v, want one, in doc.go", path, with)
		}
	}
}

// sources calls visit with every text file of the project, paths with slashes.
func sources(t *testing.T, visit func(path string, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".ci" || d.Name() == "out" || d.Name() == "demo"):
			return fs.SkipDir
		case !d.Type().IsRegular() || d.Name() == ".git": // a file where the checkout is one of several
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && !bytes.Contains(text, []byte{0}) {
			visit(filepath.ToSlash(path), text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func generated(path string) bool {
	return regexp.MustCompile(`_gen\.[a-z]+$`).MatchString(path) || path == "schemas/REFERENCE.md"
}

func isCode(path string) bool {
	ext := filepath.Ext(path)
	return ext == ".go" || ext == ".lua" || ext == ".py"
}

func TestFileLength(t *testing.T) {
	const limit = 450
	sources(t, func(path string, text []byte) {
		name := filepath.Base(path)
		if !isCode(path) || generated(path) || name == "doc.go" || strings.HasSuffix(name, "_test.go") {
			return
		}
		if lines := bytes.Count(text, []byte("\n")); lines > limit {
			t.Errorf("%s has %d lines, more than %d: split it by subject", path, lines, limit)
		}
	})
}

// TestGeneratedHeader wants the standard header in files whose names end in _gen, and
// nowhere else. That they are current is tested in package schemas.
func TestGeneratedHeader(t *testing.T) {
	header := regexp.MustCompile(`^(//|--|<!--|#) Code generated .* DO NOT EDIT\.`)
	sources(t, func(path string, text []byte) {
		if has := header.Match(text); has != generated(path) {
			t.Errorf("%s: generated by its name: %t, by its first line: %t", path, generated(path), has)
		}
	})
}

// TestWordsStandOnce wants no word that a column can hold as a string in code outside
// schemas. Words without an underscore are too common to look for. Tests compare with
// what users see, so they may spell words.
func TestWordsStandOnce(t *testing.T) {
	words := map[string]bool{}
	columns := map[string]bool{} // a word may also be the name of a column
	for _, table := range []schemas.Table{schemas.PacketBatch, schemas.Connections} {
		for _, c := range table.Columns {
			columns[c.Name] = true
			if c.Words == nil {
				continue
			}
			for _, w := range c.Words.Text {
				if strings.Contains(w, "_") {
					words[w] = true
				}
			}
		}
	}
	if len(words) < 100 {
		t.Fatalf("the columns have only %d words", len(words))
	}
	check := func(path string, line int, text string) {
		if words[text] && !columns[text] {
			t.Errorf("%s:%d: %q is a word of the vocabulary; use the constant of package schemas", path, line, text)
		}
	}
	lua := regexp.MustCompile(`"([a-z0-9_]+)"|'([a-z0-9_]+)'`)
	sources(t, func(path string, text []byte) {
		if strings.HasPrefix(path, "schemas/") || strings.HasPrefix(path, "testdata/") || generated(path) {
			return
		}
		switch filepath.Ext(path) {
		case ".go":
			if !strings.HasSuffix(path, "_test.go") {
				stringLiterals(t, path, text, check)
			}
		case ".lua":
			for i, line := range strings.Split(string(text), "\n") {
				for _, m := range lua.FindAllStringSubmatch(line, -1) {
					check(path, i+1, m[1]+m[2])
				}
			}
		}
	})
}

func stringLiterals(t *testing.T, path string, text []byte, visit func(path string, line int, value string)) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if value, err := strconv.Unquote(lit.Value); err == nil {
				visit(path, set.Position(lit.Pos()).Line, value)
			}
		}
		return true
	})
}

// TestNoLocalPaths wants no path of somebody's machine in the project.
func TestNoLocalPaths(t *testing.T) {
	local := regexp.MustCompile(fmt.Sprintf(`(^|[\s"'=(:])/(%s)/`, strings.Join([]string{"home", "Users", "root", "work", "tmp/brief"}, "|")))
	sources(t, func(path string, text []byte) {
		if path == "house_test.go" {
			return
		}
		for i, line := range strings.Split(string(text), "\n") {
			if local.MatchString(line) {
				t.Errorf("%s:%d: names a path of one machine: %s", path, i+1, strings.TrimSpace(line))
			}
		}
	})
}
