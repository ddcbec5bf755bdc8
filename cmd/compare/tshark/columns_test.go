package tshark

import (
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
)

// line makes a frame out of "field=value,value" words.
func line(words string) *frame {
	values := map[string][]string{}
	for word := range strings.FieldsSeq(words) {
		name, list, _ := strings.Cut(word, "=")
		values[name] = strings.Split(list, ",")
	}
	f := newFrame(values)
	return &f
}

// row returns what every column should hold, those without value left out;
// a column that cannot be compared is "?".
func row(f *frame) string {
	p := innermost(f)
	var words []string
	for _, c := range columns {
		switch cell, ok := c.theirs(f, &p); {
		case !ok:
			words = append(words, c.name+"=?")
		case cell != dataset.None:
			words = append(words, c.name+"="+cell.Text)
		}
	}
	return strings.Join(words, " ")
}

func TestColumns(t *testing.T) {
	const head = "frame.number=7 frame.time_epoch=1700000000.000000001 frame.len=60 frame.cap_len=54 frame.interface_name=eth0 "
	const mine = "frame=7 ts_ns=1700000000000000001 frame_len=60 cap_len=54 interface=eth0 "
	for _, test := range []struct{ name, frame, want string }{
		{"TCP over IPv4",
			"frame.protocols=eth:ethertype:ip:tcp eth.src=a eth.dst=b ip.src=1.2.3.4 ip.dst=5.6.7.8 ip.proto=6 ip.len=40 ip.ttl=64 ip.id=0x00ff " +
				"ip.dsfield.dscp=46 ip.dsfield.ecn=1 ip.flags.df=1 ip.flags.mf=0 ip.frag_offset=0 tcp.srcport=80 tcp.dstport=81 tcp.flags=0x0012 " +
				"tcp.seq_raw=1 tcp.ack_raw=2 tcp.window_size_value=3 tcp.len=0 tcp.options.mss_val=1460 tcp.options.sack_perm=0402 tcp.stream=9",
			"eth_src=a eth_dst=b ip_version=4 src_ip=1.2.3.4 dst_ip=5.6.7.8 ip_proto=6 ip_len=40 ip_ttl=64 ip_id=255 ip_dscp=46 ip_ecn=1 " +
				"ip_df=true ip_mf=false ip_frag_offset=0 src_port=80 dst_port=81 tcp_flags=18 tcp_seq=1 tcp_ack=2 tcp_window=3 payload_len=0 " +
				"tcp_mss=1460 tcp_sack_permitted=true tcp_stream=9"},
		{"an ICMP error and what it quotes",
			"frame.protocols=eth:ip:icmp:ip:tcp ip.src=1.1.1.1,2.2.2.2 ip.dst=2.2.2.2,3.3.3.3 ip.proto=1,6 icmp.type=3 icmp.code=1 " +
				"tcp.srcport=80 tcp.dstport=81 tcp.options.mss_val=1460 tcp.stream=4",
			"ip_version=4 src_ip=1.1.1.1 dst_ip=2.2.2.2 ip_proto=1 icmp_type=3 icmp_code=1"},
		{"a first fragment of IPv6 behind options, VLAN in VLAN",
			"frame.protocols=eth:ieee8021ad:vlan:vlan:ipv6:ipv6.hopopts:ipv6.fraghdr:udp ieee8021ad.id=100 vlan.id=5,7 ipv6.src=2001:DB8:0:0::1 ipv6.dst=::1 ipv6.nxt=0 ipv6.plen=24 " +
				"ipv6.flow=0x012345 ipv6.hlim=3 ipv6.hopopts.nxt=44 ipv6.fraghdr.nxt=17 ipv6.fraghdr.ident=0x1234 ipv6.fraghdr.offset=0 ipv6.fraghdr.more=1 " +
				"udp.srcport=5 udp.dstport=6 udp.length=108",
			"vlan_id=100 vlan_inner_id=7 ip_version=6 src_ip=2001:db8::1 dst_ip=::1 ip_proto=17 ip_len=64 ip_ttl=3 ip_id=4660 ip_mf=true " +
				"ip_frag_offset=0 ip_flow_label=74565 src_port=5 dst_port=6 payload_len=100"},
		{"a tunnel of Ethernet, and an authentication header",
			"frame.protocols=eth:ip:udp:vxlan:eth:ip:ah:udp eth.src=a,c eth.dst=b,d ip.src=1.1.1.1,2.2.2.2 ip.proto=17,51 ah.next_header=17 udp.srcport=4789,5",
			"eth_src=c eth_dst=d ip_version=4 src_ip=2.2.2.2 ip_proto=17 src_port=5"},
		{"a tunnel: options of two TCP headers cannot be told apart",
			"frame.protocols=eth:ip:tcp:ip:tcp ip.src=1.1.1.1,2.2.2.2 tcp.srcport=1,2 tcp.options.mss_val=1460",
			"ip_version=4 src_ip=2.2.2.2 src_port=2 tcp_mss=? tcp_window_scale=? tcp_sack_permitted=? tcp_tsval=? tcp_tsecr=?"},
	} {
		if got, want := row(line(head+test.frame)), mine+test.want; got != want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, want)
		}
	}
}

func TestNanoseconds(t *testing.T) {
	for in, want := range map[string]string{
		"0.000000000": "0", "1.500000000": "1500000000", "1.1882137472": "1.1882137472", "-1.000000001": "-1000000001", "1700000000.000000001": "1700000000000000001",
	} {
		if got := nanoseconds(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}
