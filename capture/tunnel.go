package capture

// A tunnelPath is the tunnels around a packet, outermost first, 4 bits each.
type tunnelPath uint64

func (p tunnelPath) String() string { return "" }
