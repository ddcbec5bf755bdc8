package classify

import "github.com/pcap-teardown/teardown/classify/zeek"

// flow returns a number for the packets that a side of a live connection sends: small, so that tables of them are small,
// and free for another connection when this one is finished. Those of connections other than TCP count down from the
// greatest, so that a table of either kind has no gaps.
func (s *shard) flow(r ref, side int) uint32 {
	n := uint32(r&^otherBit)*(2*shardCount) + uint32(s.number)*2 + uint32(side)
	if r&otherBit != 0 {
		return ^n
	}
	return n
}

// conn returns a live connection that is no embryo.
func (s *shard) conn(r ref) *conn {
	if r&otherBit != 0 {
		return &s.others.at(r &^ otherBit).conn
	}
	return &s.conns.at(r).conn
}

// newConn returns a record for a connection.
func (s *shard) newConn(proto uint8) (ref, *conn) {
	if proto == protoTCP {
		used := s.conns.next
		r, x := s.conns.get()
		if s.conns.next > used { // it is zero
			x.blank(&s.arena.lender)
			return r, &x.conn
		}
		return r, x.reset(&s.arena.lender)
	}
	r, x := s.others.get()
	return r | otherBit, x.reset()
}

// release takes back the record of a connection whose row is written.
func (s *shard) release(f *finished) {
	switch {
	case f.embryo != nil:
		s.free(f.ref, f.embryo)
	case f.ref&otherBit != 0:
		f.conn.account.list = listFree
		s.others.put(f.ref &^ otherBit)
	default:
		f.conn.account.wide, f.conn.account.list = nil, listFree
		f.conn.tcp.zeek = zeek.TCP{}
		s.arena.lender.Release(&f.conn.tcp.Connection)
		s.conns.put(f.ref)
	}
}

// free takes back the record of an embryo.
func (s *shard) free(r ref, e *embryo) {
	e.list = listFree
	s.embryos.put(r &^ embryoBit)
}

// linksOf returns the links of a live connection.
func (s *shard) linksOf(r ref) *links {
	if r&embryoBit != 0 {
		return &s.embryos.at(r &^ embryoBit).links
	}
	return &s.conn(r).links
}

// touch moves a connection to the end of the list to, at a packet that comes now, the one before
// having come at before. In the list of ended ones it keeps its place, since their time runs from
// the end.
func (s *shard) touch(r ref, l *links, list *uint8, to uint8, before, now int64) {
	if *list == to && (to == listEnded || s.sameSpan(to, before, now) || s.lists[to].prev == r) {
		return
	}
	if *list != listCount {
		s.unlink(l, *list)
	}
	*list = to
	ends := &s.lists[to]
	l.prev, l.next = ends.prev, 0
	if ends.prev != 0 {
		s.linksOf(ends.prev).next = r
	} else {
		ends.next = r
		s.due = min(s.due, s.since(r)+s.limits.idle[to])
	}
	ends.prev = r
}

// inherit puts a connection into the place that another one has in its list.
func (s *shard) inherit(r ref, l, from *links, list uint8) {
	*l = *from
	*from = links{}
	ends := &s.lists[list]
	if l.prev != 0 {
		s.linksOf(l.prev).next = r
	} else {
		ends.next = r
	}
	if l.next != 0 {
		s.linksOf(l.next).prev = r
	} else {
		ends.prev = r
	}
}

// unlink takes a connection out of its list.
func (s *shard) unlink(l *links, list uint8) {
	ends := &s.lists[list]
	if l.prev != 0 {
		s.linksOf(l.prev).next = l.next
	} else {
		ends.next = l.next
	}
	if l.next != 0 {
		s.linksOf(l.next).prev = l.prev
	} else {
		ends.prev = l.prev
	}
	l.prev, l.next = 0, 0
}

// symbols numbers strings, from 1.
type symbols struct {
	index map[string]uint16
	text  []string
}

func newSymbols() symbols { return symbols{index: map[string]uint16{}, text: []string{""}} }

// code returns the number of a string; strings beyond 65,535 have none.
func (x *symbols) code(text string) uint16 {
	if c, ok := x.index[text]; ok {
		return c
	}
	if len(x.text) > 65535 {
		return 0
	}
	c := uint16(len(x.text))
	x.index[text] = c
	x.text = append(x.text, text)
	return c
}

// connID returns the conn_id of a live connection.
func (s *shard) connID(r ref) int64 {
	if r&embryoBit != 0 {
		return s.embryos.at(r &^ embryoBit).connID
	}
	return s.conn(r).account.connID
}

// handOver returns a live connection as its row needs it.
func (s *shard) handOver(r ref) finished {
	f := finished{ref: r, shard: s.number, connID: s.connID(r)}
	if r&embryoBit != 0 {
		f.embryo = s.embryos.at(r &^ embryoBit)
		f.tunnel = s.tunnels.text[f.embryo.tunnel]
	} else {
		f.conn = s.conn(r)
		f.tunnel = s.tunnels.text[f.conn.account.tunnel]
		if f.conn.tcp != nil {
			f.conn.tcp.wake()
			s.arena.lender.Settle(&f.conn.tcp.Connection)
		}
	}
	return f
}
