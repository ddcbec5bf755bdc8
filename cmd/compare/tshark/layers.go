package tshark

import "slices"

// A packet says where in a frame the innermost packet stands: which layer of
// its kind the network and the transport header are, counted from 0.
type packet struct {
	network    string   // "ip", "ipv6" or "" if the frame has neither
	networkN   int      // which of these
	extensions []string // extension headers of the innermost packet, in order
	extensionN []int    // which of their kind

	transport  string // "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6" or ""
	transportN int

	networks int // IP packets inside each other, quotes not counted
	tcps     int // TCP headers of the whole frame, quotes counted
	ethers   int // Ethernet headers
	vlans    []tag
}

// A tag says where the identifier of a VLAN tag stands: tshark has the tags of
// IEEE 802.1ad apart from those of 802.1Q.
type tag struct {
	field string
	n     int
}

var (
	transports = []string{"tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6"}
	// The field of each extension header that names the header after it. IPv4
	// knows the last of them only.
	extensionNext = map[string]string{
		"ipv6.hopopts": "ipv6.hopopts.nxt", "ipv6.routing": "ipv6.routing.nxt", "ipv6.dstopts": "ipv6.dstopts.nxt",
		"ipv6.fraghdr": "ipv6.fraghdr.nxt", "ah": "ah.next_header",
	}
)

// quoting are the layers behind which packets stand that are none of this frame:
// ICMP errors and sFlow samples quote others; tshark decrypts WireGuard where the
// capture holds the keys, and we do not.
var quoting = []string{"icmp", "icmpv6", "sflow", "wg"}

// innermost finds the innermost packet by the names of a frame's layers.
func innermost(f *frame) packet {
	var p packet
	seen := map[string]int{} // layers so far, by the field prefix they share
	quoted := false
	for _, name := range f.protocols {
		if name == "tcp" {
			p.tcps++
		}
		if quoted {
			continue
		}
		switch {
		case name == "vlan" || name == "ieee8021ad":
			p.vlans = append(p.vlans, tag{name + ".id", seen[name]})
		case name == "eth":
			p.ethers++
		case name == "ip" || name == "ipv6":
			p.network, p.networkN = name, seen[name]
			p.extensions, p.extensionN = nil, nil
			p.transport, p.transportN = "", 0
			p.networks++
		case extensionNext[name] != "":
			p.extensions = append(p.extensions, name)
			p.extensionN = append(p.extensionN, seen[name])
		case slices.Contains(transports, name):
			p.transport, p.transportN = name, seen[prefix(name)]
		}
		quoted = slices.Contains(quoting, name)
		seen[prefix(name)]++
	}
	return p
}

// prefix returns the first part of the fields of a protocol: UDP-Lite uses those of UDP.
func prefix(protocol string) string {
	if protocol == "udplite" {
		return "udp"
	}
	return protocol
}
