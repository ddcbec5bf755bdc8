package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// verifyCaptures converts the captures again, with the options of the manifest, and compares.
func (a *app) verifyCaptures(ctx context.Context, v *verification, opt *options, captures []string) error {
	if v.manifest.Interrupted {
		return fmt.Errorf("%s: its conversion was interrupted, so the captures have more; verify it without --captures", v.dir)
	}
	if v.manifest.RulesHash != schemas.RulesHash {
		return fmt.Errorf("%s: its rules are not those of this program; use teardown %s, or convert again", v.dir, v.manifest.ToolVersion)
	}
	if err := opt.restore(v.manifest.Options); err != nil {
		return fmt.Errorf("%s: manifest: %w", v.dir, err)
	}
	selected, err := opt.newSelection()
	if err != nil {
		return err
	}
	r := &run{app: a, opt: opt, selected: selected, tally: newTally(), started: time.Now(), fate: "are compared"}
	if r.reports, err = v.inputs(captures); err != nil {
		return err
	}
	s := &comparison{v: v}
	for _, t := range []*schemas.Table{&schemas.Packets, &schemas.Connections} {
		if _, written := v.manifest.Counts.Rows[t.Name]; written {
			s.sides = append(s.sides, newComparedTable(v, t))
		}
	}
	defer s.close()
	r.sink = s
	if err := r.read(ctx); err != nil {
		return err
	}
	if r.interrupted {
		return errInterrupted
	}
	s.finish()
	return nil
}

// restore sets the options of the rows from a manifest.
func (o *options) restore(all map[string]string) error {
	t := &o.tracking
	var errs []error
	number := func(name string, value *int) {
		if text := all[name]; text != "" {
			n, err := strconv.Atoi(text)
			errs, *value = append(errs, err), n
		}
	}
	lasting := func(name string, value *time.Duration) {
		if text := all[name]; text != "" {
			d, err := time.ParseDuration(text)
			errs, *value = append(errs, err), d
		}
	}
	number("max_connections", &t.MaxConnections)
	number("max_streams", &t.MaxStreams)
	lasting("idle_established", &t.IdleEstablished)
	lasting("idle_transitory", &t.IdleTransitory)
	lasting("idle_other", &t.IdleOther)
	var limit, seed int
	number("limit", &limit)
	number("community_id_seed", &seed)
	o.limit, o.zeek.seed = int64(limit), uint16(seed)
	o.noPayload, o.join = all["no_payload"] == "true", all["join"] == "true"
	o.zeek.connections, o.filter, o.from, o.to = all["connections"], all["filter"], all["from"], all["to"]
	o.partitionBy = all["partition_by"]
	return errors.Join(errs...)
}

// inputs finds the captures of the manifest among those that are given, by the end of their
// names: they may have moved. Captures of one name, below several folders, stand in the manifest
// in the order of their paths, as those that are given do.
func (v *verification) inputs(captures []string) ([]report, error) {
	found, err := findInputs(captures, "")
	if err != nil {
		return nil, err
	}
	var all []report
	taken := make(map[*input]bool, len(found))
	for _, in := range v.manifest.Inputs {
		var best *input
		most := 0
		for i := range found {
			f := &found[i]
			n := sameEnd(validName(f.path), in.Name)
			if f.problem == nil && (n > most || n > 0 && n == most && taken[best] && !taken[f]) {
				best, most = f, n
			}
		}
		switch {
		case best != nil:
			taken[best] = true
			x := *best
			x.name = in.Name
			all = append(all, report{input: x, index: in.Index})
		case in.Error == "":
			return nil, fmt.Errorf("%s: the capture %s is not among those given with --captures", v.dir, in.Name)
		}
	}
	return all, nil
}

// sameEnd returns how many elements two paths have in common at their ends.
func sameEnd(a, b string) int {
	x, y := strings.Split(filepath.ToSlash(a), "/"), strings.Split(path.Clean(b), "/")
	n := 0
	for n < len(x) && n < len(y) && x[len(x)-1-n] == y[len(y)-1-n] {
		n++
	}
	return n
}

// A comparison is a sink that compares rows with those of a dataset.
type comparison struct {
	v     *verification
	sides []*comparedTable
}

func (s *comparison) packets(b *table.Packets, done func()) error {
	defer done()
	return s.compare(&schemas.Packets, b, &b.Ts)
}

func (s *comparison) connections(b *table.Connections, done func()) error {
	defer done()
	return s.compare(&schemas.Connections, b, &b.TsStart)
}

func (s *comparison) compare(t *schemas.Table, b table.Batch, times *table.Int64) error {
	for _, side := range s.sides {
		if side.table == t {
			return side.compare(b, times)
		}
	}
	return nil
}

func (s *comparison) finish() {
	for _, side := range s.sides {
		for _, name := range side.folders {
			c := side.cursors[name]
			if side.use(c); c.more() {
				s.v.wrong("%s: has rows that the captures do not have", c.place())
			}
		}
	}
}

func (s *comparison) close() {
	for _, side := range s.sides {
		for _, c := range side.cursors {
			c.close()
		}
	}
}

// A comparedTable is one table of a dataset, with a place in each of its folders.
type comparedTable struct {
	v       *verification
	table   *schemas.Table
	by      export.Partition
	cursors map[string]*cursor
	folders []string
	open    []*cursor // the one that was used last is last
}

// maxOpenCursors bounds how many folders are read at a time.
const maxOpenCursors = 8

// use makes a cursor the one that was used last, and parks another where there are too many.
func (c *comparedTable) use(x *cursor) {
	if n := len(c.open); n > 0 && c.open[n-1] == x {
		return
	}
	if i := slices.Index(c.open, x); i >= 0 {
		c.open = slices.Delete(c.open, i, i+1)
	} else if len(c.open) == maxOpenCursors {
		c.open[0].park()
		c.open = slices.Delete(c.open, 0, 1)
	}
	c.open = append(c.open, x)
}

func newComparedTable(v *verification, t *schemas.Table) *comparedTable {
	c := &comparedTable{v: v, table: t, cursors: map[string]*cursor{}}
	c.by = export.Partition(1 + slices.Index(export.Partitions, v.manifest.Options["partition_by"]))
	for _, p := range v.manifest.Parts {
		if p.Table != t.Name {
			continue
		}
		folder := path.Dir(p.Path)
		if c.cursors[folder] == nil {
			c.cursors[folder] = &cursor{v: v, table: t}
			c.folders = append(c.folders, folder)
		}
		c.cursors[folder].parts = append(c.cursors[folder].parts, p)
	}
	return c
}

func (c *comparedTable) compare(b table.Batch, times *table.Int64) error {
	for i := range b.Rows() {
		folder := c.table.Name
		if c.by != export.NoPartition {
			folder += "/" + c.by.Folder(times.Values[i], !times.Null(i))
		}
		at := c.cursors[folder]
		if at != nil {
			c.use(at)
		}
		if at == nil || !at.more() {
			c.v.wrong("%s: a row of the captures is missing at the end", folder)
			continue
		}
		if at.err != nil {
			return at.err
		}
		at.compare(b, i)
	}
	return nil
}

// A cursor is a place in the rows of a folder.
type cursor struct {
	v      *verification
	table  *schemas.Table
	parts  []export.Part // that are read next
	part   export.Part
	reader export.RowReader
	batch  table.Batch
	common []schemas.Column // that the part has
	row    int              // the next one of batch
	number int64            // rows of the part that were taken
	parked bool             // the part was closed in the middle
	skip   int64            // rows to read again
	err    error
}

// park closes the part, to be opened again where it was.
func (c *cursor) park() {
	if c.reader != nil {
		c.close()
		c.batch, c.parked = nil, true
	}
}

// more makes sure that there is a row, or an error.
func (c *cursor) more() bool {
	for c.batch == nil || c.row == c.batch.Rows() {
		if c.reader == nil {
			if !c.parked {
				if len(c.parts) == 0 {
					return false
				}
				c.part, c.parts, c.number = c.parts[0], c.parts[1:], 0
			}
			c.parked, c.skip = false, c.number
			if c.reader, c.err = export.OpenPart(c.v.dir, c.part, c.table); c.err != nil {
				return true
			}
			selected, _ := c.table.Select(c.reader.Columns())
			c.common = selected.Columns
		}
		if c.batch == nil {
			c.batch = newBatch(c.table)
		}
		n, err := c.reader.Next(c.batch)
		c.row = int(min(c.skip, int64(n)))
		c.skip -= int64(c.row)
		if err != nil {
			c.batch = nil
			c.close()
			if err != io.EOF {
				c.err = err
				return true
			}
		}
	}
	return true
}

func (c *cursor) close() {
	if c.reader != nil {
		c.reader.Close()
		c.reader = nil
	}
}

func (c *cursor) place() string { return fmt.Sprintf("%s: row %d", c.part.Path, c.number+1) }

// compare compares the row with one of the captures, and goes on to the next.
func (c *cursor) compare(b table.Batch, i int) {
	for _, k := range c.common {
		got, want := c.batch.Columns()[k.Index], b.Columns()[k.Index]
		if x, y := cellText(got, c.row), cellText(want, i); x != y {
			c.v.wrong("%s: %s is %s, the captures say %s", c.place(), k.Name, x, y)
		}
	}
	c.row++
	c.number++
}

// cellText writes a value for comparison.
func cellText(column table.Column, i int) string {
	switch c := column.(type) {
	case *table.Int32:
		return optional(int64(c.Values[i]), !c.Null(i))
	case *table.Int64:
		return optional(c.Values[i], !c.Null(i))
	case *table.Bool:
		return optional(int64(c.Values[i]), !c.Null(i))
	case *table.MAC:
		return optional(int64(c.Values[i]), c.Valid[i] != 0)
	case *table.Word:
		if c.Codes[i] == 0 {
			return "null"
		}
		return c.List.Text[c.Codes[i]]
	case *table.Symbol:
		if c.Codes[i] == 0 {
			return "null"
		}
		return strings.ToValidUTF8(c.Value(i), "\ufffd")
	case *table.Address:
		if c.Values[i].Version == 0 {
			return "null"
		}
		return string(c.Values[i].AppendText(nil))
	case *table.Text:
		if c.Valid[i] == 0 {
			return "null"
		}
		return strconv.Quote(strings.ToValidUTF8(string(c.Value(i)), "\ufffd"))
	case *table.WordList:
		if c.Valid[i] == 0 {
			return "null"
		}
		var words []string
		for _, code := range c.Codes[c.Offsets[i]:c.Offsets[i+1]] {
			words = append(words, c.List.Text[code])
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	panic(fmt.Sprintf("teardown: a column of type %T cannot be compared", column))
}
