package tshark

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// A column is a column of packets with the value that tshark's fields give it.
// ok is false where these fields do not tell: then nothing is compared.
type column struct {
	name   string
	theirs func(f *frame, p *packet) (cell dataset.Cell, ok bool)
}

var columns = []column{
	{"frame", outer("frame.number", decimal)},
	{"ts_ns", outer("frame.time_epoch", nanoseconds)},
	{"frame_len", outer("frame.len", decimal)},
	{"cap_len", outer("frame.cap_len", decimal)},
	{"interface", interfaceName},
	{"eth_src", ethernet("eth.src")},
	{"eth_dst", ethernet("eth.dst")},
	{"vlan_id", vlan(0, first)},
	{"vlan_inner_id", vlan(1, last)},
	{"ip_version", ipVersion},
	{"src_ip", network("ip.src", "ipv6.src", address)},
	{"dst_ip", network("ip.dst", "ipv6.dst", address)},
	{"ip_proto", ipProto},
	{"ip_len", ipLen},
	{"ip_ttl", network("ip.ttl", "ipv6.hlim", decimal)},
	{"ip_id", fragment("ip.id", "ipv6.fraghdr.ident", decimal)},
	{"ip_dscp", network("ip.dsfield.dscp", "ipv6.tclass.dscp", decimal)},
	{"ip_ecn", network("ip.dsfield.ecn", "ipv6.tclass.ecn", decimal)},
	{"ip_df", network("ip.flags.df", "", truth)},
	{"ip_mf", fragment("ip.flags.mf", "ipv6.fraghdr.more", truth)},
	{"ip_frag_offset", fragment("ip.frag_offset", "ipv6.fraghdr.offset", octets)},
	{"ip_flow_label", network("", "ipv6.flow", decimal)},
	{"src_port", port("srcport")},
	{"dst_port", port("dstport")},
	{"icmp_type", icmp("type")},
	{"icmp_code", icmp("code")},
	{"tcp_flags", tcp("tcp.flags", decimal)},
	{"tcp_seq", tcp("tcp.seq_raw", decimal)},
	{"tcp_ack", tcp("tcp.ack_raw", decimal)},
	{"tcp_window", tcp("tcp.window_size_value", decimal)},
	{"payload_len", payloadLen},
	{"tcp_mss", option("tcp.options.mss_val", decimal)},
	{"tcp_window_scale", option("tcp.options.wscale.shift", decimal)},
	{"tcp_sack_permitted", option("tcp.options.sack_perm", present)},
	{"tcp_tsval", option("tcp.options.timestamp.tsval", decimal)},
	{"tcp_tsecr", option("tcp.options.timestamp.tsecr", decimal)},
	{"tcp_stream", tcp("tcp.stream", decimal)},
}

// A value is the text of a cell made from the text of a field.
type value func(string) string

func cell(text string, v value) dataset.Cell {
	if text == "" {
		return dataset.None
	}
	return dataset.Text(v(text))
}

func same(s string) string  { return s }
func present(string) string { return "true" }
func truth(s string) string { return strconv.FormatBool(s == "1" || s == "True") }
func address(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String() // RFC 5952
	}
	return s
}

// decimal turns decimal, 0x and zero-led hexadecimal numbers into decimal.
func decimal(s string) string {
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return s
	}
	return strconv.FormatUint(n, 10)
}

// octets turns a number of 8-byte units, as fragment offsets are on the wire, into bytes.
func octets(s string) string {
	n, err := strconv.Atoi(decimal(s))
	if err != nil {
		return s
	}
	return strconv.Itoa(8 * n)
}

// nanoseconds turns seconds with nine decimals into nanoseconds. tshark prints
// more of them where the file holds no proper fraction: that is left as it is.
func nanoseconds(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	if len(fraction) != len("000000000") {
		return s
	}
	text := strings.TrimLeft(strings.TrimPrefix(whole, "-")+fraction, "0")
	switch {
	case text == "":
		return "0"
	case strings.HasPrefix(whole, "-"):
		return "-" + text
	}
	return text
}

// outer is a field of which the outermost counts.
func outer(field string, v value) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, _ *packet) (dataset.Cell, bool) { return cell(f.one(field), v), true }
}

// network is a field of the innermost IP header, by IP version; "" has none.
func network(v4, v6 string, v value) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, p *packet) (dataset.Cell, bool) {
		field := v4
		if p.network == "ipv6" {
			field = v6
		}
		if p.network == "" || field == "" {
			return dataset.None, true
		}
		return cell(f.nth(field, p.networkN), v), true
	}
}

// fragment is a field of the innermost IPv4 header, or of the IPv6 fragment
// header of the innermost packet.
func fragment(v4, v6 string, v value) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, p *packet) (dataset.Cell, bool) {
		if p.network != "ipv6" {
			return network(v4, "", v)(f, p)
		}
		i := slices.Index(p.extensions, "ipv6.fraghdr")
		if i < 0 {
			return dataset.None, true
		}
		return cell(f.nth(v6, p.extensionN[i]), v), true
	}
}

func interfaceName(f *frame, _ *packet) (dataset.Cell, bool) {
	name := f.one("frame.interface_name")
	return dataset.Text(name), name != "" && name != "unknown"
}

// ethernet is an address of the innermost Ethernet header. The outermost may
// have none, where it is FabricPath's.
func ethernet(field string) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, p *packet) (dataset.Cell, bool) {
		return cell(f.nth(field, min(p.ethers, len(f.values[field]))-1), same), true
	}
}

// vlan is the identifier of one of the tags, null with no more than skip of them.
func vlan(skip int, which func([]tag) tag) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, p *packet) (dataset.Cell, bool) {
		if len(p.vlans) <= skip {
			return dataset.None, true
		}
		t := which(p.vlans)
		return cell(f.nth(t.field, t.n), decimal), true
	}
}

func first(tags []tag) tag { return tags[0] }
func last(tags []tag) tag  { return tags[len(tags)-1] }

func ipVersion(f *frame, p *packet) (dataset.Cell, bool) {
	switch {
	case p.network == "ip" && f.nth("ip.src", p.networkN) != "":
		return dataset.Text("4"), true
	case p.network == "ipv6" && f.nth("ipv6.src", p.networkN) != "":
		return dataset.Text("6"), true
	}
	return dataset.None, p.network == "" // a header cut short: see ip_len and its neighbours
}

func ipProto(f *frame, p *packet) (dataset.Cell, bool) {
	field := map[string]string{"ip": "ip.proto", "ipv6": "ipv6.nxt"}[p.network]
	next := f.nth(field, p.networkN)
	for i, name := range p.extensions {
		if p.network == "ip" && name != "ah" {
			continue // damage: IPv4 has no other extension header
		}
		next = f.nth(extensionNext[name], p.extensionN[i])
	}
	return cell(next, decimal), true
}

func ipLen(f *frame, p *packet) (dataset.Cell, bool) {
	if p.network != "ipv6" {
		return network("ip.len", "", decimal)(f, p)
	}
	n, err := strconv.Atoi(f.nth("ipv6.plen", p.networkN))
	if err != nil {
		return dataset.None, true
	}
	const header = 40
	return dataset.Text(strconv.Itoa(header + n)), true
}

func port(end string) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, p *packet) (dataset.Cell, bool) {
		switch p.transport {
		case "", "icmp", "icmpv6":
			return dataset.None, true
		}
		return cell(f.nth(prefix(p.transport)+"."+end, p.transportN), decimal), true
	}
}

func icmp(part string) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, p *packet) (dataset.Cell, bool) {
		if p.transport != "icmp" && p.transport != "icmpv6" {
			return dataset.None, true
		}
		return cell(f.nth(p.transport+"."+part, p.transportN), decimal), true
	}
}

// tcp is a field that every TCP header has.
func tcp(field string, v value) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, p *packet) (dataset.Cell, bool) {
		if p.transport != "tcp" {
			return dataset.None, true
		}
		return cell(f.nth(field, p.transportN), v), true
	}
}

// option is a field that only some TCP headers have: with several headers in a
// frame, tshark's list of values does not tell whose it is.
func option(field string, v value) func(*frame, *packet) (dataset.Cell, bool) {
	return func(f *frame, p *packet) (dataset.Cell, bool) {
		if p.transport != "tcp" {
			return dataset.None, true
		}
		return cell(f.one(field), v), p.tcps == 1
	}
}

func payloadLen(f *frame, p *packet) (dataset.Cell, bool) {
	switch p.transport {
	case "tcp":
		return cell(f.nth("tcp.len", p.transportN), decimal), true
	case "udp", "udplite":
		n, err := strconv.Atoi(f.nth("udp.length", p.transportN))
		if err != nil {
			return dataset.None, true
		}
		const header = 8
		return dataset.Text(strconv.Itoa(n - header)), true
	}
	return dataset.None, true
}
