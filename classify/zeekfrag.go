package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// Zeek puts fragments together and sees one packet, when the last piece has come. With its
// cutter that packet belongs to the row of this piece; the other pieces belong to no connection.

// maxDatagrams limits the fragmented packets remembered; the oldest is given up first.
const maxDatagrams = 4096

// fragmentTime is how long Zeek waits for the rest (frag_timeout), in microseconds.
const fragmentTime = 300_000_000

// A datagramKey is what the pieces of a packet share.
type datagramKey struct {
	src, dst table.Addr
	id       int64
}

// A datagram is a packet of which pieces have come.
type datagram struct {
	clock  int64
	pieces [][2]int64 // of its payload, apart from each other and in order
	total  int64      // bytes of its payload, -1 while the last piece is missing
	task   task       // of the first piece, with task.key
	first  bool       // the first piece has come
	whole  whole
}

// A whole is a packet that was put together.
type whole struct {
	packet  packetInfo
	segment facts.Segment
}

// A defragmenter remembers fragmented packets of a world.
type defragmenter struct {
	all   map[datagramKey]*datagram
	order []datagramKey // oldest first
}

// isFragment reports whether the packet of a row is a piece of a larger one.
func isFragment(b *table.Packets, i int) bool {
	return b.IpMf.Valid[i] != 0 && b.IpMf.Values[i] != 0 || b.IpFragOffset.Valid[i] != 0 && b.IpFragOffset.Values[i] != 0
}

// add takes a piece, t being the task of the first one. Once the packet is whole it returns
// what take needs.
func (d *defragmenter) add(b *table.Packets, i int, clock int64, t task, hasTask bool) (task, *whole) {
	if b.IpId.Valid[i] == 0 || b.IpLen.Valid[i] == 0 || b.SrcIp.Values[i].Version == 0 {
		return t, nil
	}
	header := int64(20)
	if b.IpVersion.Values[i] == 6 {
		header = 40 + 8 // with the fragment header
	}
	length := b.IpLen.Values[i] - header
	if length <= 0 {
		return t, nil
	}
	g := d.datagram(datagramKey{b.SrcIp.Values[i], b.DstIp.Values[i], b.IpId.Values[i]}, clock)
	from := int64(0)
	if b.IpFragOffset.Valid[i] != 0 {
		from = int64(b.IpFragOffset.Values[i])
	}
	if from == 0 && hasTask {
		g.first, g.task = true, t
		readPacket(b, i, clock, &g.whole.packet)
		if g.whole.packet.isTCP {
			readSegment(b, i, &g.whole.packet, &g.whole.segment)
		}
		switch t.key.proto {
		case protoTCP:
			g.whole.packet.payload = -int64(b.TcpHeaderLen.Values[i])
		case protoUDP, protoICMP, protoICMPv6:
			g.whole.packet.payload = -8
		default:
			g.whole.packet.payload = 0
		}
	}
	if b.IpMf.Valid[i] == 0 || b.IpMf.Values[i] == 0 {
		g.total = from + length
	}
	g.piece(from, from+length)
	if !g.first || g.total < 0 || len(g.pieces) != 1 || g.pieces[0][0] != 0 || g.pieces[0][1] < g.total {
		return t, nil
	}
	p := &g.whole.packet
	p.payload = max(p.payload+g.total, 0)
	p.ipLen = g.total + header
	if b.IpVersion.Values[i] == 6 {
		p.ipLen -= 8
	}
	g.whole.segment.Length = p.payload
	delete(d.all, datagramKey{b.SrcIp.Values[i], b.DstIp.Values[i], b.IpId.Values[i]})
	return g.task, &g.whole
}

// datagram returns the packet that a piece belongs to.
func (d *defragmenter) datagram(k datagramKey, clock int64) *datagram {
	if g := d.all[k]; g != nil && clock-g.clock < fragmentTime {
		return g
	}
	if d.all == nil {
		d.all = map[datagramKey]*datagram{}
	}
	if len(d.order) == maxDatagrams {
		delete(d.all, d.order[0])
		d.order = append(d.order[:0], d.order[1:]...)
	}
	g := &datagram{clock: clock, total: -1}
	d.all[k] = g
	d.order = append(d.order, k)
	return g
}

// piece adds from…to to what has come.
func (g *datagram) piece(from, to int64) {
	kept := g.pieces[:0]
	at := 0
	for _, p := range g.pieces {
		switch {
		case p[1] < from:
			at++
			kept = append(kept, p)
		case p[0] > to:
			kept = append(kept, p)
		default:
			from, to = min(from, p[0]), max(to, p[1])
		}
	}
	kept = append(kept, [2]int64{})
	copy(kept[at+1:], kept[at:])
	kept[at] = [2]int64{from, to}
	g.pieces = kept
}

// zeekIgnores reports whether Zeek leaves a packet out because the frame is shorter than its IP
// header says.
func zeekIgnores(b *table.Packets, i int) bool {
	end, known := packetEnd(b, i)
	return known && b.FrameLen.Values[i] < end
}

// payloadCut reports whether the payload of a packet was not captured whole. The last four
// bytes of a frame are often its check sequence only.
func payloadCut(b *table.Packets, i int) bool {
	captured, frame := b.CapLen.Values[i], b.FrameLen.Values[i]
	if captured == frame {
		return false
	}
	if end, known := packetEnd(b, i); known {
		return captured < end
	}
	return captured < frame-4
}

// packetEnd returns where in its frame the IP packet ends by its header, where it is known what
// stands before it.
func packetEnd(b *table.Packets, i int) (end int64, known bool) {
	if b.LinkType.Valid[i] == 0 || b.IpLen.Valid[i] == 0 || b.Tunnel.Codes[i] != 0 {
		return 0, false
	}
	before := int64(0)
	switch b.LinkType.Values[i] { // LINKTYPE_ of the tcpdump group
	case 1: // Ethernet
		before = 14
		if b.VlanId.Valid[i] != 0 {
			before += 4
		}
		if b.VlanInnerId.Valid[i] != 0 {
			before += 4
		}
	case 0, 108: // loopback
		before = 4
	case 113: // Linux cooked
		before = 16
	case 276: // Linux cooked, version 2
		before = 20
	case 12, 101, 228, 229: // IP
	default:
		return 0, false
	}
	return before + b.IpLen.Values[i], true
}
