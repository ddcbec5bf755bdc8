package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// maxFindings is how many differences are told one by one.
const maxFindings = 20

func (a *app) verifyCommand() *cobra.Command {
	opt := &options{}
	var captures []string
	cmd := &cobra.Command{
		Use:   "verify [flags] DIR",
		Short: "Check a dataset against its manifest, itself, and its captures",
		Long: `Check a dataset: its parts and numbers of rows against the manifest, and the counts,
bytes, flags, times and addresses of every connection against its packets; it says what of
that the dataset does not allow. With the captures it was made from, every value of both
tables too.`,
		Example: `  teardown verify out
  teardown verify out --captures captures/`,
		Annotations: map[string]string{"status": `  0    nothing is wrong
  1    something is, or the dataset could not be read
  2    wrong command line
  130  interrupted`},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.verify(cmd.Context(), opt, args, captures)
		},
	}
	addGroup(cmd, "What to check", func(f *pflag.FlagSet) {
		f.StringArrayVar(&captures, "captures", nil, "convert this `CAPTURE` again and compare: the same files, folders\nor patterns as for convert, in any order; may be repeated")
	})
	addGroup(cmd, "Running", opt.runningFlags)
	completeFlags(cmd)
	return cmd
}

// A verification collects what is wrong with a dataset.
type verification struct {
	dir      string
	manifest export.Manifest
	console  *console
	found    int // differences
}

func (v *verification) wrong(format string, args ...any) {
	if v.found++; v.found <= maxFindings {
		v.console.message("teardown: " + v.dir + ": " + fmt.Sprintf(format, args...))
	}
}

func (a *app) verify(ctx context.Context, opt *options, args, captures []string) error {
	if len(args) > 1 && len(captures) > 0 {
		return usagef("verify takes one dataset, and --captures one CAPTURE; put a pattern in quotes, or repeat --captures")
	}
	if len(args) != 1 {
		return usagef("verify takes one dataset; try: teardown verify DIR")
	}
	if err := opt.checkRunning(); err != nil {
		return err
	}
	m, err := export.ReadManifest(args[0])
	if err != nil {
		info, statErr := os.Stat(args[0])
		switch {
		case errors.Is(statErr, fs.ErrNotExist):
			err = errors.New("no such folder; check the name")
		case statErr == nil && !info.IsDir():
			err = errors.New("a file; verify takes the folder that convert wrote")
		case errors.Is(err, fs.ErrNotExist):
			err = errors.New("no manifest.json; give the folder that convert wrote")
		}
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if m.SchemaVersion != schemaVersion {
		return fmt.Errorf("%s: its tables have version %s, this program knows %s; verify it with teardown %s", args[0], m.SchemaVersion, schemaVersion, m.ToolVersion)
	}
	v := &verification{dir: args[0], manifest: m, console: a.stderr}
	v.counts()
	v.parts()
	missed := ""
	if v.found == 0 { // else the tables cannot be read whole
		if missed, err = v.connections(ctx); err != nil {
			return err
		}
	}
	if len(captures) > 0 && v.found == 0 {
		if err := a.verifyCaptures(ctx, v, opt, captures); err != nil {
			return err
		}
	}
	if v.found > maxFindings {
		a.stderr.message(fmt.Sprintf("teardown: %s: and %d more", v.dir, v.found-maxFindings))
	}
	if v.found > 0 {
		return fmt.Errorf("%s: %s", v.dir, count(int64(v.found), "difference", "differences"))
	}
	if !opt.quiet {
		_, err = io.WriteString(a.stdout, v.agreement(missed, len(captures) > 0))
	}
	return err
}

// agreement says what was compared, where nothing is wrong.
func (v *verification) agreement(missed string, captures bool) string {
	c := &v.manifest.Counts
	what := "agree with the manifest"
	if missed == "" && c.Packets > 0 && c.Connections > 0 {
		what += " and each other"
	}
	if captures {
		what += ", and every value with the captures"
	}
	if missed != "" {
		what += "\nnot compared: " + missed
	}
	return fmt.Sprintf("%s: %s and %s %s\n", v.dir, count(c.Packets, "packet", "packets"),
		count(c.Connections, "connection", "connections"), what)
}

// counts reconciles the numbers of the manifest.
func (v *verification) counts() {
	c := &v.manifest.Counts
	var frames, left int64
	for _, in := range v.manifest.Inputs {
		frames += in.Frames
	}
	for _, n := range c.LeftOut {
		left += n
	}
	if frames != c.Frames {
		v.wrong("manifest: the inputs have %d frames, counts say %d", frames, c.Frames)
	}
	if c.Packets+left != c.Frames {
		v.wrong("manifest: %d packets and %d frames left out are not %d frames", c.Packets, left, c.Frames)
	}
	sums := map[string]int64{}
	for _, p := range v.manifest.Parts {
		sums[p.Table] += p.Rows
	}
	for _, t := range []struct {
		name string
		want int64
	}{{schemas.Packets.Name, c.Packets}, {schemas.Connections.Name, c.Connections}} {
		rows, written := c.Rows[t.name]
		if !written {
			continue
		}
		if rows != t.want || sums[t.name] != rows {
			v.wrong("manifest: table %s: %d rows, %d rows in parts, counts say %d", t.name, rows, sums[t.name], t.want)
		}
	}
}

// parts wants the files to be those of the manifest, with as many bytes and rows.
func (v *verification) parts() {
	known := map[string]bool{}
	for _, p := range v.manifest.Parts {
		known[p.Path] = true
		info, err := os.Stat(filepath.Join(v.dir, filepath.FromSlash(p.Path)))
		if err != nil {
			v.wrong("%s: the part is missing (%v)", p.Path, errors.Unwrap(err))
			continue
		}
		if info.Size() != p.Bytes {
			v.wrong("%s: %d bytes, the manifest says %d", p.Path, info.Size(), p.Bytes)
		}
		if t := tableOf(p.Table); t == nil {
			v.wrong("manifest: %s is of the table %q, which does not exist", p.Path, p.Table)
		} else if rows, err := countRows(v.dir, p, t); err != nil {
			v.wrong("%s: %v", p.Path, err)
		} else if rows != p.Rows {
			v.wrong("%s: %d rows, the manifest says %d", p.Path, rows, p.Rows)
		}
	}
	for name := range v.manifest.Counts.Rows {
		filepath.WalkDir(filepath.Join(v.dir, name), func(path string, e fs.DirEntry, err error) error {
			rel, _ := filepath.Rel(v.dir, path)
			if rel = filepath.ToSlash(rel); err == nil && !e.IsDir() && !known[rel] {
				v.wrong("%s: the manifest does not know it", rel)
			}
			return nil
		})
	}
}

func tableOf(name string) *schemas.Table {
	for _, t := range []*schemas.Table{&schemas.Packets, &schemas.Connections} {
		if t.Name == name {
			return t
		}
	}
	return nil
}

func newBatch(t *schemas.Table) table.Batch {
	if t.Name == schemas.Connections.Name {
		return table.NewConnections(table.BatchRows)
	}
	return table.NewPackets(table.BatchRows)
}

// countRows reads a part to its end, all its columns.
func countRows(dir string, p export.Part, t *schemas.Table) (rows int64, err error) {
	r, err := export.OpenPart(dir, p, t)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	b := newBatch(t)
	for {
		n, err := r.Next(b)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += int64(n)
	}
}

// each calls visit with all batches of these columns of a table.
func (v *verification) each(ctx context.Context, t *schemas.Table, columns []string, visit func(b table.Batch)) error {
	selected, _ := t.Select(columns)
	b := newBatch(t)
	for _, p := range v.manifest.Parts {
		if p.Table != t.Name {
			continue
		}
		r, err := export.OpenPart(v.dir, p, &selected)
		if err != nil {
			return err
		}
		for {
			if _, err = r.Next(b); err != nil || ctx.Err() != nil {
				break
			}
			visit(b)
		}
		r.Close()
		if err != io.EOF {
			return cmp.Or(err, context.Cause(ctx))
		}
	}
	return nil
}

// has returns the columns that the parts of a table have.
func (v *verification) has(t *schemas.Table) ([]string, error) {
	for _, p := range v.manifest.Parts {
		if p.Table == t.Name {
			r, err := export.OpenPart(v.dir, p, t)
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return r.Columns(), nil
		}
	}
	return nil, nil
}

// without returns the names of a that b does not have.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// common returns the names that both lists have, in the order of the first.
func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !slices.Contains(b, s) })
}
