package main

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
)

// options are the flags of the commands that read captures.
type options struct {
	output      string
	format      string
	table       string
	columns     []string
	overwrite   bool
	noPayload   bool
	filter      string
	from, to    string
	limit       int64
	compression string
	rowGroup    int64
	partRows    int64
	partitionBy string

	join     bool
	workers  int
	tracking classify.Options
	zeek     zeekOptions

	quiet    bool
	progress string
}

// Values of flags out of closed lists; the first one is the default.
var (
	formats    = []string{"parquet", "arrow", zeekFormat}
	progresses = []string{"auto", "always", "never"}
)

// suffixes of output files and the format that they stand for.
var suffixes = map[string]string{".parquet": "parquet", ".arrow": "arrow", ".log": zeekFormat}

func (o *options) outputFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.output, "output", "o", "", "the dataset, a folder `DIR` that does not exist yet; with --table\nalso one file (x.parquet, x.arrow) or - (Arrow stream on stdout)")
	f.StringVar(&o.format, "format", "", "`FORMAT` parquet (default), arrow, or zeek: connections as\nconn.log (x.log, - or DIR/conn.log)")
	o.zeek.outputFlags(f)
	f.StringVar(&o.table, "table", "", "only this `TABLE`: packets or connections (default: both)")
	f.StringSliceVar(&o.columns, "columns", nil, "only these columns: `a,b,c`; teardown schema lists them")
	f.BoolVar(&o.noPayload, "no-payload", false, "keep no bytes or text taken from payloads")
	f.BoolVar(&o.overwrite, "overwrite", false, "replace the output where it exists; never a folder that holds\nfiles of others or a views.sql that was edited")
	f.StringVar(&o.compression, "compression", "", "`CODEC` zstd, snappy, gzip, lz4 or none (default: zstd; for Arrow\nnone; Arrow knows zstd, lz4 and none)")
	f.Var((*positive)(&o.rowGroup), "row-group-rows", fmt.Sprintf("`ROWS` per row group or record batch (default: %d; for\nArrow %d)", export.DefaultRowGroupRows, export.DefaultRecordRows))
	f.StringVar(&o.partitionBy, "partition-by", "", "folders by `TIME` in UTC, as Hive has them: date (date=2026-11-22/)\nor hour (date=2026-11-22/hour=09/)")
	f.Var((*positive)(&o.partRows), "part-rows", fmt.Sprintf("`ROWS` per part file (default: %d)", export.DefaultPartRows))
}

func (o *options) selectionFlags(f *pflag.FlagSet) {
	f.StringVar(&o.filter, "filter", "", "only packets that match `EXPR`, a subset of tcpdump's language on\nthe innermost packet: 'host 192.0.2.7 and not port 22'")
	f.StringVar(&o.from, "from", "", "only packets captured at `TIME` or later: 2026-11-22T09:30:00.25\n(UTC, or with zone), 2026-11-22, or seconds since 1970")
	f.StringVar(&o.to, "to", "", "only packets captured before `TIME`")
	f.Var((*positive)(&o.limit), "limit", "only the first `N` packets; the others are counted all the same")
}

func (o *options) joinFlag(f *pflag.FlagSet) {
	f.BoolVar(&o.join, "join", false, "take all captures as one world in the order of time, so that\nconnections run across files; tcp_stream is then null")
}

func (o *options) trackingFlags(f *pflag.FlagSet) {
	t := &o.tracking
	f.IntVar(&t.MaxConnections, "max-connections", classify.DefaultMaxConnections,
		fmt.Sprintf("remember `N` live connections; beyond that, some are given up and\nmarked (default: %d)", classify.DefaultMaxConnections))
	f.IntVar(&t.MaxStreams, "max-streams", classify.DefaultMaxStreams,
		fmt.Sprintf("fill tcp_stream for the first `N` streams (default: %d)", classify.DefaultMaxStreams))
	idle := func(d *time.Duration, name string, value time.Duration, meaning string) {
		f.DurationVar(d, name, value, fmt.Sprintf(meaning, strings.TrimSuffix(strings.TrimSuffix(value.String(), "0s"), "0m")))
	}
	idle(&t.IdleEstablished, "idle-established", classify.DefaultIdleEstablished, "a packet after this `TIME` of silence starts a new connection\n(default: %s)")
	idle(&t.IdleTransitory, "idle-transitory", classify.DefaultIdleTransitory, "the `TIME` during handshake and close (default: %s)")
	idle(&t.IdleOther, "idle-other", classify.DefaultIdleOther, "the `TIME` for UDP and all else (default: %s)")
	o.zeek.flags(f)
}

func (o *options) runningFlags(f *pflag.FlagSet) {
	f.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "use `N` cores (default: all); never changes the output")
	f.StringVar(&o.progress, "progress", progresses[0], "`WHEN` to show progress: auto (default, on a terminal), always or\nnever")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no closing summary, only problems")
}

// check says what is wrong with the flags that all reading commands have.
func (o *options) check() error {
	if err := o.checkRunning(); err != nil {
		return err
	}
	if err := o.zeek.check(); err != nil {
		return err
	}
	for _, n := range []struct {
		flag  string
		value int64
	}{
		{"max-connections", int64(o.tracking.MaxConnections)}, {"max-streams", int64(o.tracking.MaxStreams)},
		{"idle-established", int64(o.tracking.IdleEstablished)}, {"idle-transitory", int64(o.tracking.IdleTransitory)},
		{"idle-other", int64(o.tracking.IdleOther)},
	} {
		if n.value < 1 {
			return usagef("--%s must be more than 0", n.flag)
		}
	}
	return nil
}

// checkRunning says what is wrong with the flags that say how to run.
func (o *options) checkRunning() error {
	if o.workers < 1 {
		return usagef("--workers must be more than 0")
	}
	return oneOf("progress", o.progress, progresses)
}

// checkOutput says what is wrong with the flags of the output and completes them.
func (o *options) checkOutput() error {
	if o.output == "" {
		return usagef("no output given; add -o DIR")
	}
	if o.table != "" {
		if err := oneOf("table", o.table, []string{schemas.Packets.Name, schemas.Connections.Name}); err != nil {
			return err
		}
	}
	return o.checkFile()
}

// checkFile says what is wrong with the flags of the files themselves.
func (o *options) checkFile() error {
	if o.compression != "" {
		if err := oneOf("compression", o.compression, export.Compressions); err != nil {
			return err
		}
	}
	if err := o.checkFormat(); err != nil {
		return err
	}
	if o.partitionBy != "" {
		if err := oneOf("partition-by", o.partitionBy, export.Partitions); err != nil {
			return err
		}
		if o.oneFile() && o.format != zeekFormat {
			return usagef("--partition-by makes folders of a dataset; give one with -o DIR")
		}
	}
	if err := o.checkZeek(); err != nil {
		return err
	}
	if o.format == "arrow" && (o.compression == "snappy" || o.compression == "gzip") {
		return usagef("--compression %s: Arrow knows zstd, lz4 and none", o.compression)
	}
	return nil
}

// checkFormat reconciles --format with what the name of the output says.
func (o *options) checkFormat() error {
	if o.format != "" {
		if err := oneOf("format", o.format, formats); err != nil {
			return err
		}
	}
	if o.format == zeekFormat {
		return nil
	}
	implied := suffixes[extension(o.output)]
	if o.output == stdoutName {
		implied = "arrow"
	}
	if implied == "" {
		if err := o.checkPromise(); err != nil {
			return err
		}
		if o.format == "" {
			o.format = formats[0]
		}
		return nil
	}
	if o.table == "" && implied != zeekFormat {
		return usagef("-o %s holds one table; choose it with --table packets or --table connections", o.output)
	}
	if o.format != "" && o.format != implied {
		return usagef("-o %s means --format %s, but --format %s is given", o.output, implied, o.format)
	}
	o.format = implied
	return nil
}

// Suffixes of formats that people expect of an output and do not get.
var (
	textSuffixes  = []string{".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson"}
	arrowSuffixes = []string{".ipc", ".arrows", ".feather"}
)

// checkPromise refuses names of files that would become folders.
func (o *options) checkPromise() error {
	table := o.table
	if table == "" {
		table = "TABLE"
	}
	ext := extension(o.output)
	name := o.output[:len(o.output)-len(ext)]
	switch {
	case slices.Contains(arrowSuffixes, ext):
		return usagef("-o %s: Arrow files are called x.arrow here; try: --table %s -o %s.arrow", o.output, table, name)
	case slices.Contains(textSuffixes, ext):
		return usagef("-o %s: teardown writes Parquet or Arrow; try: --table %s -o %s.parquet, and then DuckDB makes text of it: "+
			`duckdb -c "COPY (FROM '%s.parquet') TO '%s'"`, o.output, table, name, name, o.output)
	}
	return nil
}

// extension returns that of a path in small letters: some systems and programs write X.PARQUET.
func extension(path string) string { return strings.ToLower(filepath.Ext(path)) }

// stdoutName is the output that stands for the standard output.
const stdoutName = "-"

// oneFile reports whether the output is one file or stdout rather than a dataset.
func (o *options) oneFile() bool {
	return o.output == stdoutName || suffixes[extension(o.output)] != ""
}

// place returns the file or folder that is written, empty for stdout or nothing.
func (o *options) place() string {
	if o.output == stdoutName {
		return ""
	}
	// The extension of . and .. is a dot.
	if ext := extension(o.output); o.output != "" && o.format == zeekFormat && (ext == "" || ext == ".") {
		return filepath.Join(o.output, "conn.log")
	}
	return o.output
}

// dataset reports whether the output is a dataset, which has a manifest.
func (o *options) dataset() bool { return o.output != "" && !o.oneFile() && o.format != zeekFormat }

// selectTables returns the tables to write with their chosen columns; a table that is
// not to be written is nil.
func (o *options) selectTables() (packets, connections *schemas.Table, err error) {
	want := func(t *schemas.Table) *schemas.Table {
		if o.table != "" && o.table != t.Name {
			return nil
		}
		return t
	}
	packets, connections = want(&schemas.Packets), want(&schemas.Connections)
	if o.columns == nil {
		return packets, connections, nil
	}
	wanted := []**schemas.Table{&packets, &connections}
	for i := range o.columns {
		o.columns[i] = strings.TrimSpace(o.columns[i])
		name := o.columns[i]
		if !slices.ContainsFunc(wanted, func(t **schemas.Table) bool { return *t != nil && (*t).Lookup(name) != nil }) {
			return nil, nil, o.noColumn(name)
		}
	}
	for _, t := range wanted {
		if *t == nil {
			continue
		}
		selected, _ := (*t).Select(o.columns)
		if len(selected.Columns) == 0 {
			return nil, nil, usagef("--columns names no column of the table %s; add one, or choose the other table with --table", (*t).Name)
		}
		*t = &selected
	}
	return packets, connections, nil
}

// noColumn says that no table that is written has this column.
func (o *options) noColumn(name string) error {
	names := columnNames()
	for _, t := range tables {
		if t.table.Name == o.table {
			names = namesOf(t.table.Columns)
		}
	}
	return usagef("--columns: there is no column %q; %s", name,
		orMeant(name, names, "columns are listed by: "+strings.TrimSpace("teardown schema "+o.table)))
}

func oneOf(flag, value string, allowed []string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return usagef("--%s %s: must be one of %s", flag, value, strings.Join(allowed, ", "))
}

// checkCaptures says what is wrong with the captures among the arguments.
func checkCaptures(command string, args []string) error {
	if len(args) == 0 {
		return usagef("no captures given; try: teardown %s CAPTURE... (files, folders, patterns, - for stdin)", command)
	}
	return nil
}

// count writes a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%s %s", thousands(n), one)
	}
	return fmt.Sprintf("%s %s", thousands(n), many)
}

// thousands writes a number in groups of three digits.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
