package table

import (
	"cmp"
	"net/netip"
	"strings"
	"testing"
)

// TestIPv4 compares addresses as text, and their order, with the standard library: with each byte in each place, beside
// bytes of other lengths.
func TestIPv4(t *testing.T) {
	var all []uint32
	for _, rest := range []uint32{0, 0x0a63c8ff, 0xffffffff} {
		for shift := 0; shift < 32; shift += 8 {
			for b := range uint32(256) {
				all = append(all, rest&^(255<<shift)|b<<shift)
			}
		}
	}
	texts := make([]string, len(all))
	for i, ip := range all {
		texts[i] = netip.AddrFrom4([4]byte{byte(ip >> 24), byte(ip >> 16), byte(ip >> 8), byte(ip)}).String()
		if got := string(AppendIPv4([]byte("x"), ip)); got != "x"+texts[i] {
			t.Fatalf("%#x: %q, want x%q", ip, got, texts[i])
		}
		if back := IPv4InOrder(IPv4Order(ip)); back != ip {
			t.Fatalf("%#x comes back as %#x", ip, back)
		}
	}
	for i := range all {
		for k := range all[:i] {
			if got, want := cmp.Compare(IPv4Order(all[i]), IPv4Order(all[k])), strings.Compare(texts[i], texts[k]); got != want {
				t.Fatalf("order of %s and %s is %d, want %d", texts[i], texts[k], got, want)
			}
		}
	}
}
