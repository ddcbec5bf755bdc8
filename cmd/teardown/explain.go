package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// mostExplained is how many connections are explained at once.
const mostExplained = 10

// A choice says which connections to explain.
type choice struct {
	stream  int64
	frame   int64
	conn    int64
	address string
	all     bool // every packet of long connections
	json    bool

	end netip.AddrPort // address, parsed; port 0 for any
}

func (a *app) explainCommand() *cobra.Command {
	opt, want := &options{quiet: true, progress: "never"}, &choice{}
	cmd := &cobra.Command{
		Use:   "explain [flags] CAPTURE",
		Short: "Show a connection packet by packet, how it ended, and why we say so",
		Long: `Show a TCP connection as a ladder: who sent what, what each packet does, the rule that
decided, and at the end how the connection ended. Without a choice, all connections of
the capture are shown if they are few, and listed otherwise.`,
		Example: `  teardown explain capture.pcapng
  teardown explain capture.pcapng --frame 1017
  teardown explain capture.pcapng --address 192.0.2.7:443 --json`,
		Annotations: map[string]string{"status": statusHelp},
		RunE: func(cmd *cobra.Command, args []string) error {
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
		f.BoolVar(&want.json, "json", false, "write JSON, one object per connection")
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
	if err := want.check(); err != nil {
		return err
	}
	if err := opt.check(); err != nil {
		return err
	}
	find := &finding{want: want, ids: map[int64]bool{}, found: map[int64]*explained{}}
	if err := a.pass(ctx, opt, args, find); err != nil {
		return err
	}
	if !want.chosen() && len(find.order) > mostExplained {
		_, err := io.WriteString(a.stdout, find.list(args[0]))
		return err
	}
	find.keep()
	if len(find.order) == 0 {
		return fmt.Errorf("%s: %s", args[0], want.nothing(find.tcp))
	}
	gather := &gathering{found: find.found}
	if err := a.pass(ctx, opt, args, gather); err != nil {
		return err
	}
	_, colour := terminalWidth(fileOf(a.stdout))
	for i, id := range find.order {
		e := find.found[id]
		if want.json {
			enc := json.NewEncoder(a.stdout)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(e.object()); err != nil {
				return err
			}
			continue
		}
		text := e.ladder(want.all, colour)
		if i > 0 {
			text = "\n" + text
		}
		if _, err := io.WriteString(a.stdout, text); err != nil {
			return err
		}
	}
	return nil
}

// fileOf returns the file behind a writer, or nil.
func fileOf(w io.Writer) *os.File {
	f, _ := w.(*os.File)
	return f
}

// pass reads the capture once into the sink.
func (a *app) pass(ctx context.Context, opt *options, args []string, s sink) error {
	r, err := a.newRun(opt, args)
	if err != nil {
		return err
	}
	r.sink = s
	if err := r.read(ctx); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errInterrupted
	}
	if r.captures() == 0 {
		return errNoCapture
	}
	a.status = r.status(ctx)
	return nil
}

func (c *choice) chosen() bool {
	return c.stream >= 0 || c.frame > 0 || c.conn >= 0 || c.address != ""
}

func (c *choice) check() error {
	n := 0
	for _, set := range []bool{c.stream >= 0, c.frame > 0, c.conn >= 0, c.address != ""} {
		if set {
			n++
		}
	}
	if n > 1 {
		return usagef("choose by one of --stream, --frame, --conn and --address")
	}
	if c.address == "" {
		return nil
	}
	if end, err := netip.ParseAddrPort(c.address); err == nil {
		c.end = end
		return nil
	}
	addr, err := netip.ParseAddr(c.address)
	if err != nil {
		return usagef("--address %s is neither an address nor address:port", c.address)
	}
	c.end = netip.AddrPortFrom(addr, 0)
	return nil
}

// nothing says that no connection was found.
func (c *choice) nothing(tcp int64) string {
	switch {
	case c.frame > 0:
		return fmt.Sprintf("frame %d belongs to no TCP connection", c.frame)
	case c.chosen():
		return fmt.Sprintf("none of its %s is the one asked for", count(tcp, "TCP connection", "TCP connections"))
	}
	return "it has no TCP connections"
}

// A finding is the first pass: which connections are meant.
type finding struct {
	want  *choice
	ids   map[int64]bool // by --frame, known from packets
	found map[int64]*explained
	order []int64 // conn_id, in the order of first frames
	tcp   int64
	more  bool // there are more than are kept
}

func (f *finding) packets(b *table.Packets, done func()) error {
	if f.want.frame > 0 {
		for i := range b.N {
			if b.Frame.Values[i] == f.want.frame && !b.ConnId.Null(i) {
				f.ids[b.ConnId.Values[i]] = true
			}
		}
	}
	done()
	return nil
}

// mostListed is how many connections a list shows.
const mostListed = 200

func (f *finding) connections(b *table.Connections, done func()) error {
	for i := range b.N {
		if schemas.Proto(b.Proto.Codes[i]) != schemas.ProtoTcp {
			continue
		}
		f.tcp++
		if !f.means(b, i) {
			continue
		}
		if len(f.order) == mostListed {
			f.more = true
			continue
		}
		e := newExplained(b, i)
		f.found[e.id] = e
		f.order = insertSorted(f.order, e.id)
	}
	done()
	return nil
}

// insertSorted keeps ids, which grow with the first frame, in order.
func insertSorted(ids []int64, id int64) []int64 {
	i := len(ids)
	ids = append(ids, id)
	for ; i > 0 && ids[i-1] > id; i-- {
		ids[i] = ids[i-1]
	}
	ids[i] = id
	return ids
}

// means reports whether the connection of row i is one of those asked for.
func (f *finding) means(b *table.Connections, i int) bool {
	w := f.want
	switch {
	case w.stream >= 0:
		return !b.TcpStream.Null(i) && b.TcpStream.Values[i] == w.stream
	case w.conn >= 0:
		return b.ConnId.Values[i] == w.conn
	case w.frame > 0:
		return f.ids[b.ConnId.Values[i]]
	case w.address != "":
		is := func(a table.Addr, port int32) bool {
			return a.Netip() == w.end.Addr() && (w.end.Port() == 0 || int32(w.end.Port()) == port)
		}
		return is(b.OrigIp.Values[i], b.OrigPort.Values[i]) || is(b.RespIp.Values[i], b.RespPort.Values[i])
	}
	return true
}

// keep drops the connections beyond those that are explained at once.
func (f *finding) keep() {
	if len(f.order) > mostExplained {
		for _, id := range f.order[mostExplained:] {
			delete(f.found, id)
		}
		f.order = f.order[:mostExplained]
	}
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
