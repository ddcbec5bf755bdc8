package tshark

import (
	"slices"
	"strings"
)

// A kind says what a reason means for the judgement.
type kind int

const (
	meant  kind = iota // a difference that we want; few rows may have one
	given              // one that the definition of the column asks for, however often
	coming             // a part of the converter that is still to come
)

// A reason is a documented cause of differences. The list is closed: a test
// holds it against the sections of docs/differences.md, which have the why.
type reason struct {
	name    string
	kind    kind
	columns []string // that it can explain; a last "*" stands for any ending
	when    func(d *difference) bool
}

// innerColumns are filled from the innermost packet.
var innerColumns = []string{"ip_*", "src_*", "dst_*", "icmp_*", "tcp_*", "payload_len"}

// reasons are tried in order; the first that holds explains a difference.
var reasons = []reason{
	{"payload of a first fragment", given, []string{"payload_len"}, func(d *difference) bool {
		return d.mine.Null && d.ours("ip_mf").Text == "true" && d.ours("ip_frag_offset").Text == "0"
	}},
	{"IP length 0", given, []string{"ip_len"}, func(d *difference) bool {
		return d.mine.Text == "0"
	}},
	{"TCP header cut or of bad length", meant, []string{"tcp_seq", "tcp_ack", "tcp_flags", "tcp_window", "payload_len"}, func(d *difference) bool {
		bad := strings.HasPrefix(d.ours("decode_error").Text, "tcp:")
		return bad && (d.theirs.Null || d.column == "payload_len" && d.mine.Null)
	}},
	{"IPv6 extension header cut", meant, []string{"ip_proto"}, func(d *difference) bool {
		return strings.HasPrefix(d.ours("decode_error").Text, "ipv6: extension")
	}},
	{"end of a FabricPath frame", meant, []string{"payload_len", "tcp_window_scale", "tcp_ts*"}, func(d *difference) bool {
		return slices.Contains(d.frame.protocols, "cfp")
	}},
	{"interface of a later section", meant, []string{"interface"}, func(d *difference) bool {
		section := d.frame.one("frame.section_number")
		return section != "" && section != "1"
	}},
	{"fraction of a second out of range", meant, []string{"ts_ns"}, func(d *difference) bool {
		return strings.Contains(d.theirs.Text, ".")
	}},
	{"length beyond 31 bits", meant, []string{"frame_len"}, func(d *difference) bool {
		return d.theirs.Text == "2147483647"
	}},
	{"tunnel to come", coming, append([]string{"eth_*", "vlan_*"}, innerColumns...), func(d *difference) bool {
		return d.ours("tunnel").Null && (d.packet.networks > 1 || tunnelled(d.frame.protocols))
	}},
	{"link type to come", coming, append([]string{"eth_*", "vlan_*"}, innerColumns...), func(d *difference) bool {
		return strings.Contains(d.ours("decode_error").Text, "link type")
	}},
	{"stream numbers after what is to come", coming, []string{"tcp_stream"}, func(d *difference) bool {
		return d.renumbered
	}},
}

// tunnels are the layers of tshark that carry packets inside packets.
var tunnels = []string{
	"gre", "erspan", "vxlan", "geneve", "gtp", "l2tp", "ppp", "pppoes", "mpls", "teredo", "nsh", "capwap.data",
	"etherip", "batadv", "lwapp", "pwethheuristic", "pwethcw", "pwethnocw",
}

func tunnelled(protocols []string) bool {
	return slices.ContainsFunc(protocols, func(p string) bool { return slices.Contains(tunnels, p) })
}

// explains tells whether the reason is one for the column at all.
func (r *reason) explains(column string) bool {
	return slices.ContainsFunc(r.columns, func(c string) bool {
		start, any := strings.CutSuffix(c, "*")
		return c == column || any && strings.HasPrefix(column, start)
	})
}

// explain returns the reason for a difference, or nil.
func explain(d *difference) *reason {
	for i := range reasons {
		if r := &reasons[i]; r.explains(d.column) && r.when(d) {
			return r
		}
	}
	return nil
}
