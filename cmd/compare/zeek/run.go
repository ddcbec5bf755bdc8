package zeek

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// Run compares with Zeek. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("compare zeek", flag.ContinueOnError)
	teardown := flags.String("teardown", "", "the converter (default: built from source)")
	captures := flags.String("captures", "", "folder of the captures that the file names")
	table := flags.Bool("table", false, "print our endings, Zeek's and Wireshark's of captures as one table")
	details := flags.String("details", "", "file to write every difference to, tab-separated")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if flags.NArg() == 0 || !*table && (*captures == "" || flags.NArg() != 1) {
		flags.Usage()
		return flag.ErrHelp
	}
	work, remove, err := tools.Prepare(ctx, "zeek", teardown)
	if err != nil {
		return err
	}
	defer remove()
	dir := filepath.Join(work, "dataset")
	arguments := []string{"convert", "--quiet", "--table", "connections", "-o", dir}
	if *table {
		arguments = append(arguments, flags.Args()...)
	} else {
		arguments = append(arguments, "--connections", "zeek", *captures)
	}
	done, err := tools.Run(ctx, *teardown, arguments...)
	if err != nil {
		return err
	}
	if done.Status != 0 && done.Status != 3 {
		return fmt.Errorf("the converter ended with status %d: %s", done.Status, done.Stderr)
	}
	if *table {
		return writeTable(os.Stdout, dir)
	}
	return compare(flags.Arg(0), dir, *details)
}

func compare(path, dir, details string) error {
	log, err := readLog(path)
	if err != nil {
		return err
	}
	mine, err := readDataset(dir)
	if err != nil {
		return err
	}
	pairs, extra := match(log, mine)
	if details != "" {
		if err := writeDetails(details, pairs, extra); err != nil {
			return err
		}
	}
	if missed := report(os.Stdout, pairs, extra); missed > 0 {
		return errors.New("the shares of equal rows are below their targets")
	}
	return nil
}
