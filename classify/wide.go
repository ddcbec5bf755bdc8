package classify

// A wide has what hardly a connection needs: the upper parts of counters of more than 65,535
// events or 4 GiB, times beyond the narrow ones, text. A long connection gets it after 65,536
// packets of a direction, so that it costs nothing beside the capture.
type wide struct {
	sides [2][wideKinds]int32
	times [handshakeTimes]int64 // those that are farTime
	text  *string               // payload of the first RST that counts, nil for none

	// Where the protocol is not TCP.
	lastFrame int64
	lastTime  int64 // microseconds of the clock
	timer     int64 // with CutZeek: when Zeek looks at it next, microseconds since 1970
	basis     uint8 // of the direction
}

// Counters of a side that have an upper part.
const (
	wideIPBytes = iota
	widePayload
	widePackets
	wideMissing
	wideTTL                          // one per value
	wideEvents = wideTTL + ttlValues // one per event
	wideKinds  = wideEvents + eventKinds
)

// more returns the wide part, which it makes where there is none.
func (a *account) more() *wide {
	if a.wide == nil {
		a.wide = new(wide)
	}
	return a.wide
}

// upper returns the upper part of a counter.
func (a *account) upper(from, kind int) int64 {
	if a.wide == nil {
		return 0
	}
	return int64(a.wide.sides[from][kind])
}

// step counts one.
func (a *account) step(low *uint16, from, kind int) {
	*low++
	if *low == 0 {
		a.more().sides[from][kind]++
	}
}

// event counts an event of a direction of TCP.
func (a *account) event(s *tcpEvents, from, kind int) { a.step(&s.counts[kind], from, wideEvents+kind) }

// grow adds n, which may be below 0.
func (a *account) grow(low *uint32, from, kind int, n int64) {
	sum := int64(*low) + n
	*low = uint32(sum)
	if carry := sum >> 32; carry != 0 {
		a.more().sides[from][kind] += int32(carry)
	}
}

func (a *account) packets(from int) int64 {
	return a.upper(from, widePackets)<<16 + int64(a.sides[from].packets)
}

func (a *account) ipBytes(from int) int64 {
	return a.upper(from, wideIPBytes)<<32 + int64(a.sides[from].ipBytes)
}

func (a *account) payload(from int) int64 {
	return a.upper(from, widePayload)<<32 + int64(a.sides[from].payload)
}

// missing returns the bytes of a direction that were not captured.
func (c *conn) missing(from int) int64 {
	return c.account.upper(from, wideMissing)<<32 + int64(c.tcp.account.events[from].missing)
}

// events returns how often an event was counted.
func (c *conn) events(from, kind int) int64 {
	return c.account.upper(from, wideEvents+kind)<<16 + int64(c.tcp.account.events[from].counts[kind])
}

// setTime keeps the time of a packet of the handshake.
func (c *conn) setTime(kind int, p *packetInfo) {
	a, t := &c.account, &c.tcp.account
	t.set(1<<kind, p.hasNs)
	if !p.hasNs {
		return
	}
	if after := p.ns - a.firstNs; a.is(bitFirst) && after >= 0 && after < farTime {
		t.times[kind] = uint32(after)
		return
	}
	t.times[kind] = farTime
	a.more().times[kind] = p.ns
}

// time returns the time of a packet of the handshake.
func (c *conn) time(kind int) (ns int64, known bool) {
	t := &c.tcp.account
	switch {
	case !t.is(1 << kind):
		return 0, false
	case t.times[kind] == farTime:
		return c.account.wide.times[kind], true
	}
	return c.account.firstNs + int64(t.times[kind]), true
}

// setText keeps the payload of an RST.
func (a *account) setText(text *string) {
	if text != nil || a.wide != nil {
		a.more().text = text
	}
}

func (a *account) text() *string {
	if a.wide == nil {
		return nil
	}
	return a.wide.text
}

// ttlValues is how many values of the TTL are counted per direction.
const ttlValues = 3

func (a *account) ttlCount(from, i int) int64 {
	return a.upper(from, wideTTL+i)<<16 + int64(a.sides[from].ttlCount[i])
}

// addTTL counts a value of the TTL, of which the most frequent one is looked for.
func (a *account) addTTL(from int, v uint8) {
	s := &a.sides[from]
	if s.ttlCount[0] == 0 && a.wide == nil { // the first one
		s.ttl[0], s.ttlCount[0] = v, 1
		return
	}
	least := 0
	for i := range s.ttl {
		if s.ttl[i] == v && a.ttlCount(from, i) > 0 {
			a.step(&s.ttlCount[i], from, wideTTL+i)
			return
		}
		if a.ttlCount(from, i) < a.ttlCount(from, least) {
			least = i
		}
	}
	// The rarest candidate makes place and leaves its count, as in the space-saving algorithm
	// (Metwally et al. 2005): a value that is in the majority always stays.
	s.ttl[least] = v
	a.step(&s.ttlCount[least], from, wideTTL+least)
}

// mostTTL returns the most frequent value of the TTL, the first seen of several.
func (a *account) mostTTL(from int) (uint8, bool) {
	best := 0
	if s := &a.sides[from]; a.wide == nil { // nothing is in upper parts
		for i, n := range s.ttlCount {
			if n > s.ttlCount[best] {
				best = i
			}
		}
		return s.ttl[best], s.ttlCount[best] > 0
	}
	for i := range ttlValues {
		if a.ttlCount(from, i) > a.ttlCount(from, best) {
			best = i
		}
	}
	return a.sides[from].ttl[best], a.ttlCount(from, best) > 0
}
