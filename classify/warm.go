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
	for l := w; l < len(j.tickets); l += c.workers {
		c.takeList(j, w, live, j.tickets[l])
	}
	if len(j.tickets) > c.workers {
		slices.Sort(j.sequence[w])
	}
}

// takeList classifies rows; live is how many connections the worker has.
func (c *Classifier) takeList(j *job, w, live int, tickets []ticket) {
	var near [warmRows]likely
	var room [warmRows]task
	for len(tickets) > 0 {
		n := min(warmRows, len(tickets))
		tasks := room[:n]
		for i := range tasks {
			j.task(&tickets[i], &tasks[i])
		}
		if live >= warmLive {
			j.warmed[w] += c.warm(tasks, &near)
		}
		j.warmed[w] += warmPayload(&j.batch.PayloadHead, tasks)
		for i := range tasks {
			t := &tasks[i]
			c.shards[t.shard].take(j, w, t, near[i])
		}
		tickets = tickets[n:]
	}
}

// A likely is the connection that a row nearly always belongs to, if it is one of TCP of which two packets were
// seen. Another row may have finished it; then it is not calm.
type likely struct {
	ref ref
	tcp *tcpConn // nil for none
}

// warm loads the memory that the rows need, and says what it has found; what it returns is of no use but to make the
// compiler keep the loads.
func (c *Classifier) warm(tasks []task, near *[warmRows]likely) (sum uint64) {
	var refs [warmRows]ref
	for i := range tasks {
		t := &tasks[i]
		x := &c.shards[t.shard].index
		sum += x.slots[x.first(t.hash)]
	}
	for i := range tasks {
		t := &tasks[i]
		s := c.shards[t.shard]
		near[i] = likely{}
		if r := s.index.likely(t.hash); r != 0 {
			if refs[i] = r; r&(embryoBit|otherBit) == 0 {
				x := s.conns.at(r)
				near[i] = likely{r, x}
				sum += x.warm()
			} else {
				sum += s.warm(r)
			}
		} else { // the flow is new, and so may be its stream
			x := &s.streams.index
			sum += x.slots[x.first(t.hash)]
		}
	}
	for i := range tasks {
		if s := c.shards[tasks[i].shard]; s.exact && refs[i] != 0 {
			l := s.linksOf(refs[i])
			for _, near := range [...]ref{l.prev, l.next} {
				if near != 0 {
					sum += uint64(s.linksOf(near).prev)
				}
			}
		}
	}
	return sum
}

// warmPayload loads the first bytes of payloads, which lie anywhere in a long slice; those that matter are in digests, too.
func warmPayload(payload *table.Text, tasks []task) (sum uint64) {
	for i := range tasks {
		if t := &tasks[i]; !t.digest {
			if at := payload.Offsets[t.row]; int(at) < len(payload.Data) {
				sum += uint64(payload.Data[at])
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
