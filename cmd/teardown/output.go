package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// An output is a sink that keeps what it gets: a dataset, a file or stdout.
type output interface {
	sink
	finish(m export.Manifest) error // after an error nothing is left
	abort()                         // leaves nothing behind
}

// createOutput makes the output that the flags ask for; tables not to be written are nil.
func (a *app) createOutput(opt *options, packets, connections *schemas.Table) (output, error) {
	if opt.format == zeekFormat {
		return a.createZeek(opt)
	}
	exp := opt.exportOptions()
	if !opt.oneFile() {
		d, err := export.CreateDataset(opt.output, opt.overwrite, exp, packets, connections)
		if err != nil {
			return nil, outputError(opt, err)
		}
		a.sayRemoved(d.Leftovers())
		return &datasetOutput{tableWriters{d.Packets(), d.Connections()}, d}, nil
	}
	only := packets
	if only == nil {
		only = connections
	}
	if opt.output == stdoutName {
		return a.createStream(only, exp)
	}
	f, err := export.OpenFile(opt.output, opt.overwrite, *only, exp)
	if err != nil {
		return nil, outputError(opt, err)
	}
	a.sayRemoved(f.Leftovers())
	return &fileOutput{writersFor(only, f), f}, nil
}

// sayRemoved tells about unfinished outputs of killed runs that were removed.
func (a *app) sayRemoved(paths []string) {
	for _, p := range paths {
		a.stderr.message("teardown: removed " + p + ", which a run that was killed had left")
	}
}

// outputError says what can be done about an output that is there already.
func outputError(opt *options, err error) error {
	var stranger *export.StrangerError
	switch {
	case errors.As(err, &stranger) && stranger.Changed:
		return fmt.Errorf("%s holds a %s that was changed and would be lost; move it away or choose another name", opt.output, stranger.Name)
	case errors.As(err, &stranger):
		return fmt.Errorf("%s holds %s, which is not of the dataset and would be lost; move it away or choose another name", opt.output, stranger.Name)
	case errors.Is(err, export.ErrExists) && opt.overwrite:
		return fmt.Errorf("%s exists and is no dataset; it is never replaced, choose another name", opt.output)
	case errors.Is(err, export.ErrExists):
		return fmt.Errorf("%s exists; choose another name or add --overwrite", opt.output)
	case errors.Is(err, export.ErrNotDataset):
		return fmt.Errorf("%s is not empty and holds no dataset; it is never replaced, choose another name", opt.output)
	}
	return err
}

func (a *app) createStream(t *schemas.Table, exp export.Options) (output, error) {
	if f, ok := a.stdout.(*os.File); ok {
		if _, terminal := terminalWidth(f); terminal {
			return nil, usagef("-o - writes binary data, and stdout is a terminal; add | PROGRAM or > FILE")
		}
	}
	w, err := export.NewWriter(a.stdout, *t, exp)
	if err != nil {
		return nil, err
	}
	return &streamOutput{writersFor(t, w), w}, nil
}

func (o *options) exportOptions() export.Options {
	exp := export.Options{
		Format: export.Parquet, Compression: o.compression, RowGroupRows: o.rowGroup, PartRows: o.partRows, Workers: o.workers,
		Metadata: map[string]string{
			"teardown.version": toolVersion, "teardown.schema_version": schemaVersion, "teardown.rules_hash": schemas.RulesHash,
		},
	}
	if o.partitionBy != "" {
		exp.PartitionBy = export.Partition(1 + slices.Index(export.Partitions, o.partitionBy))
	}
	switch {
	case o.output == stdoutName:
		exp.Format = export.ArrowStream
	case o.format == export.Arrow.String():
		exp.Format = export.Arrow
	}
	return exp
}

// tableWriters writes batches to the writer of their table. Where there is none, they
// are given back at once.
type tableWriters struct {
	p, c export.TableWriter
}

func writersFor(t *schemas.Table, w export.TableWriter) tableWriters {
	if t.Name == schemas.Connections.Name {
		return tableWriters{c: w}
	}
	return tableWriters{p: w}
}

func (w tableWriters) packets(b *table.Packets, done func()) error {
	if w.p == nil {
		done()
		return nil
	}
	return w.p.Write(b, done)
}

func (w tableWriters) connections(b *table.Connections, done func()) error {
	if w.c == nil {
		done()
		return nil
	}
	return w.c.Write(b, done)
}

type datasetOutput struct {
	tableWriters
	dataset *export.Dataset
}

func (o *datasetOutput) finish(m export.Manifest) error { return o.dataset.Finish(m) }
func (o *datasetOutput) abort()                         { o.dataset.Abort() }

// A fileOutput is one table in one file. It has no manifest: what was damaged stands in
// the messages only.
type fileOutput struct {
	tableWriters
	file *export.File
}

func (o *fileOutput) finish(export.Manifest) error { return o.file.Finish() }
func (o *fileOutput) abort()                       { o.file.Abort() }

// A streamOutput is one table on stdout.
type streamOutput struct {
	tableWriters
	writer *export.Writer
}

func (o *streamOutput) finish(export.Manifest) error { return o.writer.Close() }

// abort leaves the stream without its end, so that readers notice.
func (o *streamOutput) abort() {}
