package capture

import "github.com/pcap-teardown/teardown/schemas/table"

// Plain frames get a digest (table.Digest), and with Options.DigestsOnly nothing else.

// allHeads has all payloads of four bytes at least.
var allHeads = func() (all table.Heads) {
	for i := range all {
		all[i] = table.HeadFirst
	}
	return all
}()

// digestOptions takes the TCP options of the frame at hand.
func (d *decoder) digestOptions(x *table.Digest) {
	x.Bits |= table.DigestOptions
	if d.set&hasMSS != 0 {
		x.Mss = uint16(d.mss)
	}
	if d.set&hasScale != 0 {
		x.Scale = int8(min(d.scale, 127))
	}
	if d.set&hasSACK != 0 {
		x.Bits |= table.DigestSack
	}
	if d.set&hasTSEcr != 0 {
		x.Bits |= table.DigestTimestamps
		x.TsVal, x.TsEcr = uint32(d.tsval), uint32(d.tsecr)
	}
}
