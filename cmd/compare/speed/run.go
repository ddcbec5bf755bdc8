package speed

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pcap-teardown/teardown/cmd/compare/tools"
	"github.com/pcap-teardown/teardown/schemas"
)

// Run times the programs. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("compare speed", flag.ContinueOnError)
	teardown := flags.String("teardown", "", "the converter (default: built from source)")
	runs := flags.Int("runs", 5, "rounds that count, after one that does not")
	slow := flags.Int("slow", 1, "rounds in which slow programs take part; 0 leaves them out")
	plugin := flags.Bool("plugin", false, "time the Wireshark plugin instead: tshark with it and without it, on one or more captures")
	fields := flags.Bool("fields", true, "with -plugin, also ask for all fields, which takes several times as long")
	tshark := flags.String("tshark", "tshark", "with -plugin, tshark to run, or chroot:DIR for the one of another system in DIR")
	core := flags.Bool("second-core", false, "only say what a second core of this machine gives, from 1, which is nothing, to 2")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if *core {
		printSecondCore(os.Stdout)
		return nil
	}
	if flags.NArg() < 1 || *runs < 1 || *slow < 0 {
		flags.Usage()
		return flag.ErrHelp
	}
	if *plugin {
		asked := questions
		if !*fields {
			asked = questions[:1]
		}
		return runPlugin(ctx, *tshark, *runs, asked, flags.Args())
	}
	work, remove, err := tools.Prepare(ctx, "speed", teardown)
	if err != nil {
		return err
	}
	defer remove()
	var results []*result
	for i, capture := range flags.Args() {
		r, err := contest(ctx, *teardown, capture, filepath.Join(work, fmt.Sprint(i)), *runs, *slow)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d packets, %d bytes\n\n", r.name, r.packets, r.bytes)
		report(os.Stdout, r.all, r.times)
		reportSecondCore(os.Stdout, r.gains)
		r.reportSizes(os.Stdout)
		fmt.Println()
		results = append(results, r)
		if ctx.Err() != nil {
			break // what was measured is told all the same
		}
	}
	reportAll(os.Stdout, results)
	return ctx.Err()
}

// A result is what the programs took on one capture.
type result struct {
	name           string
	bytes, packets int64
	all            []contestant
	times          [][]tools.Timing // by contestant
	gains          [][]float64      // by round, of a second core; see loads
	mine, duckdb   int64            // bytes of the table packets, as we write it and as DuckDB does
}

// contest times the programs on a capture. They write into dir, which is removed at the end.
func contest(ctx context.Context, program, capture, dir string, runs, slow int) (*result, error) {
	capture, err := filepath.Abs(capture)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(capture)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.MkdirAll(filepath.Join(dir, "flows"), 0o777); err != nil {
		return nil, err
	}
	all := contestants(program, capture, dir)
	times := make([][]tools.Timing, len(all))
	var gains [][]float64
rounds:
	for round := range runs + 1 {
		for _, i := range order(round, len(all)) {
			c := &all[i]
			// Slow programs need no round before: they read what the others have read.
			if c.missing != "" || c.slow && (round == 0 || round > slow) {
				continue
			}
			t, err := c.measure(ctx, capture)
			if ctx.Err() != nil {
				break rounds
			}
			if err != nil {
				all[i].missing, times[i] = err.Error(), nil
				continue
			}
			if round > 0 {
				times[i] = append(times[i], t)
			}
		}
		if round > 0 {
			g, err := measureSecondCore(ctx)
			if ctx.Err() != nil {
				break
			}
			if err != nil {
				return nil, err
			}
			gains = append(gains, g)
		}
	}
	r := &result{name: filepath.Base(capture), bytes: info.Size(), all: all, times: times, gains: gains}
	return r, r.readSizes(dir)
}

// touched is more memory than two conversions at once take.
const touched = 512 << 20

// measure runs the program; two programs at once take what both take together, until the later one has ended.
func (c *contestant) measure(ctx context.Context, capture string) (tools.Timing, error) {
	tools.TouchMemory(ctx, touched)
	if err := readThrough(capture); err != nil {
		return tools.Timing{}, err
	}
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	if c.beside == nil {
		return tools.Measure(cmd)
	}
	return tools.Measure(cmd, exec.CommandContext(ctx, c.beside[0], c.beside[1:]...))
}

// readThrough reads a file to its end, so that it is in the page cache.
func readThrough(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return err
}

// order is that of the n programs in a round: another one each time, so that none always runs after one that fills the
// memory, but the same in every contest. In round 0 each finds what those before it in the list leave for it.
func order(round, n int) []int {
	if round > 0 {
		return rand.New(rand.NewPCG(0, uint64(round))).Perm(n)
	}
	first := make([]int, n)
	for i := range first {
		first[i] = i
	}
	return first
}

// readSizes takes the number of packets and the sizes of what was written, where it was.
func (r *result) readSizes(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, "one", "manifest.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	var m struct {
		Counts struct{ Packets int64 }
		Parts  []struct {
			Table string
			Bytes int64
		}
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	r.packets = m.Counts.Packets
	for _, p := range m.Parts {
		if p.Table == schemas.Packets.Name {
			r.mine += p.Bytes
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "duckdb.parquet")); err == nil {
		r.duckdb = info.Size()
	}
	return nil
}
