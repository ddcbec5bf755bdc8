package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/pcap-teardown/teardown/cmd/capgen/mix"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "capgen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("capgen", flag.ExitOnError)
	name := flags.String("mix", mix.Mixes[0].Name, "kind of traffic")
	packets := flags.Int64("packets", 1_000_000, "packets to write")
	live := flags.Int("live", 0, "connections alive at once (default: the mix's own)")
	seed := flags.Uint64("seed", 1, "another seed gives other traffic of the same kind")
	output := flags.String("o", "-", "capture to write, - for stdout")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "capgen writes a pcap capture of one of these mixes:\n\n")
		for _, m := range mix.Mixes {
			fmt.Fprintf(flags.Output(), "  %-6s  %s\n", m.Name, m.Meaning)
		}
		fmt.Fprintf(flags.Output(), "\nFlags:\n")
		flags.PrintDefaults()
	}
	flags.Parse(args)

	m, err := mix.Lookup(*name)
	if err != nil {
		return err
	}
	if *live > 0 {
		m.Live = *live
	}
	var out io.Writer = os.Stdout
	if *output != "-" {
		f, err := os.Create(*output)
		if err != nil {
			return err
		}
		defer f.Close()
		out = f
	}
	buffered := bufio.NewWriterSize(out, 1<<20)
	if err := mix.Write(buffered, m, *packets, *seed); err != nil {
		return err
	}
	return buffered.Flush()
}
