package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// An output is a sink that keeps what it gets: a dataset, a file or stdout.
type output interface {
	sink
	finish(m export.Manifest) error
	abort() // leaves nothing behind; also after a finish that failed
}

// createOutput makes the output that the flags ask for; tables not to be written are nil.
func (a *app) createOutput(opt *options, packets, connections *schemas.Table) (output, error) {
	exp := opt.exportOptions()
	if !opt.oneFile() {
		d, err := export.CreateDataset(opt.output, opt.overwrite, exp, packets, connections)
		if err != nil {
			return nil, err
		}
		return &datasetOutput{tableWriters{d.Packets(), d.Connections()}, d}, nil
	}
	t := packets
	if t == nil {
		t = connections
	}
	f, err := a.createFile(opt)
	if err != nil {
		return nil, err
	}
	w, err := export.NewWriter(f, *t, exp)
	if err != nil {
		f.abort()
		return nil, err
	}
	o := &fileOutput{file: f, writer: w}
	if packets != nil {
		o.tableWriters.p = w
	} else {
		o.tableWriters.c = w
	}
	return o, nil
}

func (o *options) exportOptions() export.Options {
	exp := export.Options{
		Format: export.Parquet, Compression: o.compression, RowGroupRows: o.rowGroup, PartRows: o.partRows, Workers: o.workers,
		Metadata: map[string]string{
			"teardown.version": toolVersion, "teardown.schema_version": schemaVersion(), "teardown.rules_hash": rulesHash(),
		},
	}
	switch {
	case o.output == stdoutName:
		exp.Format = export.ArrowStream
	case o.format == "arrow":
		exp.Format = export.Arrow
	}
	return exp
}

// tableWriters writes batches to the writer of their table. Where there is none, they
// are given back at once.
type tableWriters struct {
	p, c export.TableWriter
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
	file   *outputFile
	writer *export.Writer
}

func (o *fileOutput) finish(export.Manifest) error {
	if err := o.writer.Close(); err != nil {
		o.file.abort()
		return err
	}
	return o.file.commit()
}

func (o *fileOutput) abort() {
	o.writer.Close()
	o.file.abort()
}

// An outputFile is written aside and renamed at the end, so that nobody sees half of it.
// For stdout there is neither.
type outputFile struct {
	*bufio.Writer
	file *os.File // nil for stdout
	path string
}

// outputBuffer collects the small writes of headers and footers.
const outputBuffer = 256 << 10

func (a *app) createFile(opt *options) (*outputFile, error) {
	if opt.output == stdoutName {
		if f, ok := a.stdout.(*os.File); ok {
			if _, terminal := terminalWidth(f); terminal {
				return nil, usagef("-o - writes binary data, and stdout is a terminal; add | PROGRAM or > FILE")
			}
		}
		return &outputFile{Writer: bufio.NewWriterSize(a.stdout, outputBuffer)}, nil
	}
	if _, err := os.Lstat(opt.output); err == nil && !opt.overwrite {
		return nil, fmt.Errorf("%s exists; choose another name or add --overwrite", opt.output)
	}
	dir, base := filepath.Split(opt.output)
	f, err := os.CreateTemp(filepath.Clean("./"+dir), "."+base+".*.partial")
	if filepath.IsAbs(dir) {
		f, err = os.CreateTemp(dir, "."+base+".*.partial")
	}
	if err != nil {
		return nil, err
	}
	return &outputFile{bufio.NewWriterSize(f, outputBuffer), f, opt.output}, nil
}

// commit makes the file appear under its name.
func (f *outputFile) commit() error {
	if err := f.Flush(); err != nil {
		f.abort()
		return err
	}
	if f.file == nil {
		return nil
	}
	err := f.file.Chmod(0o644)
	if err == nil {
		err = f.file.Sync()
	}
	if e := f.file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}
	if err != nil {
		os.Remove(f.file.Name())
	}
	return err
}

// abort removes what was written.
func (f *outputFile) abort() {
	if f.file != nil {
		f.file.Close()
		os.Remove(f.file.Name())
	}
}

var _ io.Writer = (*outputFile)(nil)
