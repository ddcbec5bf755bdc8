package growth

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/capgen/mix"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
	"github.com/pcap-teardown/teardown/schemas"
)

// options are the flags of the command.
type options struct {
	teardown, capgen, table, work string
	connections, gigabytes        []int64
	workers                       []int64
	packets                       int64
	runs                          int
	bars                          bool
}

// Run measures and prints a table per series. See package compare for its place.
func Run(ctx context.Context, args []string) error {
	o := options{connections: []int64{1e4, 1e5, 1e6, 1e7}, gigabytes: []int64{1, 2, 4, 8, 16}, workers: []int64{1, 2}}
	flags := flag.NewFlagSet("compare growth", flag.ContinueOnError)
	flags.StringVar(&o.teardown, "teardown", "", "the converter (default: built from source)")
	flags.Func("connections", "numbers of open connections, 0 for none of these (default 10000,100000,1000000,10000000)", numbers(&o.connections))
	flags.Func("gigabytes", "sizes of captures, 0 for none of these (default 1,2,4,8,16)", numbers(&o.gigabytes))
	flags.Func("workers", "numbers of workers (default 1,2)", numbers(&o.workers))
	flags.Int64Var(&o.packets, "packets", 10_000_000, "packets of the captures of connections; more where connections need them")
	flags.BoolVar(&o.bars, "bars", true, "measure the captures that the bars of docs/benchmarks.md are about, too")
	flags.StringVar(&o.table, "table", "", "write only packets or connections")
	flags.IntVar(&o.runs, "runs", 1, "runs of each case; medians are printed")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	if flags.NArg() > 0 || o.runs < 1 {
		flags.Usage()
		return flag.ErrHelp
	}
	work, remove, err := tools.Prepare(ctx, "growth", &o.teardown)
	if err != nil {
		return err
	}
	defer remove()
	o.work = work
	// A process of its own: what the system counts as the most memory of a process includes
	// that of the one which started it, and the generator needs some for every connection.
	if o.capgen, err = tools.Build(ctx, "capgen", work); err != nil {
		return err
	}
	for _, s := range []struct {
		about string
		cases []generated
	}{
		{"Open connections (mix many)", o.openConnections()},
		{"Bytes (mix medium)", o.bytes()},
		{"Captures that bars are about", o.forBars()},
	} {
		if len(s.cases) == 0 {
			continue
		}
		fmt.Printf("### %s\n\n%s\n", s.about, header)
		first := map[int64]float64{} // CPU time per packet of the first case, by workers
		for _, g := range s.cases {
			for _, workers := range o.workers {
				r, err := o.measure(ctx, g, workers)
				if err != nil {
					return err
				}
				if first[workers] == 0 {
					first[workers] = r.perPacket()
				}
				fmt.Println(r.row(first[workers]))
			}
		}
		fmt.Println()
	}
	return nil
}

// numbers parses a list for a flag. 0 is no number.
func numbers(list *[]int64) func(string) error {
	return func(text string) error {
		*list = nil
		for word := range strings.SplitSeq(text, ",") {
			n, err := strconv.ParseInt(word, 10, 64)
			if err != nil || n < 0 {
				return errors.New("give whole numbers with commas between")
			}
			if n > 0 {
				*list = append(*list, n)
			}
		}
		return nil
	}
}

// A generated is what capgen is asked for.
type generated struct {
	mix           string
	packets, live int64
	limit         int64 // --max-connections, 0 for the default
}

const (
	eachConnection  = 6   // packets of a connection at least: the handshake, and data
	packetBytes     = 602 // of the mix medium
	limitConnection = 2_000_000
	limitStreams    = 10_000_000
)

func (o *options) openConnections() []generated {
	var all []generated
	for _, n := range o.connections {
		g := generated{mix: "many", packets: max(o.packets, eachConnection*n), live: n}
		// Every part of the table of connections has its part of the limit, and they do not fill evenly.
		if most := n + n/2; most > limitConnection {
			g.limit = most
		}
		all = append(all, g)
	}
	return all
}

func (o *options) bytes() []generated {
	var all []generated
	for _, n := range o.gigabytes {
		m, err := mix.Lookup("medium")
		if err != nil {
			panic(err)
		}
		all = append(all, generated{mix: m.Name, packets: n * 1e9 / packetBytes, live: int64(m.Live)})
	}
	return all
}

// forBars returns the captures that the project's bars on memory and on a flood are about.
func (o *options) forBars() []generated {
	if !o.bars {
		return nil
	}
	return []generated{
		{mix: "medium", packets: 8_300_000, live: 2000},
		{mix: "medium", packets: 16_600_000, live: 2000},
		{mix: "large", packets: 5_140_000, live: 200_000},
		{mix: "large", packets: 10_280_000, live: 200_000},
		{mix: "flood", packets: 5_000_000, live: 1, limit: 6_000_000},
	}
}

// A result is a row.
type result struct {
	generated
	workers                       int64
	bytes, connections, evictions int64
	cpu                           float64 // seconds
	peak                          float64 // MiB
}

const header = "| mix | packets | bytes | connections | live at once | limit set | evicted | workers | CPU ns per packet | to the first | peak MiB | peak bytes per connection |\n" +
	"|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"

func (r *result) perPacket() float64 { return r.cpu * 1e9 / float64(r.packets) }

// row is a line of the table. first is the CPU time per packet that it is compared with.
func (r *result) row(first float64) string {
	limit := "default"
	if r.limit > 0 {
		limit = tools.Thousands(r.limit)
	}
	live := r.live
	if r.mix == "flood" {
		live = r.packets // all stay half-open
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %d | %.0f | %.2f | %.0f | %.0f |",
		r.mix, tools.Thousands(r.packets), tools.Thousands(r.bytes), tools.Thousands(r.connections), tools.Thousands(live), limit, tools.Thousands(r.evictions),
		r.workers, r.perPacket(), r.perPacket()/first, r.peak, r.peak*(1<<20)/float64(r.connections))
}

// measure runs a case.
func (o *options) measure(ctx context.Context, g generated, workers int64) (*result, error) {
	r := &result{generated: g, workers: workers}
	var cpus, peaks []float64
	for range o.runs {
		t, err := o.once(ctx, r)
		if err != nil {
			return nil, err
		}
		cpus = append(cpus, t.CPU.Seconds())
		peaks = append(peaks, float64(t.Peak)/1024)
	}
	r.cpu, r.peak = tools.Median(cpus), tools.Median(peaks)
	return r, nil
}

// touched is more memory than the cases take, but those of millions of connections with data.
const touched = 2 << 30

// once converts what capgen writes, and fills in what became of it.
func (o *options) once(ctx context.Context, r *result) (tools.Timing, error) {
	out := filepath.Join(o.work, "out")
	defer os.RemoveAll(out)
	args := []string{"convert", "-", "-o", out, "--overwrite", "--workers", strconv.FormatInt(r.workers, 10)}
	if r.limit > 0 {
		args = append(args, "--max-connections", strconv.FormatInt(r.limit, 10), "--max-streams", strconv.FormatInt(max(limitStreams, 2*r.limit), 10))
	}
	if o.table != "" {
		// A folder, as for both, so that there is a manifest.
		args = append(args, "--table", o.table)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	generator := exec.CommandContext(ctx, o.capgen, "-mix", r.mix, "-packets", fmt.Sprint(r.packets), "-live", fmt.Sprint(r.live))
	generator.Stderr = os.Stderr
	pipe, err := generator.StdoutPipe()
	if err != nil {
		return tools.Timing{}, err
	}
	if err := generator.Start(); err != nil {
		return tools.Timing{}, err
	}
	tools.TouchMemory(ctx, touched)
	converter := exec.CommandContext(ctx, o.teardown, args...)
	var messages strings.Builder
	converter.Stdin, converter.Stderr = pipe, &messages
	t, err := tools.Measure(converter)
	if err != nil {
		stop() // nobody reads what the generator writes
	}
	if failed := generator.Wait(); err == nil {
		err = failed
	}
	if err != nil {
		return t, fmt.Errorf("%s, %d packets: %w\n%s", r.mix, r.packets, err, messages.String())
	}
	r.evictions = evictions(messages.String())
	return t, r.read(out)
}

// read takes the counts from the manifest.
func (r *result) read(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return err
	}
	var m struct {
		Inputs []struct{ Size int64 }
		Counts struct{ Packets, Connections int64 }
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if m.Counts.Packets != r.packets || len(m.Inputs) != 1 {
		return fmt.Errorf("%d of %d packets were read", m.Counts.Packets, r.packets)
	}
	r.bytes, r.connections = m.Inputs[0].Size, m.Counts.Connections
	return nil
}

// evictions finds the number of connections that were given up in the summary at the end of a run.
func evictions(summary string) int64 {
	for line := range strings.Lines(summary) {
		// number, share, %, word
		if f := strings.Fields(line); len(f) > 3 && f[3] == schemas.TeardownEvicted.String() {
			n, err := strconv.ParseInt(strings.ReplaceAll(f[0], ",", ""), 10, 64)
			if err == nil {
				return n
			}
		}
	}
	return 0
}
