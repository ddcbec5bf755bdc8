package tshark

import "slices"

// A reason is a documented cause of differences. The list is closed: a test
// holds it against the sections of docs/differences.md.
type reason struct {
	name    string
	coming  bool     // a part of the converter that is still to come, not a difference that is meant
	columns []string // that it can explain; nil: any
	when    func(d *difference) bool
}

// reasons are tried in order; the first that holds explains a difference.
var reasons = []reason{
	{
		name: "tunnel to come", coming: true,
		when: func(d *difference) bool {
			return d.ours("tunnel").Null && (d.packet.networks > 1 || tunnelled(d.frame.protocols))
		},
	},
	{
		name: "link type to come", coming: true,
		when: func(d *difference) bool { return !slices.Contains(linkTypes, d.ours("link_type").Text) },
	},
	{
		name: "stream numbers after what is to come", coming: true,
		columns: []string{"tcp_stream"},
		when:    func(d *difference) bool { return d.renumbered },
	},
}

// linkTypes are the LINKTYPE_ values that the converter decodes: BSD loopback
// (0, 108), Ethernet (1), raw IP (12, 101, 228, 229), Linux cooked (113, 276).
var linkTypes = []string{"0", "1", "12", "14", "101", "108", "113", "228", "229", "276"}

// tunnels are the layers of tshark that carry packets inside packets.
var tunnels = []string{
	"gre", "erspan", "vxlan", "geneve", "gtp", "l2tp", "ppp", "pppoes", "mpls", "teredo", "nsh", "capwap",
	"etherip", "wireguard", "batadv", "lwapp", "cdma2k", "pwethheuristic", "pwethcw", "pwethnocw",
}

func tunnelled(protocols []string) bool {
	return slices.ContainsFunc(protocols, func(p string) bool { return slices.Contains(tunnels, p) })
}

// explain returns the name of the reason for a difference, or "".
func explain(d *difference) *reason {
	for i := range reasons {
		r := &reasons[i]
		if (r.columns == nil || slices.Contains(r.columns, d.column)) && r.when(d) {
			return r
		}
	}
	return nil
}
