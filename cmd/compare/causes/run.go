package causes

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// folders are those of the repository.
var folders = []string{"testdata/lab/captures", "testdata/lab/unseen"}

// Run judges the causes on folders of labelled captures.
func Run(ctx context.Context, args []string) error {
	var teardown, page string
	flags := flag.NewFlagSet("compare causes", flag.ContinueOnError)
	flags.StringVar(&teardown, "teardown", "", "the converter (default: built from source)")
	flags.StringVar(&page, "o", "", "write the generated parts of this page again (default: the report to stdout)")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	work, remove, err := tools.Prepare(ctx, "causes", &teardown)
	if err != nil {
		return err
	}
	defer remove()
	j := judge{ctx: ctx, teardown: teardown, dirs: flags.Args(), work: work}
	if err := j.run(); err != nil {
		return err
	}
	if page == "" {
		os.Stdout.Write(j.report)
	} else if err := j.rewrite(page); err != nil {
		return err
	}
	if len(j.failures) > 0 {
		for _, f := range j.failures {
			fmt.Fprintln(os.Stderr, f)
		}
		return fmt.Errorf("%d reasons to fail", len(j.failures))
	}
	return nil
}

// A judge holds one run of the converter against the labels.
type judge struct {
	ctx            context.Context
	teardown, work string
	dirs           []string // default: those of the repository
	root           string

	verdicts []verdict
	report   []byte
	failures []string
}

func (j *judge) run() (err error) {
	if j.root, err = tools.Root(); err != nil {
		return err
	}
	if len(j.dirs) == 0 {
		for _, f := range folders {
			j.dirs = append(j.dirs, filepath.Join(j.root, filepath.FromSlash(f)))
		}
	}
	for _, dir := range j.dirs {
		found, err := verdictsOf(j.ctx, j.teardown, dir, filepath.Join(j.work, "dataset"))
		if err != nil {
			return err
		}
		j.verdicts = append(j.verdicts, found...)
	}
	var out bytes.Buffer
	r := report{verdicts: j.verdicts, out: &out}
	j.failures = r.write()
	j.report = out.Bytes()
	return nil
}

// rewrite writes the generated parts of a page again.
func (j *judge) rewrite(page string) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	text, err := fill(old, j.block)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, text, 0o644)
}

// block returns a generated part: "calibration", "evidence LETTER" or "ladder CAPTURE [NAME]",
// a capture of the lab and the name of the connection to show.
func (j *judge) block(name string) ([]byte, error) {
	words := strings.Fields(name)
	switch {
	case name == "calibration":
		return append(bytes.Clone(j.report), '\n'), nil
	case len(words) == 2 && words[0] == "evidence":
		return evidence(words[1]), nil
	case len(words) > 1 && words[0] == "ladder":
		for i := range j.verdicts {
			v := &j.verdicts[i]
			if v.File == words[1] && v.Name == append(words, "main")[2] {
				return show(j.ctx, j.teardown, filepath.Join(j.root, filepath.FromSlash(folders[0]), v.File), strconv.Itoa(v.Measured.FirstFrame))
			}
		}
	}
	return nil, errors.New("nothing of that name")
}
