package classify

import "slices"

// Where many connections are live, each packet finds its connection in memory that no cache
// holds, and waits for it a dozen times, one after the other. warm looks at the connections of
// some rows before they are taken: processors fetch lines side by side that do not depend on
// each other.

const (
	warmRows = 12  // rows looked ahead: their connections must not push each other out of the first cache
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
	var near [warmRows]likely
	var t task
	for len(tickets) > 0 {
		some := tickets[:min(warmRows, len(tickets))]
		tickets = tickets[len(some):]
		j.warmed[w] += c.find(j, some, &near)
		if live >= warmLive {
			j.warmed[w] += c.warm(some, &near)
		}
		for i := range some {
			x := &some[i]
			s := c.shards[x.shard]
			if near[i].tcp != nil && x.other == 0 && s.takeUsual(j, x.row, &j.batch.Digests[x.row], near[i]) {
				continue
			}
			j.task(x, &t)
			s.take(j, w, &t, near[i])
		}
	}
}

// A likely is the connection that a row nearly always belongs to, if one was seen. Another row may have finished it; then
// it is not calm.
type likely struct {
	ref ref      // 0 for none
	tcp *tcpConn // nil for none of TCP of which two packets were seen
}

// find loads the digests of rows, or the first bytes of their payloads, which lie anywhere in a long slice, and finds their
// connections; what it returns is of no use but to make the compiler keep the loads.
func (c *Classifier) find(j *job, tickets []ticket, near *[warmRows]likely) (sum uint64) {
	payload := &j.batch.PayloadHead
	for i := range tickets {
		t := &tickets[i]
		x := &c.shards[t.shard].index
		sum += x.slots[x.first(t.hash)]
		if t.other == 0 {
			sum += uint64(j.batch.Digests[t.row].Bits)
		} else if at := payload.Offsets[t.row]; int(at) < len(payload.Data) {
			sum += uint64(payload.Data[at])
		}
	}
	for i := range tickets {
		t := &tickets[i]
		s := c.shards[t.shard]
		near[i] = likely{ref: s.index.likely(t.hash)}
		if r := near[i].ref; r != 0 && r&(embryoBit|otherBit) == 0 {
			near[i].tcp = s.conns.at(r)
		}
	}
	return sum
}

// warm loads the memory that the rows need.
func (c *Classifier) warm(tickets []ticket, near *[warmRows]likely) (sum uint64) {
	exact := false
	for i := range tickets {
		t := &tickets[i]
		s := c.shards[t.shard]
		exact = exact || s.exact
		switch n := &near[i]; {
		case n.tcp != nil:
			sum += n.tcp.warm()
		case n.ref != 0:
			sum += s.warm(n.ref)
		default: // the flow is new, and so may be its stream
			x := &s.streams.index
			sum += x.slots[x.first(t.hash)]
		}
	}
	if !exact {
		return sum
	}
	for i := range tickets {
		if s := c.shards[tickets[i].shard]; s.exact && near[i].ref != 0 {
			l := s.linksOf(near[i].ref)
			for _, near := range [...]ref{l.prev, l.next} {
				if near != 0 {
					sum += uint64(s.linksOf(near).prev)
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
		sum += uint64(d.LastTime) + uint64(d.Least) + uint64(d.Ring[d.RingAt%4].Seq)
	}
	if p.account.rests == 0 {
		sum += p.zeek.Warm()
	}
	return sum
}
