package capture

// A problem says where and why decoding of a frame stopped, or what was wrong with it: the
// column decode_error. The first one of a frame counts. There are few, without figures,
// because they are symbols.
type problem uint8

const (
	problemNone problem = iota
	problemLinkType
	problemNoInterface
	problemRecordCut
	problemTime
	problemNotPacket
	problemLinkCut
	problemLinkBad
	problemVLANCut
	problemLLCCut
	problemIPVersion
	problemIP4Cut
	problemIP4HeaderLen
	problemIP4TotalLen
	problemIP6Cut
	problemIP6ExtCut
	problemIP6ExtLen
	problemAHCut
	problemFragCut
	problemTCPCut
	problemTCPOffset
	problemTCPOptionsCut
	problemTCPOption
	problemUDPCut
	problemUDPLen
	problemICMPCut
	problemPortsCut
	problemTunnelCut
	problemTunnelBad
	problemTunnelDepth
	problemMPLSCut
	problemPPPCut
	problemRadioCut
	problemWLANCut
	problemCount
)

var problemText = [problemCount]string{
	problemLinkType:      "link type is not decoded",
	problemNoInterface:   "pcapng: interface is not described",
	problemRecordCut:     "pcapng: block ends before the captured length",
	problemTime:          "time is outside the range of int64 nanoseconds",
	problemNotPacket:     "pcapng: block is not a packet",
	problemLinkCut:       "link header is cut",
	problemLinkBad:       "link header is not valid",
	problemVLANCut:       "vlan: tag is cut",
	problemLLCCut:        "llc: header is cut",
	problemIPVersion:     "ip: version is neither 4 nor 6",
	problemIP4Cut:        "ipv4: header is cut",
	problemIP4HeaderLen:  "ipv4: header length is below 20",
	problemIP4TotalLen:   "ipv4: total length is below the header length",
	problemIP6Cut:        "ipv6: header is cut",
	problemIP6ExtCut:     "ipv6: extension header is cut",
	problemIP6ExtLen:     "ipv6: too many extension headers",
	problemAHCut:         "ah: header is cut",
	problemFragCut:       "ipv6: fragment header is cut",
	problemTCPCut:        "tcp: header is cut",
	problemTCPOffset:     "tcp: data offset is not valid",
	problemTCPOptionsCut: "tcp: options are cut",
	problemTCPOption:     "tcp: option length is not valid",
	problemUDPCut:        "udp: header is cut",
	problemUDPLen:        "udp: length is not valid",
	problemICMPCut:       "icmp: header is cut",
	problemPortsCut:      "transport: ports are cut",
	problemTunnelCut:     "tunnel: header is cut",
	problemTunnelBad:     "tunnel: header is not valid",
	problemTunnelDepth:   "tunnel: nested too deeply",
	problemMPLSCut:       "mpls: label stack is cut",
	problemPPPCut:        "ppp: header is cut",
	problemRadioCut:      "radio header is cut",
	problemWLANCut:       "802.11: header is cut",
}
