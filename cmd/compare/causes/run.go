package causes

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// folders are those of the repository.
var folders = []string{"testdata/lab/captures", "testdata/lab/unseen"}

// Lines of a page between which the report stands.
const (
	begin = "<!-- report of compare causes: begin -->\n"
	end   = "<!-- report of compare causes: end -->\n"
)

// Run judges the causes on folders of labelled captures.
func Run(ctx context.Context, args []string) error {
	var teardown, page string
	flags := flag.NewFlagSet("compare causes", flag.ContinueOnError)
	flags.StringVar(&teardown, "teardown", "", "the converter (default: built from source)")
	flags.StringVar(&page, "o", "", "put the report into this page, between its marks (default: stdout)")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	text, failures, err := Judge(ctx, teardown, flags.Args())
	if err != nil {
		return err
	}
	if page == "" {
		os.Stdout.Write(text)
	} else if err := insert(page, text); err != nil {
		return err
	}
	if len(failures) > 0 {
		for _, f := range failures {
			fmt.Fprintln(os.Stderr, f)
		}
		return fmt.Errorf("%d reasons to fail", len(failures))
	}
	return nil
}

// Judge returns the report on folders (default: those of the repository) and what makes it fail.
func Judge(ctx context.Context, teardown string, dirs []string) (text []byte, failures []string, err error) {
	work, err := os.MkdirTemp("", "compare-causes-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(work)
	if teardown, err = tools.Teardown(ctx, teardown, work); err != nil {
		return nil, nil, err
	}
	if len(dirs) == 0 {
		root, err := tools.Root()
		if err != nil {
			return nil, nil, err
		}
		for _, f := range folders {
			if path := filepath.Join(root, filepath.FromSlash(f)); exists(path) {
				dirs = append(dirs, path)
			}
		}
	}
	var out bytes.Buffer
	r := report{out: &out}
	for _, dir := range dirs {
		found, err := judge(ctx, teardown, dir, filepath.Join(work, "dataset"))
		if err != nil {
			return nil, nil, err
		}
		r.verdicts = append(r.verdicts, found...)
	}
	failures = r.write()
	return out.Bytes(), failures, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// insert puts the report between the marks of a page.
func insert(page string, text []byte) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, after, err := around(old)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, bytes.Join([][]byte{before, text, after}, nil), 0o644)
}

// around splits a page into what stands before and behind the report, marks included.
func around(page []byte) (before, after []byte, err error) {
	i, j := bytes.Index(page, []byte(begin)), bytes.Index(page, []byte(end))
	if i < 0 || j < i {
		return nil, nil, errors.New("causes: the page has no marks for the report")
	}
	return page[:i+len(begin)], page[j:], nil
}
