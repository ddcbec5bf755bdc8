package gen

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
)

// A checked is the package classify/facts as the type checker sees it.
type checked struct {
	fset  *token.FileSet
	files []*ast.File
	info  *types.Info
	pkg   *types.Package
}

// schemasImporter gives the checker package schemas from its generated constants, so that
// generating does not depend on a build of the repository.
type schemasImporter struct{ pkg *types.Package }

func (i schemasImporter) Import(path string) (*types.Package, error) {
	if strings.HasSuffix(path, "/schemas") {
		return i.pkg, nil
	}
	return importer.Default().Import(path)
}

// checkFacts parses and checks the hand-written files of classify/facts with the generated
// ones, which are given by name. Errors in rules name the rules file and line.
func checkFacts(root string, vocabulary string, generated map[string]string) (*checked, error) {
	c := &checked{fset: token.NewFileSet(), info: &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
	}}
	// Words is the only name of schemas that the vocabulary needs from elsewhere.
	stub := "\ntype Words struct { Name string; Text, Meaning []string; Class []uint16; ClassOf *Words }\n"
	voc, err := parser.ParseFile(c.fset, "vocabulary_gen.go", vocabulary+stub, 0)
	if err != nil {
		return nil, err
	}
	conf := types.Config{}
	schemas, err := conf.Check("github.com/pcap-teardown/teardown/schemas", c.fset, []*ast.File{voc}, nil)
	if err != nil {
		return nil, err
	}
	add := func(name string, src any) error {
		f, err := parser.ParseFile(c.fset, name, src, parser.ParseComments)
		if err == nil {
			c.files = append(c.files, f)
		}
		return err
	}
	dir := filepath.Join(root, "classify", "facts")
	for _, name := range namesWithSuffix(dir, ".go") {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_gen.go") {
			continue
		}
		if err := add(filepath.Join(dir, name), nil); err != nil {
			return nil, err
		}
	}
	for _, name := range sortedKeys(generated) {
		if err := add(name, generated[name]); err != nil {
			return nil, err
		}
	}
	conf = types.Config{Importer: schemasImporter{schemas}}
	if c.pkg, err = conf.Check("github.com/pcap-teardown/teardown/classify/facts", c.fset, c.files, c.info); err != nil {
		return nil, err
	}
	return c, nil
}

// errorf reports a construct outside the restricted Go at its place.
func (c *checked) errorf(n ast.Node, format string, a ...any) error {
	return fmt.Errorf("%s: not in the restricted Go of classify/facts: %s", c.fset.Position(n.Pos()), fmt.Sprintf(format, a...))
}
