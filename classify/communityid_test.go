package classify

import (
	"net/netip"
	"testing"

	"github.com/pcap-teardown/teardown/schemas/table"
)

func addrOf(t *testing.T, text string) table.Addr {
	t.Helper()
	a := netip.MustParseAddr(text)
	if a.Is4() {
		b := a.As4()
		return table.Addr{Lo: uint64(b[0])<<24 | uint64(b[1])<<16 | uint64(b[2])<<8 | uint64(b[3]), Version: 4}
	}
	b := a.As16()
	r := table.Addr{Version: 6}
	for i := range 8 {
		r.Hi = r.Hi<<8 | uint64(b[i])
		r.Lo = r.Lo<<8 | uint64(b[i+8])
	}
	return r
}

// TestCommunityID holds the IDs to the baseline that the specification publishes
// (corelight/community-id-spec, baseline_deflt.json and baseline_seed1.json).
func TestCommunityID(t *testing.T) {
	tests := []struct {
		src, dst         string
		srcPort, dstPort uint16 // of ICMP: type and counterpart type, or code
		proto            uint8
		want, seed1      string
	}{
		{"fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 136, protoICMPv6, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="},
		{"fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 135, protoICMPv6, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="},
		{"fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 136, protoICMPv6, "1:zavyT/cezQr1fmImYCwYnMXbgck=", "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM="},
		{"fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 136, 135, protoICMPv6, "1:zavyT/cezQr1fmImYCwYnMXbgck=", "1:2hSqmsDZ2kdcY9kbiUzOEBic0iM="},
		{"3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, protoICMPv6, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=", "1:lVEtCZpYu84Xqaa++3lXFyuu2n4="},
		{"3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4, protoICMPv6, "1:hLZd0XGWojozrvxqE0dWB1iM6R0=", "1:W8MHwXpWzpoSTD+cGcaJr4u0ys8="},
		{"3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 129, protoICMPv6, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=", "1:GfZxjAkDk2MkegpBYHV6tadtFXQ="},
		{"3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 128, protoICMPv6, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=", "1:GfZxjAkDk2MkegpBYHV6tadtFXQ="},
		{"fe80::200:86ff:fe05:80da", "ff02::2", 133, 134, protoICMPv6, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=", "1:L7Ka0ZMYu+J3bL4ulW2PrqyXNo8="},
		{"fe80::260:97ff:fe07:69ea", "ff02::1", 134, 133, protoICMPv6, "1:pkvHqCL88/tg1k4cPigmZXUtL00=", "1:K/ee5UCqAMAQXDorP5nSa2CGLjc="},
		{"192.168.0.89", "192.168.0.1", 8, 0, protoICMP, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="},
		{"192.168.0.1", "192.168.0.89", 0, 8, protoICMP, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="},
		{"10.0.0.1", "10.0.0.2", 11, 0, protoICMP, "1:YHxtAirCG//0OzkcVAukqKQN9xM=", "1:XjUibYHaafLQ3pxQeiMI8g25q20="},
		{"2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, protoTCP, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=", "1:eJYTW6AOzFLlSUoESovMjnu7rMw="},
		{"2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943, protoTCP, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=", "1:eJYTW6AOzFLlSUoESovMjnu7rMw="},
		{"192.168.170.8", "192.168.170.56", 7, 7, protoSCTP, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg="},
		{"192.168.170.56", "192.168.170.8", 7, 7, protoSCTP, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", "1:5w3ZRjeKBzqT3zsaEECDGjUbYeg="},
		{"128.232.110.120", "66.35.250.204", 34855, 80, protoTCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
		{"66.35.250.204", "128.232.110.120", 80, 34855, protoTCP, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=", "1:3V71V58M3Ksw/yuFALMcW0LAHvc="},
		{"192.168.1.52", "8.8.8.8", 54585, 53, protoUDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="},
		{"8.8.8.8", "192.168.1.52", 53, 54585, protoUDP, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="},
		{"10.1.12.1", "10.1.12.2", 0, 0, 46, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", "1:rYir8gphR31noO9iDRQmF/BteEI="},
		{"10.1.12.2", "10.1.12.1", 0, 0, 46, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=", "1:rYir8gphR31noO9iDRQmF/BteEI="},
	}
	for _, x := range tests {
		src, dst, oneWay := x.srcPort, x.dstPort, false
		if x.proto == protoICMP || x.proto == protoICMPv6 {
			var pair uint16
			if src, pair, oneWay = icmpPorts(x.proto, int32(x.srcPort), int32(x.dstPort)); !oneWay && pair != x.dstPort {
				t.Errorf("type %d of protocol %d: counterpart %d, want %d", src, x.proto, pair, x.dstPort)
			}
		}
		k, _ := keyOf(addrOf(t, x.src), addrOf(t, x.dst), src, dst, x.proto, oneWay)
		if got := string(appendCommunityID(nil, &k, 0)); got != x.want {
			t.Errorf("%s:%d > %s:%d protocol %d: got %s, want %s", x.src, x.srcPort, x.dst, x.dstPort, x.proto, got, x.want)
		}
		if got := string(appendCommunityID(nil, &k, 1)); got != x.seed1 {
			t.Errorf("%s:%d > %s:%d protocol %d, seed 1: got %s, want %s", x.src, x.srcPort, x.dst, x.dstPort, x.proto, got, x.seed1)
		}
	}
}
