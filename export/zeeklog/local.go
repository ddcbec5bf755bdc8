package zeeklog

import (
	"net/netip"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// localNets are the networks that Zeek takes for local by default (Site::private_address_space):
// those that IANA's special-purpose address registries call not globally reachable, and the same
// ones within 6to4.
var localNets = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"),
	netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/128"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:2::/48"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("2002::/24"), netip.MustParsePrefix("2002:a00::/24"), netip.MustParsePrefix("2002:6440::/26"),
	netip.MustParsePrefix("2002:7f00::/24"), netip.MustParsePrefix("2002:a9fe::/32"), netip.MustParsePrefix("2002:ac10::/28"),
	netip.MustParsePrefix("2002:c000::/40"), netip.MustParsePrefix("2002:c000:200::/40"), netip.MustParsePrefix("2002:c0a8::/32"),
	netip.MustParsePrefix("2002:c612::/31"), netip.MustParsePrefix("2002:c633:6400::/40"), netip.MustParsePrefix("2002:cb00:7100::/40"),
	netip.MustParsePrefix("2002:f000::/20"),
}

// isLocal reports whether Zeek takes an address for local.
func isLocal(a table.Addr) bool {
	addr := a.Netip()
	for _, n := range localNets {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}
