package table

import "github.com/pcap-teardown/teardown/schemas"

// A Digest is what package classify reads of a row of TCP over IPv4, where nothing about the frame is special: one line of
// a cache instead of a line of each of two dozen columns. It says nothing that the columns do not say; they are filled from it.
type Digest struct {
	Frame            int64 // number in its file
	TsNs             int64 // capture time, nanoseconds since 1970; with DigestTime
	Src, Dst         uint32
	Seq, Ack         uint32
	TsVal, TsEcr     uint32 // with DigestTimestamps
	SrcPort, DstPort uint16
	Flags            uint16 // the 12 flag bits
	Window           uint16
	IpLen, IpId      uint16
	PayloadLen       uint16
	Mss              uint16 // 0 without the option
	Scale            int8   // window scale, at most 127; -1 without the option
	Ttl, Tos         uint8  // Tos: DSCP and ECN bits
	HeaderLen        uint8  // of TCP, bytes
	Bits             uint8  // 0: the row has no digest
}

// Bits of Digest.Bits.
const (
	DigestSet        = 1 << iota
	DigestTime       // the frame has a time
	DigestTimestamps // the option timestamps
	DigestOptions    // any option
	DigestSack       // the option SACK permitted
	DigestCut        // the end of the IP packet was not captured
	DigestHead       // payload_head is one of Heads
	DigestDF         // don't fragment
)

// Heads says of each byte whether somebody reads payloads that have it in the first place (HeadFirst) or in the fifth one
// (HeadFifth).
type Heads [256]uint8

const (
	HeadFirst = 1 << iota
	HeadFifth
)

// Has reports whether somebody reads the payload, which has four bytes at least.
func (h *Heads) Has(payload []byte) bool {
	return len(payload) >= 4 && (h[payload[0]]&HeadFirst != 0 || len(payload) > 4 && h[payload[4]]&HeadFifth != 0)
}

// digests are the part of a batch of packets that stands row by row.
type digests struct {
	Digests  []Digest // of the first rows; nil where nobody makes any
	Digested int      // how many rows
	Others   []int32  // those of them without a digest
	// DigestsOnly: rows that have a digest are in no columns but file, frame, input_index and order_ns; in tcp_options_raw
	// with RST, in payload_head with RST or DigestHead.
	DigestsOnly bool
}

// WantDigests makes room for digests in an empty batch, whose writer fills them and says so in Digested.
func (b *Packets) WantDigests() {
	if b.Digests == nil {
		b.Digests = make([]Digest, len(b.Frame.Values))
	}
}

// NewDigests returns an empty batch that is DigestsOnly, with room for capacity rows in the columns that all rows are in. The
// others have none before WantColumns.
func NewDigests(capacity int) *Packets {
	b := new(Packets)
	b.list()
	b.DigestsOnly = true
	b.initialise(true, capacity)
	b.WantDigests()
	return b
}

// WantColumns makes room in all columns of a batch for a row without a digest.
func (b *Packets) WantColumns() {
	if b.Flows == nil {
		b.initialise(false, len(b.Frame.Values))
		b.Flows = make([]uint32, len(b.Frame.Values))
	}
}

// initialise makes room in the columns that all rows of a batch are in that is DigestsOnly, or in the others.
func (b *Packets) initialise(always bool, capacity int) {
	r := new(room)
	for i, c := range b.columns {
		switch c {
		case &b.File, &b.Frame, &b.InputIndex, &b.OrderNs, &b.PayloadHead, &b.TcpOptionsRaw:
			if always {
				c.initialise(r, &schemas.PacketBatch.Columns[i], capacity)
			}
		default:
			if !always {
				c.initialise(r, &schemas.PacketBatch.Columns[i], capacity)
			}
		}
	}
}

// fewRows: where fewer of that many rows are in all columns, it is faster to empty them one by one.
const fewRows = 16

// forget empties a batch and reports whether it has: only where most rows are in their digests. What the writer of a batch
// sets in every row stays.
func (b *Packets) forget() bool {
	n, others := b.Digested, b.Others
	b.Digested, b.Others = 0, others[:0]
	if !b.DigestsOnly || len(others)*fewRows > n {
		return false
	}
	for _, c := range b.columns {
		switch c := c.(type) {
		case *Text:
			clear(c.Valid[:n])
			c.Data, c.set = c.Data[:0], 0
		case *Symbol:
			if c.index != nil {
				c.reset(0)
			}
		}
	}
	for _, i := range others {
		for _, c := range b.columns {
			c.forget(int(i))
		}
	}
	return true
}
