package tshark

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// checks collects what is wrong with a capture beside its cells.
type checks struct {
	capture  string
	failures []string
}

func (c *checks) failf(format string, args ...any) {
	c.failures = append(c.failures, c.capture+": "+fmt.Sprintf(format, args...))
}

// damageWords are what tshark prints when it stops before the end of a file.
var damageWords = []string{"cut short", "damaged or corrupt"}

// status checks the exit status: 0 for a whole capture, 3 for a damaged one, 1
// where there is nothing to read, for tshark neither.
func (c *checks) status(done tools.Outcome, theirs *reading) {
	damaged := false
	for _, words := range damageWords {
		damaged = damaged || strings.Contains(theirs.messages, words)
	}
	first, _, _ := strings.Cut(strings.TrimSpace(done.Stderr), "\n")
	message, _, _ := strings.Cut(theirs.messages, "\n")
	switch {
	case strings.Contains(done.Stderr, "goroutine "):
		c.failf("panic: %s", first)
	case done.Status == 1 && len(theirs.frames) > 0:
		c.failf("exit status 1, tshark reads %d frames: %s", len(theirs.frames), first)
	case done.Status == 0 && damaged:
		c.failf("exit status 0, tshark says: %s", message)
	case done.Status == 3 && !damaged && theirs.status == 0:
		c.failf("exit status 3, tshark reads all: %s", first)
	case done.Status != 0 && done.Status != 1 && done.Status != 3:
		c.failf("exit status %d: %s", done.Status, first)
	case done.Status != 0 && first == "":
		c.failf("exit status %d without a message", done.Status)
	}
}

// rows checks that there is a row for each frame that tshark counts; of a
// damaged file there may be more.
func (c *checks) rows(packets *dataset.Table, theirs *reading) {
	switch {
	case packets.Rows < len(theirs.frames), packets.Rows > len(theirs.frames) && theirs.status == 0:
		c.failf("%d rows, tshark counts %d frames", packets.Rows, len(theirs.frames))
	}
}

// flagNames are the columns of the flags, from FIN upwards.
var flagNames = []string{"flag_fin", "flag_syn", "flag_rst", "flag_psh", "flag_ack", "flag_urg", "flag_ece", "flag_cwr", "flag_ae"}

// derived checks the columns that repeat others: microseconds and single flags.
func (c *checks) derived(packets *dataset.Table) {
	ts, ns, flags := packets.Column("ts"), packets.Column("ts_ns"), packets.Column("tcp_flags")
	if ts == nil || ns == nil || flags == nil {
		c.failf("a column of ts, ts_ns, tcp_flags is missing")
		return
	}
	for i := range packets.Rows {
		if want := microseconds(ns[i]); ts[i] != want {
			c.failf("row %d: ts is %s, want %s", i+1, ts[i], want)
			return
		}
		for bit, name := range flagNames {
			want := dataset.None
			if v, err := strconv.Atoi(flags[i].Text); err == nil {
				want = dataset.Text(strconv.FormatBool(v>>bit&1 == 1))
			}
			cells := packets.Column(name)
			if cells == nil {
				c.failf("the column %s is missing", name)
				return
			}
			if cells[i] != want {
				c.failf("row %d: %s is %s, tcp_flags is %s", i+1, name, cells[i], flags[i])
				return
			}
		}
	}
}

// microseconds rounds nanoseconds down.
func microseconds(ns dataset.Cell) dataset.Cell {
	n, err := strconv.ParseInt(ns.Text, 10, 64)
	if err != nil {
		return dataset.None
	}
	us := n / 1000
	if n < 0 && n%1000 != 0 {
		us--
	}
	return dataset.Text(strconv.FormatInt(us, 10))
}

// repeat converts the capture again with 1, 2 and 3 workers and checks that the
// files are the same, byte for byte.
func (c *checks) repeat(ctx context.Context, teardown, capture, dir, first string) error {
	want, err := contents(first)
	if err != nil {
		return err
	}
	for _, workers := range []string{"1", "2", "3"} {
		out := filepath.Join(dir, "workers"+workers)
		done, err := tools.Run(ctx, teardown, "convert", "--quiet", "--workers", workers, capture, "-o", out)
		if err != nil {
			return err
		}
		if done.Status != 0 && done.Status != 3 {
			c.failf("with %s workers: exit status %d", workers, done.Status)
			continue
		}
		got, err := contents(out)
		if err != nil {
			return err
		}
		for name := range want {
			if !bytes.Equal(got[name], want[name]) {
				c.failf("%s differs with %s workers", name, workers)
			}
		}
		if len(got) != len(want) {
			c.failf("%d files with %s workers, %d by default", len(got), workers, len(want))
		}
	}
	return nil
}

// contents returns the bytes of every file below a folder.
func contents(dir string) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		all[name], err = os.ReadFile(path)
		return err
	})
	return all, err
}
