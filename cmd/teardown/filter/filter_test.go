package filter

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// packets are the rows that filters choose from; their numbers are those of the tests.
func packets() *table.Packets {
	b := table.NewPackets(8)
	add := func(src, dst string, proto, sport, dport int32, length int64) int {
		i := b.N
		b.N++
		b.FrameLen.Set(i, length)
		if src == "" {
			return i
		}
		s, d := netip.MustParseAddr(src), netip.MustParseAddr(dst)
		b.SrcIp.Values[i], b.DstIp.Values[i] = addressOf(s), addressOf(d)
		b.IpVersion.Set(i, int32(b.SrcIp.Values[i].Version))
		b.IpProto.Set(i, proto)
		if sport >= 0 {
			b.SrcPort.Set(i, sport)
			b.DstPort.Set(i, dport)
		}
		return i
	}
	i := add("192.0.2.10", "198.51.100.80", 6, 50000, 80, 74) // 0: SYN
	b.TcpFlags.Set(i, 0x002)
	i = add("198.51.100.80", "192.0.2.10", 6, 80, 50000, 1514) // 1: PSH, ACK, in VLAN 100 within 7
	b.TcpFlags.Set(i, 0x118)
	b.VlanId.Set(i, 7)
	b.VlanInnerId.Set(i, 100)
	add("192.0.2.11", "192.0.2.53", 17, 5353, 53, 80)      // 2
	add("2001:db8::1", "2001:db8::2", 17, 40000, 53, 100)  // 3
	add("192.0.2.10", "192.0.2.1", 1, -1, -1, 98)          // 4: ICMP
	add("2001:db8::1", "2001:db8:ffff::2", 58, -1, -1, 98) // 5: ICMPv6
	i = add("2001:db8::1", "2001:db8::2", 6, 80, 22, 60)   // 6: RST
	b.TcpFlags.Set(i, 0x004)
	add("", "", 0, -1, -1, 42) // 7: no IP
	return b
}

func TestMatch(t *testing.T) {
	b := packets()
	for _, test := range []struct{ filter, want string }{
		{"ip", "0124"}, {"ip6", "356"}, {"tcp", "016"}, {"udp", "23"}, {"icmp", "4"}, {"icmp6", "5"}, {"sctp", ""},
		{"not ip and not ip6", "7"}, {"! ip && ! ip6", "7"},
		{"host 192.0.2.10", "014"}, {"192.0.2.10", "014"}, {"src host 192.0.2.10", "04"}, {"dst 192.0.2.10", "1"},
		{"src 2001:db8::1", "356"}, {"ip host 2001:db8::1", ""}, {"host 2001:DB8:0::1", "356"},
		{"src and dst net 192.0.2.0/24", "24"}, {"src or dst host 192.0.2.10", "014"},
		{"net 192.0.2", "0124"}, {"dst net 198.51.100.0/24", "0"}, {"net 2001:db8::/48", "356"}, {"dst net 2001:db8::/48", "36"},
		{"net 192.0.2.0 mask 255.255.255.0", "0124"}, {"net 0.0.0.0/0", "0124"}, {"dst net 192.0.2.0/27", "14"}, {"net ::/0", "356"},
		{"port 80", "016"}, {"src port 80", "16"}, {"dst port 80", "0"}, {"tcp port 53", ""}, {"udp port 53", "23"}, {"ip6 port 80", "6"},
		{"udp dst port 53 and ip6", "3"}, {"port 80 or 53", "01236"}, {"tcp dst port 80 or 22", "06"}, {"portrange 22-79", "236"},
		{"portrange 79-22", "236"}, {"host 192.0.2.11 or 192.0.2.1", "24"}, {"not host 192.0.2.10 and 192.0.2.53", "2"},
		{"vlan", "1"}, {"vlan 100", "1"}, {"vlan 7", "1"}, {"vlan 8", ""}, {"vlan 100 and tcp", "1"},
		{"less 60", "67"}, {"greater 100", "13"}, {"less 0x3c", "67"},
		{"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "0"}, {"tcp[tcpflags] & tcp-rst != 0", "6"}, {"tcp[13] == 2", "0"},
		{"tcp[tcpflags] = (tcp-push|tcp-ack)", "1"}, {"tcp[tcpflags] & (tcp-syn|tcp-fin) = 0", "16"}, {"tcp[tcpflags]&4!=0", "6"},
		{"tcp [ tcpflags ] >= 0x4", "16"}, {"not tcp[tcpflags] & tcp-rst != 0", "0123457"},
		// "and" and "or" bind alike, from left to right
		{"icmp or udp and ip6", "3"}, {"icmp or (udp and ip6)", "34"}, {"(icmp or udp) and not ip6", "24"}, {"not (tcp or udp)", "457"},
		{"not not icmp", "4"}, {"tcp and ( port 22 )", "6"},
	} {
		f, err := Parse(test.filter)
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		got := ""
		for i := range b.N {
			if f.Match(b, i) {
				got += fmt.Sprint(i)
			}
		}
		if got != test.want {
			t.Errorf("%s: packets %q, want %q", test.filter, got, test.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		filter string
		at     int
		word   string
		what   string
	}{
		{"", 1, "", "a test is expected"},
		{"tcp and", 8, "", "a test is expected"},
		{"ether host 02:00:5e:10:00:01", 1, "ether", "is not understood; these are: host"},
		{"tcp and arp", 9, "arp", "is not understood"},
		{"tcp or broadcast", 8, "broadcast", "is not understood"},
		{"host example.org", 6, "example.org", "names are not looked up"},
		{"host", 5, "", "a value of host is missing"},
		{"port http", 6, "http", "no port"},
		{"port 65536", 6, "65536", "no port"},
		{"portrange 80", 11, "80", "no range of ports"},
		{"net 192.0.2.7/24", 5, "192.0.2.7/24", "write 192.0.2.0/24"},
		{"net 1.2.3.4.5", 5, "1.2.3.4.5", "no network"},
		{"net 192.0.2.0 mask 255.0.255.0", 20, "255.0.255.0", "the mask has gaps"},
		{"icmp port 80", 6, "port", "icmp has no ports"},
		{"tcp host 192.0.2.1", 5, "host", "write: tcp and host"},
		{"src tcp", 5, "tcp", "after src and dst"},
		{"tcp udp", 5, "udp", "and, or, or the end"},
		{"(tcp", 5, "", "a closing parenthesis"},
		{"tcp)", 4, ")", "and, or, or the end"},
		{"tcp[0:2] = 80", 5, "0:2", "only tcp[tcpflags]"},
		{"tcp[tcpflags]", 14, "", "a comparison is expected"},
		{"tcp[tcpflags] & tcp-foo != 0", 17, "tcp-foo", "a number or a flag"},
		{"udp[4] = 1", 4, "[", "and, or, or the end"},
		{"vlan 4096", 6, "4096", "VLAN identifiers"},
		{"less many", 6, "many", "a number of bytes"},
		{"tcp ; rm", 5, ";", "this character"},
		{"é", 1, "é", "this character"},
		{strings.Repeat("(", 1000) + "tcp", 201, "(", "too many parentheses"},
		{strings.Repeat("! ", 1000) + "tcp", 401, "!", "too many parentheses"},
	} {
		_, err := Parse(test.filter)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%.40s: %v, want an error", test.filter, err)
			continue
		}
		if e.Position != test.at || e.Word != test.word || !strings.Contains(e.What, test.what) {
			t.Errorf("%.40s: position %d, %q: %s; want position %d, %q, %s", test.filter, e.Position, e.Word, e.What, test.at, test.word, test.what)
		}
	}
}

// FuzzParse wants no panic, and errors of the documented type.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"tcp port 80 or 443", "not (src net 10 or vlan 3)", "tcp[tcpflags] & (tcp-syn|2) != 0", "portrange 1-", "src or dst", "net 10 mask 255"} {
		f.Add(text)
	}
	b := packets()
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := Parse(text)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Position < 1 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for i := range b.N {
			filter.Match(b, i)
		}
	})
}
