package speed

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// Run times the programs. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("compare speed", flag.ContinueOnError)
	teardown := flags.String("teardown", "", "the converter (default: built from source)")
	runs := flags.Int("runs", 5, "rounds that count, after one that does not")
	slow := flags.Int("slow", 1, "rounds in which slow programs take part; 0 leaves them out")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if flags.NArg() != 1 || *runs < 1 || *slow < 0 {
		flags.Usage()
		return flag.ErrHelp
	}
	work, err := os.MkdirTemp("", "compare-speed-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	program, err := tools.Teardown(ctx, *teardown, work)
	if err != nil {
		return err
	}
	capture, err := filepath.Abs(flags.Arg(0))
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(work, "flows"), 0o777); err != nil {
		return err
	}
	all := contestants(program, capture, work)
	times := make([][]timing, len(all))
rounds:
	for round := range *runs + 1 {
		for i := range all {
			c := &all[i]
			// Slow programs need no round before: they read what the others have read.
			if c.missing != "" || c.slow && (round == 0 || round > *slow) {
				continue
			}
			t, err := measure(ctx, c.command)
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
	info, err := os.Stat(capture)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n\n", filepath.Base(capture), info.Size())
	report(os.Stdout, all, times)
	return reportSizes(os.Stdout, work)
}

// A timing is what one run took.
type timing struct {
	cpu, wall time.Duration
	peak      int64 // KiB
}

func measure(ctx context.Context, command []string) (timing, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	start := time.Now()
	err := cmd.Run()
	t := timing{wall: time.Since(start)}
	if err != nil {
		return t, err
	}
	t.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.peak = u.Maxrss
	}
	return t, nil
}
