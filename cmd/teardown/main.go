package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pcap-teardown/teardown/export"
)

func main() { os.Exit(Main()) }

// Main runs the command of this process and returns its exit status.
func Main() int {
	// Without this the runtime kills the process when stdout is closed early; a write
	// error can be told apart and ends the run quietly.
	signal.Ignore(syscall.SIGPIPE)
	limitGarbage()

	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: newConsole(os.Stderr), setCores: useCores}
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as under nohup
			signal.Notify(signals, s)
		}
	}
	go a.obey(signals, cancel, func(status int) { os.Exit(status) })
	return a.run(ctx, os.Args[1:])
}

// obey ends the run at the first signal, with what was read, and the process at the second.
func (a *app) obey(signals chan os.Signal, cancel func(error), exit func(status int)) {
	<-signals
	cancel(errInterrupted)
	<-signals
	signal.Stop(signals) // one more ends the process even in here
	for _, target := range export.RemoveUnfinished() {
		a.stderr.message("teardown: stopped; " + target + " was not written")
	}
	exit(exitInterrupted)
}

// An app is the command with its surroundings, which tests replace.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr *console
	status int // exit status of a command that ended without an error

	setCores func(int) // limits the process to so many cores; nil where it runs other things, too
}

// run executes one command line and returns the exit status.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return a.status
	case errors.Is(err, syscall.EPIPE):
		return exitDone
	}
	a.stderr.message("teardown: " + err.Error())
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	if errors.Is(err, errInterrupted) {
		return exitInterrupted
	}
	return exitFailed
}

func (a *app) root() *cobra.Command {
	cobra.EnableCommandSorting = false // the most used ones first
	root := &cobra.Command{
		Use:   "teardown",
		Short: "Packet captures to tables: how every connection ended, and why",
		Long: `teardown turns packet captures into two tables: one row per packet, and one row per
connection with how it ended. The tables are Parquet or Arrow files that DuckDB,
Spark, pandas, polars and pyarrow open as they are.`,
		Example: `  teardown convert capture.pcapng -o out
  teardown summary captures/
  teardown schema connections`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.Version = versions()
	root.SetVersionTemplate("{{.Version}}")
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetIn(a.stdin)
	root.SetHelpFunc(printHelp)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(a.convertCommand(), a.summaryCommand(), a.explainCommand(), a.decodeCommand(), a.classifyCommand(), a.verifyCommand(), a.wiresharkCommand(), a.schemaCommand(), a.versionCommand(), a.manCommand())
	checkHelp(root)
	return root
}

// checkHelp lets "teardown help NAME" say that there is no such command.
func checkHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, _ := root.Find([]string{"help"})
	help.Args = func(_ *cobra.Command, args []string) error {
		if found, _, _ := root.Find(args); found == root && len(args) > 0 {
			return unknownCommand(root, args[0])
		}
		return nil
	}
}

// unknownCommand says what might have been meant.
func unknownCommand(root *cobra.Command, name string) error {
	if _, err := os.Stat(name); err == nil {
		return usagef("%q is no command; to convert it: teardown convert %s -o DIR", name, name)
	}
	root.SuggestionsMinimumDistance = 2
	if near := root.SuggestionsFor(name); len(near) > 0 {
		return usagef("unknown command %q; did you mean %s?", name, near[0])
	}
	return usagef("unknown command %q; commands are listed by: teardown --help", name)
}
