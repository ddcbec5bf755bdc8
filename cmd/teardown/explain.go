package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// mostExplained is how many connections are explained at once.
const mostExplained = 10

func (a *app) explainCommand() *cobra.Command {
	opt, want := &options{quiet: true, progress: "never"}, &choice{}
	cmd := &cobra.Command{
		Use:   "explain [flags] CAPTURE",
		Short: "Show a connection packet by packet, how it ended, and why we say so",
		Long: `Show a TCP connection as a ladder: who sent what, what each packet does, the rule that
decided, and at the end how the connection ended. Without a choice, all connections of
the capture are shown if they are few, and listed otherwise. Ten are shown at once; with
a choice, --json writes all that it means, in the order of their last packets.`,
		Example: `  teardown explain capture.pcapng
  teardown explain capture.pcapng --frame 1017
  teardown explain capture.pcapng --address 192.0.2.7:443 --json`,
		Annotations: map[string]string{"status": statusHelp},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := want.check(cmd.Flags().Changed); err != nil {
				return err
			}
			return a.explain(cmd.Context(), opt, want, args)
		},
	}
	addGroup(cmd, "Which connection", func(f *pflag.FlagSet) {
		f.Int64Var(&want.stream, "stream", -1, "those of TCP stream `N`, Wireshark's tcp.stream")
		f.Int64Var(&want.frame, "frame", 0, "that of the packet in frame `N`")
		f.Int64Var(&want.conn, "conn", -1, "the one with this `ID`, the column conn_id")
		f.StringVar(&want.address, "address", "", "those with this `END`: 192.0.2.7, 192.0.2.7:443 or [2001:db8::7]:443")
	})
	addGroup(cmd, "Output", func(f *pflag.FlagSet) {
		f.BoolVar(&want.all, "all", false, "every packet of long connections")
		f.BoolVar(&want.json, "json", false, "write JSON, one object per connection; those that are\nonly listed have no packets")
	})
	addGroup(cmd, "Connections", opt.trackingFlags)
	f := cmd.Flags()
	f.IntVar(&opt.workers, "workers", 2, "use `N` cores")
	f.Lookup("workers").Hidden = true
	return cmd
}

func (a *app) explain(ctx context.Context, opt *options, want *choice, args []string) error {
	if len(args) != 1 {
		return usagef("explain takes one capture, not %d", len(args))
	}
	if info, err := os.Stat(args[0]); args[0] == stdinName || err == nil && info.IsDir() {
		return usagef("explain reads its capture twice; give the name of a file")
	}
	if err := opt.check(); err != nil {
		return err
	}
	find := &finding{want: want, ids: map[int64]bool{}, found: map[int64]*explained{}}
	if err := a.pass(ctx, opt, args, find, a.stderr); err != nil {
		return err
	}
	if find.meant == 0 {
		return fmt.Errorf("%s: %s", args[0], want.nothing(find.tcp))
	}
	few, others := find.split()
	explain := map[int64]*explained{}
	for _, id := range few {
		explain[id] = find.found[id]
	}
	again := func(s sink) error {
		if len(few) == 0 {
			return nil
		}
		// What is wrong with the capture has been said in the first pass.
		return a.pass(ctx, opt, args, s, &console{out: io.Discard})
	}
	if want.json {
		lines := newExplanations(a.stdout, explain)
		if err := again(lines); err != nil {
			return err
		}
		for _, id := range others {
			lines.list(find.found[id])
		}
		if left := find.beyond(); left > 0 {
			a.stderr.message(fmt.Sprintf("teardown: %s: %s more; %s", args[0], count(left, "connection", "connections"), beyondHint))
		}
		return lines.finish()
	}
	if err := again(&gathering{explain}); err != nil {
		return err
	}
	_, colour := terminalWidth(fileOf(a.stdout))
	for i, id := range few {
		text := find.found[id].ladder(want.all, colour)
		if i > 0 {
			text = "\n" + text
		}
		if _, err := io.WriteString(a.stdout, text); err != nil {
			return err
		}
	}
	_, err := io.WriteString(a.stdout, find.list(args[0], others))
	return err
}

// fileOf returns the file behind a writer, or nil.
func fileOf(w io.Writer) *os.File {
	f, _ := w.(*os.File)
	return f
}

// pass reads the capture once into the sink and says on the console what is wrong with it.
func (a *app) pass(ctx context.Context, opt *options, args []string, s sink, c *console) error {
	surroundings := *a
	surroundings.stderr = c
	r, err := surroundings.newRun(opt, args)
	if err != nil {
		return err
	}
	r.sink, r.fate = s, "are read"
	if err := r.read(ctx); err != nil {
		return err
	}
	if r.interrupted {
		return errInterrupted
	}
	if r.captures() == 0 {
		return errNoCapture
	}
	a.status = r.status()
	return nil
}

// A gathering is the second pass: the packets of the connections that were found.
type gathering struct{ found map[int64]*explained }

func (g *gathering) packets(b *table.Packets, done func()) error {
	for i := range b.N {
		if b.ConnId.Null(i) {
			continue
		}
		if e := g.found[b.ConnId.Values[i]]; e != nil {
			e.add(b, i)
		}
	}
	done()
	return nil
}

func (g *gathering) connections(_ *table.Connections, done func()) error { done(); return nil }
