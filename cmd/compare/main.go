package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/pcap-teardown/teardown/cmd/compare/analysis"
	"github.com/pcap-teardown/teardown/cmd/compare/causes"
	"github.com/pcap-teardown/teardown/cmd/compare/cores"
	"github.com/pcap-teardown/teardown/cmd/compare/growth"
	"github.com/pcap-teardown/teardown/cmd/compare/parity"
	"github.com/pcap-teardown/teardown/cmd/compare/readers"
	"github.com/pcap-teardown/teardown/cmd/compare/speed"
	"github.com/pcap-teardown/teardown/cmd/compare/tshark"
	"github.com/pcap-teardown/teardown/cmd/compare/zeek"
)

// commands are the comparisons. Run gets the arguments after the name; an error
// means that the comparison failed or could not be made.
var commands = []struct {
	name, about string
	run         func(ctx context.Context, args []string) error
}{
	{"tshark", "every packet, field by field, with tshark", tshark.Run},
	{"analysis", "what segments do, with Wireshark's tcp.analysis flags", analysis.Run},
	{"causes", "what causes are stated, with captures whose causes are known", causes.Run},
	{"parity", "every packet and connection, with the plugin in tshark", parity.Run},
	{"zeek", "connections, with Zeek's conn.log", zeek.Run},
	{"readers", "every value, with DuckDB, pyarrow, pandas, polars and Spark", readers.Run},
	{"cores", "CPU time of each stage, and what more cores would do", cores.Run},
	{"growth", "CPU time and memory, as connections and bytes grow", growth.Run},
	{"speed", "CPU time, with flow meters, tshark and DuckDB; what the plugin costs", speed.Run},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) > 1 {
		for _, c := range commands {
			if c.name != os.Args[1] {
				continue
			}
			err := c.run(ctx, os.Args[2:])
			switch {
			case err == nil:
				return
			case errors.Is(err, flag.ErrHelp):
				os.Exit(2)
			}
			fmt.Fprintf(os.Stderr, "compare %s: %v\n", c.name, err)
			os.Exit(1)
		}
	}
	fmt.Fprintln(os.Stderr, "usage: compare COMMAND [flags] CAPTURES...")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-10s %s\n", c.name, c.about)
	}
	os.Exit(2)
}
