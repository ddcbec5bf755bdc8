package analysis

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/pcap-teardown/teardown/cmd/compare/corpus"
	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// Run counts agreement and writes it to stdout.
func Run(ctx context.Context, args []string) error {
	var teardown, sample string
	examples := 0
	flags := flag.NewFlagSet("compare analysis", flag.ContinueOnError)
	flags.StringVar(&teardown, "teardown", "", "the converter (default: built from source)")
	flags.StringVar(&sample, "sample", "all", "number of captures, spread over the folders, or all")
	flags.IntVar(&examples, "examples", 0, "packets to name per kind of difference")
	if err := flags.Parse(args); err != nil {
		return flag.ErrHelp
	}
	captures, err := corpus.Choose(flags.Args(), sample)
	if err != nil {
		return err
	}
	work, remove, err := tools.Prepare(ctx, "analysis", &teardown)
	if err != nil {
		return err
	}
	defer remove()
	if err := os.Mkdir(filepath.Join(work, "config"), 0o755); err != nil {
		return err
	}
	total := newTally(examples)
	// One capture at a time and in order, two readers of it at once.
	for i, c := range captures {
		ours, theirs, err := read(ctx, teardown, c, filepath.Join(work, fmt.Sprint(i)), filepath.Join(work, "config"))
		if err != nil {
			return err
		}
		if ours != nil {
			total.add(c.Name, ours, theirs)
		}
	}
	total.write(os.Stdout, len(captures))
	return nil
}

// read converts a capture and asks tshark about it. A capture that we cannot read has no table.
func read(ctx context.Context, teardown string, c corpus.Capture, dir, config string) (ours *dataset.Table, theirs map[string][]string, err error) {
	var wg sync.WaitGroup
	var ourErr error
	wg.Go(func() {
		defer os.RemoveAll(dir)
		done, err := tools.Run(ctx, teardown, "convert", "--quiet", c.Path, "-o", dir)
		if err != nil {
			ourErr = err
		} else if done.Status == 0 || done.Status == 3 {
			ours, ourErr = dataset.ReadTable(dir, "packets")
		}
	})
	theirs, err = flagsOf(ctx, c.Path, config)
	wg.Wait()
	if err == nil {
		err = ourErr
	}
	return ours, theirs, err
}

// flagsOf returns, by frame number, the flags of tshark's analysis, as the part of their names
// behind tcp.analysis. Reassembly is off, so that every frame is analysed by itself.
func flagsOf(ctx context.Context, capture, config string) (map[string][]string, error) {
	args := []string{"-n", "-r", capture, "-o", "ip.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tcp.check_checksum:FALSE",
		"-Y", "tcp.analysis.flags or tcp.analysis.duplicate_ack", "-T", "fields", "-e", "frame.number"}
	for _, f := range theirFlags {
		args = append(args, "-e", "tcp.analysis."+f)
	}
	cmd := exec.CommandContext(ctx, "tshark", args...)
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+config, "HOME="+config)
	// Damaged captures end with an error behind what could be read.
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		return nil, fmt.Errorf("analysis: %w", err)
	}
	found := map[string][]string{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if _, err := strconv.Atoi(cells[0]); err != nil || len(cells) != len(theirFlags)+1 {
			return nil, fmt.Errorf("analysis: tshark printed %q for %s", lines.Text(), capture)
		}
		for i, cell := range cells[1:] {
			if cell != "" {
				found[cells[0]] = append(found[cells[0]], theirFlags[i])
			}
		}
	}
	return found, lines.Err()
}
