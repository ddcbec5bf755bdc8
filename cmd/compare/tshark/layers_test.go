package tshark

import (
	"reflect"
	"strings"
	"testing"
)

func TestInnermost(t *testing.T) {
	for protocols, want := range map[string]packet{
		"eth:ethertype:arp":            {ethers: 1},
		"eth:ethertype:ip:tcp:http":    {ethers: 1, network: "ip", transport: "tcp", networks: 1, tcps: 1},
		"eth:ethertype:vlan:ip:udp":    {ethers: 1, network: "ip", transport: "udp", networks: 1, vlans: []tag{{"vlan.id", 0}}},
		"eth:ethertype:ip:icmp:ip:tcp": {ethers: 1, network: "ip", transport: "icmp", networks: 1, tcps: 1}, // a quote, no tunnel
		"eth:ip:udp:wg:ip:tcp":         {ethers: 1, network: "ip", transport: "udp", networks: 1, tcps: 1},  // decrypted
		"eth:ethertype:ip:ip:tcp":      {ethers: 1, network: "ip", networkN: 1, transport: "tcp", networks: 2, tcps: 1},
		"eth:ethertype:ipv6:ip:udp":    {ethers: 1, network: "ip", transport: "udp", networks: 2},
		"eth:ip:udp:vxlan:eth:ip:udp":  {ethers: 2, network: "ip", networkN: 1, transport: "udp", transportN: 1, networks: 2},
		"eth:ip:udp:gtp:ip:ospf":       {ethers: 1, network: "ip", networkN: 1, networks: 2},
		"eth:ipv6:ipv6.hopopts:ipv6.fraghdr:data": {ethers: 1, network: "ipv6", networks: 1,
			extensions: []string{"ipv6.hopopts", "ipv6.fraghdr"}, extensionN: []int{0, 0}},
		"raw:ip:udplite": {network: "ip", transport: "udplite", networks: 1},
	} {
		got := innermost(&frame{protocols: strings.Split(protocols, ":")})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", protocols, got, want)
		}
	}
}
