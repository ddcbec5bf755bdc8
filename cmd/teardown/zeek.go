package main

import (
	"io"

	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/export/zeeklog"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// zeekOptions are the flags that speak of Zeek and of Community ID.
type zeekOptions struct {
	connections string
	seed        uint16
	json        bool
}

// cutters are the values of --connections.
var cutters = []string{"default", zeekFormat}

// zeekFormat is the value of --format that stands for conn.log.
const zeekFormat = "zeek"

func (z *zeekOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&z.connections, "connections", "", "`RULE` that says where connections begin and end and who is the\noriginator: default, or zeek (which --format zeek implies)")
	f.Uint16Var(&z.seed, "community-id-seed", 0, "the `SEED` of community_id (default: 0)")
}

func (z *zeekOptions) outputFlags(f *pflag.FlagSet) {
	f.BoolVar(&z.json, "json", false, "with --format zeek: JSON instead of tab-separated values")
}

func (z *zeekOptions) check() error {
	if z.connections == "" {
		return nil
	}
	return oneOf("connections", z.connections, cutters)
}

// checkZeek says what is wrong with the flags of the output where it is conn.log or is not.
func (o *options) checkZeek() error {
	switch {
	case o.format != zeekFormat && o.zeek.json:
		return usagef("--json needs --format zeek")
	case o.format != zeekFormat:
		return nil
	case o.table == schemas.Packets.Name:
		return usagef("--format zeek writes connections; leave out --table packets")
	case o.columns != nil, o.compression != "", o.rowGroup != 0, o.partRows != 0, o.partitionBy != "":
		return usagef("--format zeek writes conn.log as Zeek has it; leave out --columns, --compression, --row-group-rows, --part-rows and --partition-by")
	}
	return nil
}

// cutsLikeZeek reports whether connections begin and end where Zeek has them.
func (o *options) cutsLikeZeek() bool {
	return o.zeek.connections == zeekFormat || o.zeek.connections == "" && o.format == zeekFormat
}

// zeekClassify hands the flags to the classifier, and its details to the log.
func (r *run) zeekClassify(o *classify.Options) {
	o.CommunityIDSeed = r.opt.zeek.seed
	if r.opt.cutsLikeZeek() {
		o.Cutter = classify.CutZeek
	}
	if log, ok := r.sink.(*zeekOutput); ok {
		o.Zeek = log.take
	}
}

// A zeekOutput writes conn.log: a file, conn.log in a folder, or stdout.
type zeekOutput struct {
	writer  *zeeklog.Writer
	details []zeeklog.Details // of the batch that comes next
	file    *export.PlainFile // nil for stdout
}

// createZeek starts conn.log. The file appears at the end.
func (a *app) createZeek(opt *options) (output, error) {
	if opt.output == stdoutName {
		return newZeekOutput(a.stdout, opt), nil
	}
	file, err := export.OpenPlainFile(opt.place(), opt.overwrite)
	if err != nil {
		return nil, outputError(opt, err)
	}
	a.sayRemoved(file.Leftovers())
	o := newZeekOutput(file, opt)
	o.file = file
	return o, nil
}

func newZeekOutput(w io.Writer, opt *options) *zeekOutput {
	return &zeekOutput{writer: zeeklog.NewWriter(w, opt.zeek.json)}
}

// take keeps the details of the batch that comes next.
func (o *zeekOutput) take(details []classify.ZeekDetails) {
	o.details = o.details[:0]
	for _, d := range details {
		o.details = append(o.details, zeeklog.Details(d))
	}
}

func (o *zeekOutput) packets(_ *table.Packets, done func()) error {
	done()
	return nil
}

func (o *zeekOutput) connections(b *table.Connections, done func()) error {
	defer done()
	return o.writer.Write(b, o.details)
}

func (o *zeekOutput) finish(export.Manifest) error {
	err := o.writer.Close()
	if o.file == nil {
		return err
	}
	if err != nil {
		o.file.Abort()
		return err
	}
	return o.file.Finish()
}

// abort leaves no file; what went to stdout stays.
func (o *zeekOutput) abort() {
	if o.file != nil {
		o.file.Abort()
	}
}
