package classify

import (
	"math/rand/v2"

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

	// Of the hashes. It is another in every run, so that nobody can choose addresses that meet; no answer
	// depends on it.
	seed [2]uint64
}

type (
	serviceKey struct {
		addr table.Addr
		port uint16
	}
	pairKey struct{ orig, resp table.Addr }
)

func newKnowledge(limit int) *knowledge {
	return &knowledge{newRemembered[table.Addr, facts.Host](limit), newRemembered[serviceKey, facts.Service](limit),
		newRemembered[pairKey, facts.Pair](limit), [2]uint64{rand.Uint64(), rand.Uint64()}}
}

// Hashes: the folded multiplication of wyhash, as for the keys of flows. Those of services and pairs
// are made of those of their hosts.
func (k *knowledge) hostHash(a *table.Addr) uint64 { return mix(a.Hi^k.seed[0], a.Lo^k.seed[1]) }

func (k *knowledge) serviceHash(host uint64, port uint16) uint64 {
	return mix(host^k.seed[1], uint64(port)^k.seed[0])
}

func (k *knowledge) pairHash(orig, resp uint64) uint64 { return mix(orig^k.seed[0], resp^k.seed[1]) }

// An observed is an observation with the packet that gave it.
type observed struct {
	respPort   uint16
	orig, resp table.Addr
	facts.Observation
}

// ends returns the originator and the responder of a connection, and the port of the responder.
func (c *conn) ends() (orig, resp table.Addr, respPort uint16) {
	orig, resp, _, respPort = c.key.roles(c.account.is(bitSwapped))
	return orig, resp, respPort
}

// observe hands over what a packet tells about hosts and services.
func (s *shard) observe(j *job, w, row int, c *conn, seg *facts.Segment) {
	var o observed
	o.orig, o.resp, o.respPort = c.ends()
	facts.Observe(&c.tcp.Connection, seg, &s.arena.verdict, &o.Observation)
	j.sequence[w] = append(j.sequence[w], uint64(row)<<32|uint64(len(j.observed[w])))
	j.observed[w] = append(j.observed[w], o)
}

// apply remembers an observation.
func (k *knowledge) apply(o *observed) {
	n := &o.Observation
	orig, resp := k.hostHash(&o.orig), k.hostHash(&o.resp)
	if facts.ConcernsSender(n) {
		sender, hash := &o.orig, orig
		if n.From == 1 {
			sender, hash = &o.resp, resp
		}
		facts.NoteHost(k.hosts.note(hash, sender), n)
	}
	if facts.ConcernsService(n) {
		facts.NoteService(k.services.note(k.serviceHash(resp, o.respPort), &serviceKey{o.resp, o.respPort}), n)
	}
	if facts.ConcernsPair(n) {
		key, hash := pairKey{o.orig, o.resp}, k.pairHash(orig, resp)
		if !facts.MakesPair(n) && k.pairs.find(hash, &key) == 0 {
			return
		}
		if facts.NotePair(k.pairs.note(hash, &key), n, int64(o.respPort)) {
			facts.NoteTarget(k.hosts.note(orig, &o.orig), n)
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
	orig, resp, port := c.ends()
	k.consultEnds(&orig, &resp, port, &c.tcp.Connection, e, known)
}

// consultEnds is consult where the ends are others than those of c.
func (k *knowledge) consultEnds(orig, resp *table.Addr, port uint16, c *facts.Connection, e *facts.Ending, known *facts.Known) {
	o, r := k.hostHash(orig), k.hostHash(resp)
	facts.Consult(c, e, k.hosts.ask(o, orig, &noHost), k.hosts.ask(r, resp, &noHost),
		k.services.ask(k.serviceHash(r, port), &serviceKey{*resp, port}, &noService),
		k.pairs.ask(k.pairHash(o, r), &pairKey{*orig, *resp}, &noPair), int64(port), known)
}
