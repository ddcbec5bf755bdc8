package zeek

import "github.com/pcap-teardown/teardown/schemas"

// Zeek's defaults, in microseconds.
const (
	second       = 1_000_000
	synTimeout   = 5 * second    // tcp_SYN_timeout: until the first look at a connection
	sessionTimer = 6 * second    // tcp_session_timer: until the next one
	linger       = 5 * second    // tcp_connection_linger
	attemptDelay = 5 * second    // tcp_attempt_delay
	closeDelay   = 5 * second    // tcp_close_delay
	idleTCP      = 300 * second  // tcp_inactivity_timeout
	idleService  = 3600 * second // Conn::port_inactivity_timeouts

	// IdleOther is the limit of UDP, ICMP and all other protocols (udp_inactivity_timeout and
	// its like); TCP has it too until its handshake ends.
	IdleOther = 60 * second
)

// never is the time of a timer that does not run.
const never = 1<<63 - 1

// timers are the times at which Zeek looks at a connection, 0 where it does not. Changes of
// timers that do not exist do nothing.
type timers struct {
	last        int64 // time of the last packet before both ends had closed
	scheduled   int64 // see Scheduled
	attempt     int64
	remove      int64
	expire      [2]int64
	idle        int64
	idleLimit   int64
	established bool // the event connection_established has not been handled
}

func newTimers(now int64) *timers {
	return &timers{expire: [2]int64{now + synTimeout}, idleLimit: IdleOther, idle: now + IdleOther}
}

// setIdle changes the limit of idle time.
func (t *timers) setIdle(limit int64) {
	if t != nil && limit != t.idleLimit {
		t.idleLimit, t.idle = limit, t.last+limit
	}
}

// attemptUntil is when an attempt without an answer is over.
func (t *timers) attemptUntil(at int64) {
	if t != nil {
		t.attempt = at
	}
}

// addExpire adds a look at the connection, a while after the last packet.
func (t *timers) addExpire(after int64) {
	if t == nil {
		return
	}
	at := t.last + after
	for i := range t.expire {
		if t.expire[i] == 0 {
			t.expire[i] = at
			return
		}
	}
}

// closing removes the connection a while after its close, whatever happens.
func (t *timers) closing() {
	if t != nil {
		t.attempt, t.expire = 0, [2]int64{}
		t.remove = t.last + closeDelay
	}
}

// LastTime returns the time of the last packet before both ends had closed, in microseconds.
func (c *TCP) LastTime() int64 {
	if t := c.timers(); t != nil {
		return t.last
	}
	return 0
}

// Scheduled returns the time for which the caller has planned to call Fire, 0 for none.
func (c *TCP) Scheduled() int64 {
	if t := c.timers(); t != nil {
		return t.scheduled
	}
	return 0
}

// Schedule remembers that time.
func (c *TCP) Schedule(at int64) {
	if t := c.timers(); t != nil {
		t.scheduled = at
	}
}

// Due returns the time of the next timer.
func (c *TCP) Due() int64 {
	t := c.timers()
	due := int64(never)
	for _, at := range [...]int64{t.attempt, t.remove, t.expire[0], t.expire[1], t.idle} {
		if at != 0 {
			due = min(due, at)
		}
	}
	return due
}

// Ports handles the event connection_established after a packet: some services have an hour of
// idle time. The ports are those of originator and responder.
func (c *TCP) Ports(orig, resp uint16) {
	t := c.timers()
	if t == nil || !t.established {
		return
	}
	t.established = false
	if c.ends[c.orig].state == inactive && !schemas.LikelyTcpServerPort(int32(resp)) && schemas.LikelyTcpServerPort(int32(orig)) {
		resp = orig
	}
	switch resp {
	case 21, 22, 23, 513:
		t.setIdle(idleService)
	}
}

// Fire runs the timers that are due at now, the time of a packet of any connection, and
// reports whether Zeek removes the connection.
func (c *TCP) Fire(now int64) (removed bool) {
	t := c.timers()
	if t.remove != 0 && t.remove <= now {
		return true
	}
	o, r := &c.ends[c.orig], &c.ends[1-c.orig]
	if t.attempt != 0 && t.attempt <= now {
		t.attempt = 0
		if !c.is(inert) && (o.state == synSent || o.state == synAckSent) && r.state == inactive {
			return true
		}
	}
	for i := range t.expire {
		if t.expire[i] != 0 && t.expire[i] <= now {
			t.expire[i] = 0
			if c.is(inert) {
				continue
			}
			if t.last+linger < now && c.over(o, r) {
				return true
			}
			t.expire[i] = now + sessionTimer
		}
	}
	if t.idle <= now {
		if t.last+t.idleLimit <= now {
			return true
		}
		t.idle = t.last + t.idleLimit
	}
	return false
}

// over reports whether a connection that has been silent for a while has come to its end.
func (c *TCP) over(o, r *endpoint) bool {
	if o.state == inactive && r.state == inactive {
		return true
	}
	if !o.is(didClose) && !r.is(didClose) {
		return false
	}
	return o.is(didClose) && r.is(didClose) || o.state == reset || r.state == reset || o.state == inactive || r.state == inactive
}
