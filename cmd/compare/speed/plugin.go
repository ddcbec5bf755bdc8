package speed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/plugin"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
	"github.com/pcap-teardown/teardown/schemas"
)

// A question is what tshark is asked, without the plugin and with it.
type question struct {
	about   string
	options []string
	fields  bool // ask for ownFields, and with the plugin for all of its fields, too
}

var questions = []question{
	{about: "a line per packet"},
	{about: "fields, one pass: those of packets have values", fields: true},
	{about: "fields, two passes: those of connections, too", options: []string{"-2"}, fields: true},
}

// The two runs of a question.
const (
	without = iota
	with
)

// ownFields are two fields of tshark's own.
var ownFields = []string{"frame.number", "tcp.stream"}

// pluginFields returns all fields of the plugin.
func pluginFields() []string {
	names := []string{plugin.FirstFrame}
	for _, t := range []schemas.Table{schemas.Packets, schemas.Connections} {
		for _, c := range t.Columns {
			if f := plugin.Field(c); f != "" {
				names = append(names, f)
			}
		}
	}
	return names
}

// arguments returns those of tshark for a capture.
func (q question) arguments(p *plugin.Tshark, which int, path string) []string {
	args := append([]string{"-n", "-r", path}, q.options...)
	if which == with {
		args = append(args, p.Load()...)
	}
	if !q.fields {
		return args
	}
	args = append(args, "-T", "fields")
	names := ownFields
	if which == with {
		names = append(slices.Clone(names), pluginFields()...)
	}
	for _, f := range names {
		args = append(args, "-e", f)
	}
	return args
}

// A pluginTiming is what the runs on one capture took.
type pluginTiming struct {
	name    string
	answers []answer // by question
}

type answer struct {
	packets, values int64 // values of the plugin's fields, where it was asked for them
	times           [2][]tools.Timing
}

// runPlugin times tshark with the plugin and without it.
func runPlugin(ctx context.Context, tshark string, runs int, asked []question, captures []string) error {
	work, err := os.MkdirTemp("", "compare-speed-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	p, err := plugin.New(tshark, filepath.Join(work, "tshark"))
	if err != nil {
		return err
	}
	defer p.Close()
	var all []*pluginTiming
	for i, capture := range captures {
		t, err := timePlugin(ctx, p, i, capture, runs, asked)
		if err != nil {
			return err
		}
		all = append(all, t)
	}
	reportPlugin(os.Stdout, asked, all)
	return nil
}

func timePlugin(ctx context.Context, p *plugin.Tshark, index int, capture string, runs int, asked []question) (*pluginTiming, error) {
	path, release, err := p.Reach(capture, index)
	if err != nil {
		return nil, err
	}
	defer release()
	t := &pluginTiming{name: filepath.Base(capture), answers: make([]answer, len(asked))}
	for round := range runs + 1 {
		for i, q := range asked {
			a := &t.answers[i]
			for which := range a.times {
				cmd := p.Command(ctx, q.arguments(p, which, path)...)
				var messages bytes.Buffer
				cmd.Stderr = &messages
				var seen cells
				count := round == 0 && which == with
				if count {
					cmd.Stdout = &seen
				}
				took, err := tools.Measure(cmd)
				switch {
				case ctx.Err() != nil:
					return nil, ctx.Err()
				case errors.Is(err, exec.ErrNotFound):
					return nil, fmt.Errorf("%w: run make setup", err)
				case err != nil:
					return nil, fmt.Errorf("%s: tshark: %w\n%s", capture, err, messages.Bytes())
				case count && q.fields && seen.values == 0:
					return nil, fmt.Errorf("%s: the plugin says nothing of it\n%s", capture, messages.Bytes())
				}
				if count {
					a.packets, a.values = seen.lines, seen.values
				}
				if round > 0 {
					a.times[which] = append(a.times[which], took)
				}
			}
		}
	}
	return t, nil
}

// cells counts the lines and the values behind those of ownFields.
type cells struct {
	lines, values int64
	cell          int  // in the line
	some          bool // the cell has a letter
}

func (c *cells) Write(b []byte) (int, error) {
	for _, x := range b {
		if x != '\t' && x != '\n' {
			c.some = true
			continue
		}
		if c.some && c.cell >= len(ownFields) {
			c.values++
		}
		c.cell, c.some = c.cell+1, false
		if x == '\n' {
			c.cell = 0
			c.lines++
		}
	}
	return len(b), nil
}

// reportPlugin prints what the plugin costs: medians, and ratios of runs of one round.
func reportPlugin(w io.Writer, asked []question, all []*pluginTiming) {
	for i, q := range asked {
		if i > 0 {
			fmt.Fprintln(w)
		}
		command := strings.Join(append([]string{"tshark -n -r"}, q.options...), " ")
		values, columns := "", 9
		if q.fields {
			columns += 2
			command += " -T fields"
			values = fmt.Sprintf(" With the plugin, its %d fields are asked for beside %d of tshark's.", len(pluginFields()), len(ownFields))
		}
		fmt.Fprintf(w, "%s (%s), CPU time.%s\n\n", command, q.about, values)
		fmt.Fprintf(w, "| capture | packets | runs | without | with | ratio | lowest | highest | µs per packet |")
		if q.fields {
			fmt.Fprintf(w, " values per packet | µs per value |")
		}
		fmt.Fprintf(w, "\n|---%s|\n", strings.Repeat("|--:", columns-1))
		for _, t := range all {
			reportAnswer(w, t, &t.answers[i], q.fields)
		}
	}
}

func reportAnswer(w io.Writer, t *pluginTiming, a *answer, fields bool) {
	var ratios, more []float64
	for i := range a.times[with] {
		ratios = append(ratios, cpu(a.times[with][i])/cpu(a.times[without][i]))
		more = append(more, cpu(a.times[with][i])-cpu(a.times[without][i]))
	}
	middle := tools.Median(ratios)
	packets := float64(max(a.packets, 1))
	fmt.Fprintf(w, "| %s | %d | %d | %.2f s | %.2f s | %.2f | %.2f | %.2f | %.1f |", t.name, a.packets, len(ratios),
		median(a.times[without], cpu), median(a.times[with], cpu), middle, ratios[0], ratios[len(ratios)-1], 1e6*tools.Median(more)/packets)
	if fields {
		// What the plugin does where nobody asks for its fields is the first question.
		work := t.answers[0].times
		var each []float64
		for i := range work[with] {
			each = append(each, (cpu(a.times[with][i])-cpu(a.times[without][i])-cpu(work[with][i])+cpu(work[without][i]))/float64(max(a.values, 1))*1e6)
		}
		fmt.Fprintf(w, " %.1f | %.2f |", float64(a.values)/packets, tools.Median(each))
	}
	fmt.Fprintln(w)
}
