package facts

import "github.com/pcap-teardown/teardown/schemas"

// leastLeg is the shortest way to a host and back that says anything about forgery, microseconds:
// below it the capture's own delays count.
const leastLeg = 5000

// tooFast reports whether an RST answers sooner than its sender can. The least of two answers or
// more is taken: the first packet to a host may wait for its address to be resolved, or for a radio
// link to wake. One of them is the handshake's, which a stack answers at once: data may be
// acknowledged as late as 200 ms (RFC 9293 3.8.6.3), and an RST need not be.
func tooFast(d *Direction, r *Reset, k *Known) bool {
	leg := int64(0)
	if d.Answers >= 2 && d.Rtt != 0 {
		leg = int64(d.Least)
	}
	if k.Rtt > 0 && (leg == 0 || int64(k.Rtt) < leg) && (leg != 0 || !d.Seen) {
		leg = int64(k.Rtt)
	}
	return leg >= leastLeg && r.Age > 0 && int64(r.Age)*2 < leg
}

// ttlKnown returns the time to live of the sender's other segments, or of its host's; 0 where it
// is unknown or changes.
func ttlKnown(d *Direction, r *Reset, k *Known) int64 {
	if r.BaseTtl != 0 {
		return int64(r.BaseTtl)
	}
	if d.TtlVaries {
		return 0
	}
	return int64(k.Ttl)
}

// ttlStep returns by how much the time to live differs from that of the sender's other segments,
// where both began with the same value.
func ttlStep(d *Direction, r *Reset, k *Known) int64 {
	known := ttlKnown(d, r, k)
	if known == 0 || start(known) != start(int64(r.Ttl)) {
		return 0
	}
	if known > int64(r.Ttl) {
		return known - int64(r.Ttl)
	}
	return int64(r.Ttl) - known
}

// ttlOther reports whether the time to live began with another value and the distance does not
// agree: an application may choose the value for its socket, but not for RSTs that answer
// segments. An RST of the socket itself begins as its other segments do.
func ttlOther(d *Direction, r *Reset, k *Known) bool {
	known := ttlKnown(d, r, k)
	if known == 0 || start(known) == start(int64(r.Ttl)) {
		return false
	}
	if r.BaseTtl != 0 && (r.Form == schemas.RstFormActive || r.Form == schemas.RstFormActiveStale) {
		return true
	}
	step := hops(known) - hops(int64(r.Ttl))
	return step > 1 || step < -1
}

// impossible reports whether an RST came so soon that no endpoint can have sent it: within half a millisecond,
// where answers take twenty times as long, the sender sits next to the capture. Else ways change, links wake up and
// queues drain, which makes answers several times as fast: three must have taken ten times as long. Nothing may show
// the hand of the endpoint, unless four answers took so long: the first packet to a host waits for its address, and
// data may be acknowledged late by a host that is near (RFC 9293 3.8.6.3).
func impossible(d *Direction, r *Reset, k *Known) bool {
	if !tooFast(d, r, k) || d.Answers < 2 {
		return false
	}
	return soonByFar(d, r) && (!copies(r) || d.Answers >= 4) ||
		d.Answers >= 3 && int64(r.Age)*10 < int64(d.Least) && !copies(r)
}

// tooSoon reports whether an RST acknowledges a segment, or answers one, sooner than half the time that its sender
// has needed so far, be it for its SYN-ACK alone. An endpoint can abort at any time, but not know of what has not
// reached it.
func tooSoon(d *Direction, r *Reset, k *Known) bool {
	return tooFast(d, r, k) || d.Answers >= 1 && d.Rtt != 0 && d.Least >= leastLeg && r.Age > 0 && int64(r.Age)*2 < int64(d.Least)
}

// soonByFar reports whether an RST came within half a millisecond, where two answers or more took twenty times as long.
func soonByFar(d *Direction, r *Reset) bool {
	return d.Answers >= 2 && d.Rtt != 0 && r.Age <= 500 && int64(r.Age)*20 < int64(d.Least)
}

// muchTooSoon reports the same of a quarter: ways become shorter, and links wake up, but seldom by that much.
func muchTooSoon(d *Direction, r *Reset, k *Known) bool {
	return tooSoon(d, r, k) && int64(r.Age)*4 < int64(d.Least)
}

// copies reports whether the header of an RST has what its sender's next segment would have.
func copies(r *Reset) bool { return r.IdNext || r.TsContinues || r.LabelSame }

// tells counts what in the header of an RST with ACK contradicts its sender's other segments, where nothing goes on
// with them.
func tells(d *Direction, r *Reset, k *Known) int64 {
	n := int64(0)
	if copies(r) || r.EchoHonest {
		return 0
	}
	if ttlStep(d, r, k) > 0 || ttlOther(d, r, k) {
		n++
	}
	if r.IdJump {
		n++
	}
	if r.TsMissing {
		n++
	}
	if r.LabelZero {
		n++
	}
	if r.SeqBehind {
		n++
	}
	return n
}

// doubtful reports whether the header of an RST with ACK gives no reason to trust that its sender sent it: on the whole,
// because it comes from another distance and nothing goes on with its sender's segments, or because its sender goes on in a
// capture that has packets twice, where that proves nothing.
func doubtful(d *Direction, r *Reset, k *Known, w *Why) bool {
	return w.Score >= 1 || r.SentAfter || (ttlStep(d, r, k) > 0 || ttlOther(d, r, k)) && tells(d, r, k) > 0
}

// knownStride reports whether the second RST lies ahead by the sizes that injecting devices use
// (Weaver et al. 2009).
func knownStride(r *Reset) bool { return r.Stride == 1460 || r.Stride == 4380 }

// foreign reports whether somebody else than the endpoint sent the RST.
func foreign(w *Why) bool { return w.Origin == schemas.RstOriginThirdParty }

// refusalTells counts what shows that a refusal did not come from the host that it names.
func refusalTells(d *Direction, r *Reset, k *Known) int64 {
	n := int64(0)
	if refusalTtl(r, k) {
		n++
	}
	if r.NoLabel && k.Labels {
		n++
	}
	if r.TosDropped && k.Linux {
		n++
	}
	if tooFast(d, r, k) {
		n++
	}
	return n
}

// refusalTtl reports whether the refusal comes from another distance than the host's segments.
func refusalTtl(r *Reset, k *Known) bool {
	return k.Ttl != 0 && r.Ttl != k.Ttl && start(int64(r.Ttl)) == start(int64(k.Ttl))
}

// otherStart reports whether the time to live began with another value than that of the sender's other segments, or its
// host's, and passed another number of routers, be it one: another stack, as a rule, though some choose it by
// application, or have two.
func otherStart(d *Direction, r *Reset, k *Known) bool {
	known := ttlKnown(d, r, k)
	return known != 0 && start(known) != start(int64(r.Ttl)) && hops(known) != hops(int64(r.Ttl))
}

// knownTimer reports whether a silence, in milliseconds, ended at or just behind the idle limit of
// a kind of device: within 2 %, or 2 s.
func knownTimer(silence int64) bool {
	return atTimer(silence, 60) || atTimer(silence, 120) || atTimer(silence, 180) || atTimer(silence, 240) || atTimer(silence, 300) ||
		atTimer(silence, 350) || atTimer(silence, 600) || atTimer(silence, 900) || atTimer(silence, 1800) || atTimer(silence, 3600) ||
		atTimer(silence, 7200) || atTimer(silence, 432000)
}

func atTimer(silence, seconds int64) bool {
	slack := most(2000, seconds*20)
	return silence >= seconds*1000-slack && silence <= seconds*1000+slack
}
