package readers

import (
	"context"
	"flag"
	"fmt"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// options are the flags of the comparison.
type options struct {
	teardown, sample string
	each             int
	work             string
}

// Run compares readers. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("compare readers", flag.ContinueOnError)
	flags.StringVar(&o.teardown, "teardown", "", "the converter (default: built from source)")
	flags.StringVar(&o.sample, "sample", "all", "number of captures, spread over the folders, or all")
	flags.IntVar(&o.each, "each", 24, "captures of these that become a dataset of their own, too")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	work, remove, err := tools.Prepare(ctx, "readers", &o.teardown)
	if err != nil {
		return err
	}
	defer remove()
	o.work = work
	datasets, err := prepare(ctx, &o, flags.Args())
	if err != nil {
		return err
	}
	return compare(ctx, datasets)
}

// key names a table of a dataset.
type key struct{ dir, table string }

// compare reads the datasets with every reader and prints what differs. An
// Arrow dataset is held against the first Parquet dataset of the same captures.
func compare(ctx context.Context, datasets []datasetDir) error {
	want := map[key]seen{}
	same := map[string]string{} // the Parquet dataset of the same captures
	cells, rows := 0, 0
	var wrong int
	say := func(lines []string) {
		const enough = 40
		for i, line := range lines {
			if wrong+i < enough {
				fmt.Println(line)
			}
		}
		wrong += len(lines)
	}
	for _, d := range datasets {
		if d.arrow {
			continue
		}
		same[d.about] = d.dir
		counts := map[string]int{}
		for _, table := range tables {
			s, err := base(d, table)
			if err != nil {
				return err
			}
			want[key{d.dir, table}] = s
			counts[table] = s.Rows
			rows += s.Rows
			cells += s.Rows * len(s.Names)
		}
		lines, err := tryViews(ctx, d, counts)
		if err != nil {
			return err
		}
		say(lines)
	}
	twin := map[string]string{}
	for _, d := range datasets {
		twin[d.dir] = d.dir
		if d.arrow && same[d.about] != "" {
			twin[d.dir] = same[d.about]
		}
	}
	arrowTypes := map[key]map[string]string{}
	fmt.Printf("%d datasets, %d rows, %d cells, read by parquet-go and\n", len(datasets), rows, cells)
	err := readAll(ctx, datasets, func(program string, all []seen) error {
		for _, got := range all {
			k := key{twin[got.Dataset], got.Table}
			w, ok := want[k]
			if !ok {
				continue // Arrow files alone: that they open is all there is to see
			}
			if program == "pyarrow" {
				// The base has neither types nor rounded digests: pyarrow is the first to have them.
				kinds := map[string]string{}
				for name, c := range got.Columns {
					kinds[name] = c.Type
					b := w.Columns[name]
					b.FloatDigest = c.FloatDigest
					w.Columns[name] = b
				}
				arrowTypes[k] = kinds
				w.FloatRowDigest = got.FloatRowDigest
				want[k] = w
			}
			say(disagree(w, got, arrowTypes[k]))
		}
		fmt.Printf("  %s: %d tables\n", all[0].Reader, len(all))
		return nil
	})
	if err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%d disagreements", wrong)
	}
	fmt.Println("all agree; duckdb -init views.sql works in each")
	return nil
}
