package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

func (a *app) summaryCommand() *cobra.Command {
	opt := &options{}
	asJSON := false
	cmd := &cobra.Command{
		Use:   "summary [flags] CAPTURE...",
		Short: "Count how the connections of captures ended, without a dataset",
		Long: `Count how the connections of captures ended, without writing a dataset. Captures are
given as for convert.`,
		Example: `  teardown summary capture.pcapng
  teardown summary captures/ --json`,
		Annotations: map[string]string{"status": statusHelp},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.summary(cmd.Context(), opt, args, asJSON)
		},
	}
	addGroup(cmd, "Output", func(f *pflag.FlagSet) {
		f.BoolVar(&asJSON, "json", false, "write JSON")
	})
	addGroup(cmd, "Selection", opt.selectionFlags)
	addGroup(cmd, "Connections", opt.joinFlag, opt.trackingFlags)
	addGroup(cmd, "Running", opt.runningFlags)
	completeFlags(cmd)
	return cmd
}

// discard is the sink of a summary, which only counts.
type discard struct{}

func (discard) packets(_ *table.Packets, done func()) error         { done(); return nil }
func (discard) connections(_ *table.Connections, done func()) error { done(); return nil }

func (a *app) summary(ctx context.Context, opt *options, args []string, asJSON bool) error {
	if err := checkCaptures("summary", args); err != nil {
		return err
	}
	if err := opt.check(); err != nil {
		return err
	}
	r, err := a.newRun(opt, args)
	if err != nil {
		return err
	}
	r.sink, r.filters, r.fate = discard{}, true, "are counted"
	if err := r.read(ctx); err != nil {
		return err
	}
	if r.captures() == 0 && !r.interrupted {
		return errNoCapture
	}
	a.status = r.status()
	if asJSON {
		return r.summaryJSON(a.stdout)
	}
	_, err = io.WriteString(a.stdout, r.closing()+"\n")
	return err
}

func (r *run) summaryJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Captures    int         `json:"captures"`
		Packets     int64       `json:"packets"`
		Connections int64       `json:"connections"`
		Tcp         int64       `json:"tcp_connections"`
		Protocols   []wordCount `json:"protocols"`
		Teardown    []wordCount `json:"teardown"`
		Cause       []wordCount `json:"cause"`
		Problems    []problem   `json:"problems"`
		Interrupted bool        `json:"interrupted"`
	}{
		r.captures(), r.packets, r.tally.connections, r.tally.tcp, ranked(schemas.ProtoWords, r.tally.proto),
		ranked(schemas.TeardownWords, r.tally.teardown), ranked(schemas.CauseWords, r.tally.cause), r.problems(), r.interrupted,
	})
}
