package tshark

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/corpus"
	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// options are the flags of the comparison.
type options struct {
	teardown string // the converter
	sample   string
	parallel int
	examples int
	details  string
	repeat   int // every repeat-th capture is converted again with other workers
	cache    string
	work     string // folder for datasets and tshark's empty configuration
}

// Run compares with tshark. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("compare tshark", flag.ContinueOnError)
	flags.StringVar(&o.teardown, "teardown", "", "the converter (default: built from source)")
	flags.StringVar(&o.sample, "sample", "all", "number of captures, spread over the folders, or all")
	flags.IntVar(&o.parallel, "parallel", 2, "captures at a time")
	flags.IntVar(&o.examples, "examples", 5, "unexplained differences to show per column")
	flags.StringVar(&o.details, "details", "", "file to write every difference to, tab-separated")
	flags.IntVar(&o.repeat, "repeat", 8, "convert every N-th capture again with 1, 2 and 3 workers; 0: none")
	flags.StringVar(&o.cache, "cache", "", "folder that keeps what tshark printed, for repeated runs")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	captures, err := corpus.Choose(flags.Args(), o.sample)
	if err != nil {
		return err
	}
	var remove func()
	if o.work, remove, err = tools.Prepare(ctx, "tshark", &o.teardown); err != nil {
		return err
	}
	defer remove()
	if err := os.Mkdir(filepath.Join(o.work, "config"), 0o755); err != nil {
		return err
	}
	r := newReport(os.Stdout, o.examples)
	if o.details != "" {
		closeDetails, err := r.writeDetails(o.details)
		if err != nil {
			return err
		}
		defer closeDetails()
	}
	if err := tools.InOrder(ctx, o.parallel, len(captures), func(ctx context.Context, i int) (finding, error) {
		return compareOne(ctx, &o, i, captures[i])
	}, func(f finding) { r.add(f.comparison, f.failures) }); err != nil {
		return err
	}
	return r.summary(os.Stdout)
}

// A finding is what comparing one capture gave.
type finding struct {
	comparison
	failures []string
}

// compareOne converts one capture, asks tshark about it and compares.
func compareOne(ctx context.Context, o *options, index int, c corpus.Capture) (finding, error) {
	theirs, err := readCached(ctx, o.cache, c.Path, filepath.Join(o.work, "config"))
	if err != nil {
		return finding{}, err
	}
	dir := filepath.Join(o.work, fmt.Sprint(index))
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "default")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return finding{}, err
	}
	done, err := tools.Run(ctx, o.teardown, "convert", "--quiet", c.Path, "-o", out)
	if err != nil {
		return finding{}, err
	}
	check := checks{capture: c.Name}
	check.status(done, theirs)
	if done.Status != 0 && done.Status != 3 {
		return finding{failures: check.failures}, nil
	}
	packets, err := dataset.ReadTable(out, "packets")
	if err != nil {
		check.failf("%v", err)
		return finding{failures: check.failures}, nil
	}
	check.rows(packets, theirs)
	check.manifest(out, done.Status, packets)
	check.derived(packets)
	if o.repeat > 0 && index%o.repeat == 0 {
		if err := check.repeat(ctx, o.teardown, c.Path, dir, out); err != nil {
			return finding{}, err
		}
	}
	return finding{comparison: compareRows(c.Name, theirs.frames, packets), failures: check.failures}, nil
}
