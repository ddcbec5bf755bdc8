package classify

import "github.com/pcap-teardown/teardown/schemas/table"

// Where many connections are live, each packet finds its connection in memory that no cache
// holds, and waits for it a dozen times, one after the other. warm looks at the connections of
// some rows before they are taken: processors fetch lines side by side that do not depend on
// each other.

const (
	warmRows = 12  // rows looked ahead: their connections must not push each other out of the first cache
	warmLive = 100 // a worker with fewer live connections has them in its first cache
)

// take classifies the rows of a worker.
func (c *Classifier) take(j *job, w int) {
	tasks := j.tasks[w]
	live := 0
	for s := w; s < shardCount; s += c.workers {
		live += c.shards[s].live
	}
	var near [warmRows]likely
	for len(tasks) > 0 {
		n := min(warmRows, len(tasks))
		if live >= warmLive {
			j.warmed[w] += c.warm(tasks[:n], &near)
		}
		j.warmed[w] += warmPayload(&j.batch.PayloadHead, tasks[:n])
		for i := range tasks[:n] {
			t := &tasks[i]
			c.shards[t.shard].take(j, w, t, near[i])
		}
		tasks = tasks[n:]
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

// warmPayload loads the first bytes of payloads, which lie anywhere in a long slice.
func warmPayload(payload *table.Text, tasks []task) (sum uint64) {
	for i := range tasks {
		if at := payload.Offsets[tasks[i].row]; int(at) < len(payload.Data) {
			sum += uint64(payload.Data[at])
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
	sum := x.conn.key.aLo + uint64(x.conn.account.lastNs) + uint64(x.conn.account.vlan)
	sum += uint64(p.Phase) + uint64(p.LastTime) + uint64(p.AckTime) + uint64(p.account.complete) + uint64(p.account.sides[1].tamper)
	for i := range p.Dir {
		d := &p.Dir[i]
		sum += uint64(d.Next) + uint64(d.Label) + uint64(d.Ring[1].Time) + uint64(d.LastTime)
	}
	if p.account.rests == 0 {
		sum += p.zeek.Warm()
	}
	return sum
}
