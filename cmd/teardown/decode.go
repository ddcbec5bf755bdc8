package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/export"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

func (a *app) decodeCommand() *cobra.Command {
	opt := &options{}
	cmd := &cobra.Command{
		Use:   "decode [flags] CAPTURE... -o -",
		Short: "Write decoded packets as an Arrow stream, without classification",
		Long: `Write the packets of captures as they are decoded, one row per frame, as an Arrow IPC
stream: the table decoded of "teardown schema". teardown classify takes it further, here
or elsewhere. Captures are given as for convert.`,
		Example: `  teardown decode captures/ -o - | teardown classify - -o out
  teardown decode day.pcap -o - | python3 read.py`,
		Annotations: map[string]string{"status": statusHelp},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.decode(cmd.Context(), opt, args)
		},
	}
	addGroup(cmd, "Output", opt.decodedFlags)
	addGroup(cmd, "Selection", opt.selectionFlags)
	addGroup(cmd, "Order", func(f *pflag.FlagSet) {
		f.BoolVar(&opt.join, "join", false, "merge the captures into one world in the order of time, for\nteardown classify --join")
	})
	addGroup(cmd, "Running", opt.runningFlags)
	completeFlags(cmd)
	return cmd
}

// decodedFlags are the flags of the output of decode.
func (o *options) decodedFlags(f *pflag.FlagSet) {
	f.StringVarP(&o.output, "output", "o", "", "`-` (Arrow stream on stdout), or a file: x.arrow or x.parquet")
	f.BoolVar(&o.noPayload, "no-payload", false, "keep no bytes taken from payloads; teardown classify then knows\nneither the reasons that resets declare nor errors said before")
	f.BoolVar(&o.overwrite, "overwrite", false, "replace the output where it exists")
	f.StringVar(&o.compression, "compression", "", "`CODEC` zstd, lz4 or none; for Parquet also snappy and gzip\n(default: none, for Parquet zstd)")
	f.Var((*positive)(&o.rowGroup), "row-group-rows", "`ROWS` per record batch or row group")
}

func (o *options) checkDecoded() error {
	o.table = schemas.Decoded.Name
	switch ext := extension(o.output); {
	case o.output == "":
		return usagef("no output given; add -o -")
	case o.output != stdoutName && ext != export.Parquet.Extension() && ext != export.Arrow.Extension():
		return usagef("-o %s: decode writes one table; give -, x.arrow or x.parquet", o.output)
	}
	return o.checkFile()
}

func (a *app) decode(ctx context.Context, opt *options, args []string) error {
	if err := checkCaptures("decode", args); err != nil {
		return err
	}
	if err := opt.checkRunning(); err != nil {
		return err
	}
	if err := opt.checkDecoded(); err != nil {
		return err
	}
	r, err := a.newRun(opt, args)
	if err != nil {
		return err
	}
	r.decode = true
	return a.finish(ctx, r, &schemas.Decoded, nil)
}

// A headless sink takes out what comes from payloads.
type headless struct{ output }

func (h headless) packets(b *table.Packets, done func()) error {
	t := &b.PayloadHead
	clear(t.Valid[:b.N])
	clear(t.Offsets[:b.N+1])
	t.Data = t.Data[:0]
	return h.output.packets(b, done)
}

// finish runs with an output that gets these tables, nil for none, to its end.
func (a *app) finish(ctx context.Context, r *run, packets, connections *schemas.Table) error {
	here := r.opt.dataset() && isHere(r.opt.output)
	out, err := a.createOutput(r.opt, packets, connections)
	if err != nil {
		return err
	}
	r.sink = out
	if r.decode && r.opt.noPayload {
		r.sink = headless{out}
	}
	err = r.read(ctx)
	// A stream of decoded packets that was accepted may have no rows, like a capture without frames.
	if err == nil && r.decoded == "" && r.captures() == 0 && !r.interrupted {
		err = errNothing
	}
	if err != nil {
		out.abort()
		return err
	}
	if err := out.finish(r.manifest()); err != nil {
		return err
	}
	if here {
		a.stderr.message("teardown: the dataset took the place of the folder you are in, which looks empty until you go there again: cd .")
	}
	if !r.opt.quiet {
		a.stderr.message(r.closing())
	}
	a.status = r.status()
	return nil
}

// isHere reports whether a folder is the working directory of this process.
func isHere(folder string) bool {
	a, errA := os.Stat(folder)
	b, errB := os.Stat(".")
	return errA == nil && errB == nil && os.SameFile(a, b)
}
