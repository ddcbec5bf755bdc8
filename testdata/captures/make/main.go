package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

// captures lists every file that this program writes.
var captures = []struct {
	name string
	make func() []byte
}{
	{"web.pcapng", func() []byte { return pcapng(webStory(), "eth0") }},
	{"mixed.pcap", func() []byte { return pcap(mixedStory(), mixedSnapLength) }},
}

func main() {
	dir := flag.String("o", filepath.Join("testdata", "captures"), "folder to write to")
	flag.Parse()
	for _, c := range captures {
		data := c.make()
		if err := os.WriteFile(filepath.Join(*dir, c.name), data, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "make:", err)
			os.Exit(1)
		}
		fmt.Printf("%s %d bytes\n", c.name, len(data))
	}
}
