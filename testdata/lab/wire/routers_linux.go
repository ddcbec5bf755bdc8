package wire

import (
	"fmt"
	"net/netip"
)

// macX is the address of a further router, counted from 1, towards the client (side 0) or the server (1).
func macX(n, side int) string { return fmt.Sprintf("02:00:00:00:%02x:a%d", n, side) }

// further joins the further routers: links without addresses, routes by interface.
func (w *World) further(fam string, bits int, gwC, gwS netip.Addr) error {
	for i, x := range w.X {
		n := i + 1
		peer, mac, ns, next := "s0", macS, w.S, macS
		if n < len(w.X) {
			peer, mac, ns, next = "xa", macX(n+1, 0), w.X[n], macX(n+1, 0)
		}
		before := macR1
		if n > 1 {
			before = macX(n-1, 1)
		}
		client, server := netip.PrefixFrom(gwC, bits).Masked(), netip.PrefixFrom(gwS, bits).Masked()
		batch := fmt.Sprintf("link add xb address %s type veth peer name %s address %s netns %s\n", macX(n, 1), peer, mac, ns.path()) +
			fmt.Sprintf("link set lo up\nlink set xa up\nlink set xb up\nroute add %s dev xa\nroute add %s dev xb\n", client, server) +
			fmt.Sprintf("neigh replace %s lladdr %s dev xa nud permanent\nneigh replace %s lladdr %s dev xb nud permanent\n", w.CIP, before, w.SIP, next)
		if err := x.Run(batch, "ip", fam, "-batch", "-"); err != nil {
			return err
		}
	}
	return nil
}
