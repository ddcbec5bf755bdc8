package readers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/corpus"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// A datasetDir is a dataset to read.
type datasetDir struct {
	dir   string // absolute
	about string // what is in it
	arrow bool   // Arrow files, not Parquet
}

// prepare returns the datasets among the arguments as they are, and converts
// the captures among them: all into one dataset, as Parquet and as Arrow, and a
// few into one each. Small datasets matter: they have columns and tables
// without any value.
func prepare(ctx context.Context, o *options, args []string) ([]datasetDir, error) {
	var ready []datasetDir
	var paths []string
	for _, arg := range args {
		if _, err := os.Stat(filepath.Join(arg, "manifest.json")); err != nil {
			paths = append(paths, arg)
			continue
		}
		dir, err := filepath.Abs(arg)
		if err != nil {
			return nil, err
		}
		arrows, err := filepath.Glob(filepath.Join(dir, "packets", "*.arrow"))
		if err != nil {
			return nil, err
		}
		ready = append(ready, datasetDir{dir: dir, about: arg, arrow: len(arrows) > 0})
	}
	if paths == nil {
		return ready, nil
	}
	captures, err := corpus.Choose(paths, o.sample)
	if err != nil {
		return nil, err
	}
	few, err := corpus.Sample(captures, strconv.Itoa(o.each))
	if err != nil {
		return nil, err
	}
	var all []string
	for _, c := range captures {
		all = append(all, c.Path)
	}
	about := fmt.Sprintf("%d captures", len(all))
	for _, format := range []string{"parquet", "arrow"} {
		d := datasetDir{dir: filepath.Join(o.work, "all-"+format), about: about, arrow: format == "arrow"}
		read, err := convert(ctx, o, d.dir, format, all)
		if err != nil {
			return nil, err
		}
		if !read {
			return nil, fmt.Errorf("readers: none of %s can be read", about)
		}
		ready = append(ready, d)
	}
	for i, c := range few {
		d := datasetDir{dir: filepath.Join(o.work, fmt.Sprintf("capture-%03d", i)), about: c.Name}
		read, err := convert(ctx, o, d.dir, "parquet", []string{c.Path})
		if err != nil {
			return nil, err
		}
		if read {
			ready = append(ready, d)
		}
	}
	return ready, nil
}

// convert runs the converter and tells whether there was anything to read.
func convert(ctx context.Context, o *options, dir, format string, captures []string) (bool, error) {
	args := append([]string{"convert", "--quiet", "--format", format, "-o", dir}, captures...)
	done, err := tools.Run(ctx, o.teardown, args...)
	switch {
	case err != nil:
		return false, err
	case done.Status == 1 && !strings.Contains(done.Stderr, "goroutine "):
		return false, nil
	case done.Status != 0 && done.Status != 3:
		return false, fmt.Errorf("readers: convert: exit status %d: %s", done.Status, done.Stderr)
	}
	return true, nil
}
