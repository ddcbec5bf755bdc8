package main

import (
	"context"

	"github.com/spf13/cobra"
)

func (a *app) convertCommand() *cobra.Command {
	opt := &options{}
	cmd := &cobra.Command{
		Use:   "convert [flags] CAPTURE... -o DIR",
		Short: "Convert captures to a dataset of packets and connections",
		Long: `Convert captures to a dataset: one row per packet, and one row per connection with how
it ended.

A CAPTURE is a pcap or pcapng file, plain or compressed, recognised by its content; a
folder (all files below it); a pattern in quotes; or - for stdin. Several captures are
read in the order of their sorted paths, each as a world of its own unless --join is given.`,
		Example: `  teardown convert capture.pcapng -o out           then: cd out && duckdb -init views.sql
  teardown convert captures/ 'more/*.pcap.gz' -o out
  tcpdump -i eth0 -w - | teardown convert - -o out
  teardown convert day.pcap --table connections -o day.parquet
  teardown convert day.pcap --table packets -o - | python3 read.py`,
		Annotations: map[string]string{"status": statusHelp},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.convert(cmd.Context(), opt, args)
		},
	}
	addGroup(cmd, "Output", opt.outputFlags)
	addGroup(cmd, "Selection", opt.selectionFlags)
	addGroup(cmd, "Connections", opt.joinFlag, opt.trackingFlags)
	addGroup(cmd, "Running", opt.runningFlags)
	completeFlags(cmd)
	return cmd
}

func (a *app) convert(ctx context.Context, opt *options, args []string) error {
	if err := checkCaptures("convert", args); err != nil {
		return err
	}
	if err := opt.check(); err != nil {
		return err
	}
	if opt.output == "" {
		return noOutput(args)
	}
	if err := opt.checkOutput(); err != nil {
		return err
	}
	packets, connections, err := opt.selectTables()
	if err != nil {
		return err
	}
	r, err := a.newRun(opt, args)
	if err != nil {
		return err
	}
	if note := r.sameNames(); note != "" {
		a.stderr.message("teardown: " + note)
	}
	return a.finish(ctx, r, packets, connections)
}
