package classify

import (
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// knownLimit is the number of hosts, of services and of pairs that are remembered: the one that
// was observed longest ago makes place. Wireshark's plugin has the same limit.
const knownLimit = 65536

// knowledge is what is known across connections. Shards never see it: they give observations,
// and collect applies these in the order of frames. What a connection is told therefore depends on
// neither workers nor batches.
type knowledge struct {
	hosts    remembered[table.Addr, facts.Host]
	services remembered[serviceKey, facts.Service]
	pairs    remembered[pairKey, facts.Pair]
}

type (
	serviceKey struct {
		addr table.Addr
		port uint16
	}
	pairKey struct{ orig, resp table.Addr }
)

func newKnowledge() *knowledge {
	return &knowledge{newRemembered[table.Addr, facts.Host](knownLimit), newRemembered[serviceKey, facts.Service](knownLimit),
		newRemembered[pairKey, facts.Pair](knownLimit)}
}

// An observed is an observation with the packet that gave it.
type observed struct {
	row                int32
	origPort, respPort uint16
	orig, resp         table.Addr
	facts.Observation
}

// ends returns the originator and the responder of a connection.
func (c *conn) ends() (orig, resp table.Addr, origPort, respPort uint16) {
	orig, resp = c.key.ends()
	if c.account.is(bitSwapped) {
		return resp, orig, c.key.bPort, c.key.aPort
	}
	return orig, resp, c.key.aPort, c.key.bPort
}

// observe hands over what a packet tells about hosts and services.
func (s *shard) observe(j *job, w, row int, c *conn, seg *facts.Segment) {
	o := observed{row: int32(row)}
	o.orig, o.resp, o.origPort, o.respPort = c.ends()
	facts.Observe(&c.tcp.Connection, seg, &s.arena.verdict, &o.Observation)
	j.observed[w] = append(j.observed[w], o)
}

// apply remembers an observation.
func (k *knowledge) apply(o *observed) {
	n := &o.Observation
	if facts.ConcernsSender(n) {
		sender := o.orig
		if n.From == 1 {
			sender = o.resp
		}
		facts.NoteHost(k.hosts.note(sender), n)
	}
	if facts.ConcernsService(n) {
		facts.NoteService(k.services.note(serviceKey{o.resp, o.respPort}), n)
	}
	if facts.ConcernsPair(n) {
		key := pairKey{o.orig, o.resp}
		if !facts.MakesPair(n) && !k.pairs.has(key) {
			return
		}
		if facts.NotePair(k.pairs.note(key), n, int64(o.respPort)) {
			facts.NoteTarget(k.hosts.note(o.orig), n)
		}
	}
}

// Records of what nothing is known about.
var (
	noHost    facts.Host
	noService facts.Service
	noPair    facts.Pair
)

// consult asks what is known about a finished connection.
func (k *knowledge) consult(c *conn, e *facts.Ending, known *facts.Known) {
	orig, resp, _, port := c.ends()
	facts.Consult(&c.tcp.Connection, e, k.hosts.ask(orig, &noHost), k.hosts.ask(resp, &noHost), k.services.ask(serviceKey{resp, port}, &noService),
		k.pairs.ask(pairKey{orig, resp}, &noPair), int64(port), known)
}

// remembered is a table of bounded size that forgets what was noted longest ago.
type remembered[K comparable, V any] struct {
	limit   int
	index   map[K]uint32
	entries pool[rememberedEntry[K, V]]
	ends    links // prev: noted last, next: noted longest ago
}

type rememberedEntry[K comparable, V any] struct {
	links links
	key   K
	value V
}

func newRemembered[K comparable, V any](limit int) remembered[K, V] {
	return remembered[K, V]{limit: limit, index: map[K]uint32{}}
}

// has reports whether there is a record.
func (x *remembered[K, V]) has(key K) bool {
	_, ok := x.index[key]
	return ok
}

// ask returns the record of the key, or none where there is none. It changes nothing.
func (x *remembered[K, V]) ask(key K, none *V) *V {
	if r, ok := x.index[key]; ok {
		return &x.entries.at(r).value
	}
	return none
}

// note returns the record of the key, a new one where there was none, and counts as its use. The
// record is good until the next call.
func (x *remembered[K, V]) note(key K) *V {
	r, ok := x.index[key]
	if ok {
		x.unlink(r)
	} else {
		if len(x.index) >= x.limit {
			oldest := x.ends.next
			delete(x.index, x.entries.at(oldest).key)
			x.unlink(oldest)
			x.entries.put(oldest)
		}
		var e *rememberedEntry[K, V]
		r, e = x.entries.get()
		*e = rememberedEntry[K, V]{key: key}
		x.index[key] = r
	}
	e := x.entries.at(r)
	e.links = links{prev: x.ends.prev}
	if x.ends.prev != 0 {
		x.entries.at(x.ends.prev).links.next = r
	} else {
		x.ends.next = r
	}
	x.ends.prev = r
	return &e.value
}

func (x *remembered[K, V]) unlink(r uint32) {
	l := x.entries.at(r).links
	if l.prev != 0 {
		x.entries.at(l.prev).links.next = l.next
	} else {
		x.ends.next = l.next
	}
	if l.next != 0 {
		x.entries.at(l.next).links.prev = l.prev
	} else {
		x.ends.prev = l.prev
	}
}
