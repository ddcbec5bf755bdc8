package classify

import (
	"github.com/pcap-teardown/teardown/schemas/table"
)

// shardCount is the number of logical shards; it never changes.
const shardCount = 64

// A task is one row for the worker that owns its flow.
type task struct {
	row      uint16
	shard    uint8
	reversed bool   // the sender is the second end of the key
	quoted   bool   // not the packet of the row, but the one that its ICMP error quotes
	digest   bool   // the row has a digest
	stray    bool   // a TCP header that cannot be read on: it counts for tcp_stream only
	unseen   bool   // Zeek does not see the packet: it counts for tcp_stream only
	whole    uint16 // with Zeek's cutter: number of the packet put together in job.wholes, plus 1
	hash     uint64
	key      key
}

// A ticket is a task in few bytes: a list has as many as a batch has rows. For a row with a digest the digest has the rest.
type ticket struct {
	hash  uint64
	other uint32 // number of the task in job.others plus 1; 0: the row has a digest
	row   uint16
	shard uint8
}

// A ticketList has the tickets of a worker or of a shard, in the order of rows.
type ticketList struct {
	room []ticket
	n    int // how many of them there are
}

func (l *ticketList) tickets() []ticket { return l.room[:l.n] }

// next returns room for a ticket at the end.
func (l *ticketList) next() *ticket {
	if l.n == len(l.room) {
		l.room = append(l.room, make([]ticket, max(l.n, 64))...)
	}
	x := &l.room[l.n]
	l.n++
	return x
}

// A job is a batch on its way through the classifier.
type job struct {
	batch   *table.Packets
	first   int64   // number of row 0 among all rows
	clock   []int64 // per row: microseconds of the world
	lists   []ticketList
	listOf  [shardCount]uint8 // in which list the tickets of a shard are
	others  []task            // of rows without a digest
	done    chan struct{}
	pending int32 // workers that have not finished; the last one sends on done

	// Written by the worker that owns the row, read by collect.
	stream      []int32 // number of the stream within its shard plus 1, 0 for none, or noNumber
	streamShard []uint8
	streamNew   []bool       // the stream begins here, or has no number
	finished    [][]finished // per worker, in the order in which they were finished
	observed    [][]observed // per worker
	sequence    [][]uint64   // of observed by rows: the row, in the upper half, and the place there
	warmed      []uint64     // per worker; see warm

	wholes []whole // packets put together from fragments
}

func newJob(workers, lists int) *job {
	j := &job{
		clock:       make([]int64, table.BatchRows),
		lists:       make([]ticketList, lists),
		done:        make(chan struct{}, 1),
		stream:      make([]int32, table.BatchRows),
		streamShard: make([]uint8, table.BatchRows),
		streamNew:   make([]bool, table.BatchRows),
		finished:    make([][]finished, workers),
		observed:    make([][]observed, workers),
		sequence:    make([][]uint64, workers),
		warmed:      make([]uint64, workers),
	}
	for shard := range j.listOf {
		j.listOf[shard] = uint8(shard % lists)
	}
	return j
}

// grow makes room for batches that are larger than usual.
func (j *job) grow(rows int) {
	if rows > len(j.clock) {
		j.clock, j.stream = make([]int64, rows), make([]int32, rows)
		j.streamShard, j.streamNew = make([]uint8, rows), make([]bool, rows)
	}
}

// A preparer gives every row its flow key and its worker, and keeps the clock of the world.
type preparer struct {
	workers int
	zeek    bool  // flow keys are Zeek's
	rows    int64 // prepared so far
	started bool
	start   int64        // order_ns of the first frame that has a time
	pieces  defragmenter // with zeek
	clock   int64        // microseconds since then
	task    task         // at work
}

// noOrder is order_ns before the first time.
const noOrder = -1 << 63

func (p *preparer) prepare(j *job) {
	b := j.batch
	j.grow(b.N)
	j.first = p.rows
	p.rows += int64(b.N)
	for l := range j.lists {
		j.lists[l].n = 0
	}
	j.others = j.others[:0]
	for w := range j.finished {
		j.finished[w] = j.finished[w][:0]
		j.observed[w], j.sequence[w] = j.observed[w][:0], j.sequence[w][:0]
	}
	j.wholes = j.wholes[:0]
	clear(j.stream[:b.N])
	clear(j.streamNew[:b.N])
	j.pending = int32(p.workers)
	p.clocks(b.OrderNs.Values[:b.N], j.clock[:b.N])
	digests := b.Digests[:b.Digested]
	if p.zeek {
		digests = nil
	}
	for i := range b.N {
		if i < len(digests) && digests[i].Bits != 0 { // its flow needs no search for what might be missing, and it quotes nothing
			least, greatest, _ := digestEnds(&digests[i])
			x := j.next(hashDigest(least, greatest))
			x.other, x.row = 0, uint16(i)
			continue
		}
		t := &p.task
		ok := packetTask(b, i, p.zeek, t)
		switch {
		case p.zeek:
			p.addZeek(j, i, *t, ok)
		case ok:
			p.add(j, i, t)
		}
		if b.QuotedSrcPort.Valid[i] != 0 && quotedTask(b, i, t) {
			p.add(j, i, t)
		}
	}
}

// clocks turns order_ns into the world's clock.
func (p *preparer) clocks(orders, clock []int64) {
	now := p.clock
	for i, order := range orders {
		if order != noOrder {
			if !p.started {
				p.started, p.start = true, order
			}
			now = (order - p.start) / 1000
		}
		clock[i] = now
	}
	p.clock = now
}

// setStream notes the stream of a row.
func (j *job) setStream(i int, shard uint8, number int32, begins bool) {
	j.stream[i], j.streamShard[i], j.streamNew[i] = number, shard, begins || number == noNumber
}

func (p *preparer) add(j *job, row int, t *task) {
	t.hash = t.key.hash()
	t.row, t.shard = uint16(row), uint8(t.hash%shardCount)
	j.others = append(j.others, *t)
	x := j.next(t.hash)
	x.other, x.row = uint32(len(j.others)), t.row
}

// next returns the ticket of a task, at the end of its list.
func (j *job) next(hash uint64) *ticket {
	shard := hash % shardCount
	x := j.lists[j.listOf[shard]].next()
	x.hash, x.shard = hash, uint8(shard)
	return x
}

// task makes t the task of a ticket.
func (j *job) task(x *ticket, t *task) {
	if x.other != 0 {
		*t = j.others[x.other-1]
		return
	}
	t.row, t.shard, t.hash, t.whole = x.row, x.shard, x.hash, 0
	t.quoted, t.stray, t.unseen, t.digest = false, false, false, true
	t.reversed = t.key.setDigest(&j.batch.Digests[x.row])
}

// addZeek adds the row of a packet if Zeek sees it so.
func (p *preparer) addZeek(j *job, row int, t task, ok bool) {
	b := j.batch
	t.unseen = zeekIgnores(b, row)
	var w *whole
	together := t
	if !t.unseen && isFragment(b, row) && b.CapLen.Values[row] == b.FrameLen.Values[row] {
		together, w = p.pieces.add(b, row, j.clock[row], t, ok)
		t.unseen = true
	}
	if ok && (!t.unseen || t.key.proto == protoTCP) {
		p.add(j, row, &t)
	}
	if w != nil {
		j.wholes = append(j.wholes, *w)
		together.whole = uint16(len(j.wholes))
		p.add(j, row, &together)
	}
}

// packetTask puts the flow of the packet of a row into t, if it belongs to one: later fragments and
// packets whose ports or TCP header were not captured do not. Zeek's keys have ports of TCP and
// UDP only.
func packetTask(b *table.Packets, i int, zeek bool, t *task) bool {
	*t = task{}
	if b.SrcIp.Values[i].Version == 0 || b.DstIp.Values[i].Version == 0 || b.IpProto.Valid[i] == 0 {
		return false
	}
	if b.IpFragOffset.Valid[i] != 0 && b.IpFragOffset.Values[i] != 0 {
		return false
	}
	proto := uint8(b.IpProto.Values[i])
	var src, dst uint16
	oneWay := false
	switch proto {
	case protoICMP, protoICMPv6:
		if b.IcmpType.Valid[i] == 0 || b.IcmpCode.Valid[i] == 0 {
			return false
		}
		src, dst, oneWay = icmpPorts(proto, b.IcmpType.Values[i], b.IcmpCode.Values[i])
	case protoTCP:
		// tcp_header_len is there where tshark finds a stream for the header, however bad it is.
		if b.SrcPort.Valid[i] == 0 || b.DstPort.Valid[i] == 0 || b.TcpHeaderLen.Valid[i] == 0 {
			return false
		}
		t.stray = b.TcpFlags.Valid[i] == 0 || b.TcpSeq.Valid[i] == 0 || b.TcpHeaderLen.Values[i] < 20
		src, dst = uint16(b.SrcPort.Values[i]), uint16(b.DstPort.Values[i])
	case protoUDP, protoDCCP, protoSCTP, protoUDPL:
		if zeek && proto != protoUDP {
			break
		}
		if b.SrcPort.Valid[i] == 0 || b.DstPort.Valid[i] == 0 {
			return false
		}
		src, dst = uint16(b.SrcPort.Values[i]), uint16(b.DstPort.Values[i])
	}
	t.reversed = t.key.set(&b.SrcIp.Values[i], &b.DstIp.Values[i], src, dst, proto, oneWay)
	return true
}

// quotedTask puts the flow of the TCP packet that an ICMP error quotes into t.
func quotedTask(b *table.Packets, i int, t *task) bool {
	*t = task{}
	if b.QuotedProto.Values[i] != protoTCP || b.QuotedDstPort.Valid[i] == 0 ||
		b.QuotedSrcIp.Values[i].Version == 0 || b.QuotedDstIp.Values[i].Version == 0 {
		return false
	}
	t.quoted = true
	t.reversed = t.key.set(&b.QuotedSrcIp.Values[i], &b.QuotedDstIp.Values[i],
		uint16(b.QuotedSrcPort.Values[i]), uint16(b.QuotedDstPort.Values[i]), protoTCP, false)
	return true
}
