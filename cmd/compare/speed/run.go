package speed

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// Run times the programs. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("compare speed", flag.ContinueOnError)
	teardown := flags.String("teardown", "", "the converter (default: built from source)")
	runs := flags.Int("runs", 5, "rounds that count, after one that does not")
	slow := flags.Int("slow", 1, "rounds in which slow programs take part; 0 leaves them out")
	plugin := flags.Bool("plugin", false, "time the Wireshark plugin instead: tshark with it and without it, on one or more captures")
	tshark := flags.String("tshark", "tshark", "with -plugin, tshark to run, or chroot:DIR for the one of another system in DIR")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if flags.NArg() < 1 || flags.NArg() > 1 && !*plugin || *runs < 1 || *slow < 0 {
		flags.Usage()
		return flag.ErrHelp
	}
	if *plugin {
		return runPlugin(ctx, *tshark, *runs, flags.Args())
	}
	work, remove, err := tools.Prepare(ctx, "speed", teardown)
	if err != nil {
		return err
	}
	defer remove()
	capture, err := filepath.Abs(flags.Arg(0))
	if err != nil {
		return err
	}
	info, err := os.Stat(capture)
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(work, "flows"), 0o777); err != nil {
		return err
	}
	all := contestants(*teardown, capture, work)
	times := make([][]tools.Timing, len(all))
rounds:
	for round := range *runs + 1 {
		for i := range all {
			c := &all[i]
			// Slow programs need no round before: they read what the others have read.
			if c.missing != "" || c.slow && (round == 0 || round > *slow) {
				continue
			}
			t, err := tools.Measure(exec.CommandContext(ctx, c.command[0], c.command[1:]...))
			if ctx.Err() != nil {
				break rounds // what was measured is told all the same
			}
			if err != nil {
				all[i].missing, times[i] = err.Error(), nil
				continue
			}
			if round > 0 {
				times[i] = append(times[i], t)
			}
		}
	}
	fmt.Printf("%s: %d bytes\n\n", filepath.Base(capture), info.Size())
	report(os.Stdout, all, times)
	return reportSizes(os.Stdout, work)
}
