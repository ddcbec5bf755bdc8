package classify

import (
	"slices"

	"github.com/pcap-teardown/teardown/schemas/table"
)

// Where many connections are live, each packet finds its connection in memory that no cache
// holds, and waits for it a dozen times, one after the other. warm looks at the connections of
// some rows before they are taken: processors fetch lines side by side that do not depend on
// each other.

const (
	warmRows = 32  // rows looked ahead: their connections, 9 lines each, must not push each other out of the first cache
	warmLive = 100 // a worker with fewer live connections has them in its first cache
)

// take classifies the rows of a worker. Where nobody reads the classification columns of packets, it takes one shard
// after the other: the connections of a shard stay in the first cache meanwhile, while rows far apart are read. What
// shards give does not depend on the order in which they are taken, but for that of observations.
func (c *Classifier) take(j *job, w int) {
	live := 0
	for s := w; s < shardCount; s += c.workers {
		live += c.shards[s].live
	}
	for l := w; l < len(j.lists); l += c.workers {
		c.takeList(j, w, live, j.lists[l].tickets())
	}
	if len(j.lists) > c.workers {
		slices.Sort(j.sequence[w])
	}
}

// takeList classifies rows; live is how many connections the worker has.
func (c *Classifier) takeList(j *job, w, live int, tickets []ticket) {
	var ahead [warmRows]nextRow
	var t task
	for len(tickets) > 0 {
		some := tickets[:min(warmRows, len(tickets))]
		tickets = tickets[len(some):]
		rows := ahead[:len(some)]
		sum := c.find(j, some, rows)
		if live >= warmLive {
			sum += warm(some, rows)
		}
		j.warmed[w] += sum
		for i := range rows {
			x, r := &some[i], &rows[i]
			if r.tcp != nil && r.digest != nil && r.shard.takeUsual(j, int(x.row), r.digest, r.likely) {
				continue
			}
			j.task(x, &t)
			r.shard.take(j, w, &t, r.likely)
		}
	}
}

// A nextRow is a row that is looked ahead to.
type nextRow struct {
	shard  *shard
	digest *table.Digest // nil for none
	likely
}

// A likely is the connection that a row nearly always belongs to, if one was seen. Another row may have finished it; then
// it is not calm.
type likely struct {
	ref ref      // 0 for none
	tcp *tcpConn // nil for none of TCP of which two packets were seen
}

// find loads the digests of rows, or the first bytes of their payloads, which lie anywhere in a long slice, and finds their
// connections; what it returns is of no use but to make the compiler keep the loads.
func (c *Classifier) find(j *job, tickets []ticket, rows []nextRow) (sum uint64) {
	b := j.batch
	rows = rows[:len(tickets)]
	for i := range tickets {
		t, r := &tickets[i], &rows[i]
		r.shard = c.shards[t.shard%shardCount]
		x := &r.shard.index
		sum += x.slots[x.first(t.hash)]
		if t.other == 0 {
			r.digest = &b.Digests[t.row]
			sum += uint64(r.digest.Bits)
			continue
		}
		r.digest = nil
		if at := b.PayloadHead.Offsets[t.row]; int(at) < len(b.PayloadHead.Data) {
			sum += uint64(b.PayloadHead.Data[at])
		}
	}
	for i := range tickets {
		r := &rows[i]
		r.ref, r.tcp = r.shard.index.likely(tickets[i].hash), nil
		if r.ref != 0 && r.ref&(embryoBit|otherBit) == 0 {
			r.tcp = r.shard.conns.at(r.ref)
		}
	}
	return sum
}

// warm loads the memory that the rows need.
func warm(tickets []ticket, rows []nextRow) (sum uint64) {
	exact := false
	for i := range rows {
		r := &rows[i]
		exact = exact || r.shard.exact
		switch {
		case r.tcp != nil:
			sum += r.tcp.warm()
		case r.ref != 0:
			sum += r.shard.warm(r.ref)
		default: // the flow is new, and so may be its stream: records are waiting for them
			x := &r.shard.streams
			sum += x.index.slots[x.index.first(tickets[i].hash)]
			if e := r.shard.embryos.upcoming(); e != nil {
				sum += e.key.aLo + uint64(e.ipID)
			}
			if st := x.all.upcoming(); st != nil {
				sum += uint64(st.number)
			}
		}
	}
	if !exact {
		return sum
	}
	for i := range rows {
		if r := &rows[i]; r.shard.exact && r.ref != 0 {
			l := r.shard.linksOf(r.ref)
			for _, near := range [...]ref{l.prev, l.next} {
				if near != 0 {
					sum += uint64(r.shard.linksOf(near).prev)
				}
			}
		}
	}
	return sum
}

// warm loads a live connection.
func (s *shard) warm(r ref) uint64 {
	switch {
	case r&embryoBit != 0:
		e := s.embryos.at(r &^ embryoBit)
		return e.key.aLo + uint64(e.ipID)
	case r&otherBit != 0:
		x := s.others.at(r &^ otherBit)
		return x.conn.key.aLo + uint64(x.conn.account.vlan) + uint64(x.part.lastTime)
	}
	return s.conns.at(r).warm()
}

// warm loads the lines of a connection that a packet without news touches.
func (x *tcpConn) warm() uint64 {
	p := &x.part
	sum := x.conn.key.aLo + uint64(x.conn.account.lastNs) + uint64(p.account.complete)
	for i := range p.Dir {
		d := &p.Dir[i]
		sum += uint64(d.LastTime) + uint64(d.Least) + uint64(d.Ring[int(d.RingAt)%len(d.Ring)].Seq)
	}
	if p.account.rests == 0 {
		sum += p.zeek.Warm()
	}
	return sum
}
