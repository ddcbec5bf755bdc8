package main

import (
	"github.com/spf13/pflag"

	"github.com/pcap-teardown/teardown/classify"
)

// zeekOptions are the flags that speak of Zeek and of Community ID.
type zeekOptions struct {
	connections string
	seed        uint16
}

// cutters are the values of --connections.
var cutters = []string{"default", "zeek"}

func (z *zeekOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&z.connections, "connections", cutters[0], "`RULE` that says where connections begin and end and who is the\noriginator: default (ours) or zeek")
	f.Uint16Var(&z.seed, "community-id-seed", 0, "the `SEED` of community_id (default: 0)")
}

func (z *zeekOptions) check() error { return oneOf("connections", z.connections, cutters) }

// apply hands the flags to the classifier.
func (z *zeekOptions) apply(o *classify.Options) {
	o.CommunityIDSeed = z.seed
	if z.connections == "zeek" {
		o.Cutter = classify.CutZeek
	}
}
