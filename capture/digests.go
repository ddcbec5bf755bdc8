package capture

import "github.com/pcap-teardown/teardown/schemas/table"

// Plain frames get a digest, too (table.Digest). With Options.DigestsOnly they get nothing else, and each record is decoded as
// soon as it is found.

// allHeads has all payloads of four bytes at least.
var allHeads = func() (all table.Heads) {
	for i := range all {
		all[i] = table.HeadFirst
	}
	return all
}()

// digestRow decodes a record into row i with Options.DigestsOnly.
func (d *decoder) digestRow(i int, frame int64, r *record) {
	out := d.out
	out.Frame.Values[i], out.OrderNs.Values[i] = frame, r.order
	if !d.longWay && d.plain(i, r) {
		return
	}
	out.Digests[i].Bits, out.Others = 0, append(out.Others, int32(i))
	out.WantColumns()
	records := [1]record{*r}
	recordColumns(records[:], frame, out, i)
	d.begin(r)
	d.link(r.link, r.data, int(r.wire))
	d.row(i, r)
}

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
