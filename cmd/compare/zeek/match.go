package zeek

import "slices"

// A pair is a row of conn.log and ours of the same connection, nil where there is none.
type pair struct {
	zeek, ours *row
	differs    []string // columns
}

// match finds for every row of conn.log ours of the same connection.
func match(log, mine []*row) (pairs []pair, extra []*row) {
	byKey := map[key][]*row{}
	read := map[string]bool{} // captures that Zeek read
	for _, r := range mine {
		byKey[r.key] = append(byKey[r.key], r)
	}
	for _, z := range log {
		read[z.key.file] = true
		p := pair{zeek: z}
		for _, r := range byKey[z.key] {
			if d := r.micros - z.micros; !r.used && d >= -2 && d <= 2 {
				r.used = true
				p.ours = r
				p.differs = differences(z, r)
				break
			}
		}
		pairs = append(pairs, p)
	}
	for _, r := range mine {
		if !r.used && read[r.key.file] {
			extra = append(extra, r)
		}
	}
	return pairs, extra
}

// differences returns the columns in which two rows differ. Zeek writes no sizes where the
// duration is 0, and the sizes of protocols without ports are 0 or not ours to know.
func differences(z, r *row) []string {
	var names []string
	for _, c := range columns {
		theirs, mine := z.values[c], r.values[c]
		switch c {
		case "orig_bytes", "resp_bytes":
			if theirs == "-" || mine == "-" {
				continue
			}
		}
		if theirs != mine {
			names = append(names, c)
		}
	}
	return names
}

// Reasons for which rows differ; docs/zeek.md has a section for each.
const (
	reasonOuter    = "outer packets of tunnels have no connection of their own"
	reasonPorts    = "Zeek compares ports byte-swapped where both addresses are equal"
	reasonInside   = "only one of the two looks inside the packets (tunnels, AH), or into fewer of them"
	reasonAnalyzer = "an analyzer of Zeek reached a limit (history X)"
	reasonEmpty    = "Zeek has a connection without a packet: the header was cut or wrong"
	reasonNone     = "unexplained"
)

// tunnelPorts are the ports of tunnels over UDP.
var tunnelPorts = []int{2152, 3544, 4789, 5072, 5246, 5247, 6081, 8472}

// reason returns why a pair differs.
func reason(p pair) string {
	z := p.zeek
	if p.ours == nil {
		switch {
		case tunnelPort(z):
			return reasonOuter
		case z.key.proto == "unknown_transport":
			return reasonInside
		case z.values["orig_pkts"] == "0" && z.values["resp_pkts"] == "0":
			return reasonEmpty
		}
		return reasonNone
	}
	if z.values["orig_pkts"] == "0" && z.values["resp_pkts"] == "0" {
		return reasonEmpty
	}
	if slices.Equal(p.differs, []string{"community_id"}) && z.key.a.addr == z.key.b.addr {
		return reasonPorts
	}
	for _, letter := range z.values["history"] {
		if letter == 'X' {
			return reasonAnalyzer
		}
	}
	if z.tunneled || p.ours.tunneled || tunnelPort(z) {
		return reasonInside
	}
	return reasonNone
}

// tunnelPort reports whether a row may be that of a tunnel's outer packets.
func tunnelPort(r *row) bool {
	return r.key.proto == "udp" && (slices.Contains(tunnelPorts, r.key.a.port) || slices.Contains(tunnelPorts, r.key.b.port))
}
