package zeek

// A machine can rest while nothing but new data and their acknowledgments comes, in order: then its numbers are
// those that the rules remember, who keep them anyway. Package classify asks Rests what a packet may be that need
// not be handed over, and calls Wake before anything else happens to the machine.

// Numbers are what the rules remember of an end.
type Numbers struct {
	First uint32 // its first sequence number
	Next  uint32 // that after the last one that it sent
	Acked uint32 // highest acknowledgment by the other end
}

// Kinds of packets that a resting machine need not see, per side: those whose letters stand in the history.
const (
	RestACK  = 1 // an acknowledgment without payload
	RestData = 2 // payload
	restBits = 2
)

// Rest returns the bit of Rests for a packet from side, 0 for the originator.
func Rest(side int, payload int64) uint8 {
	kind := uint8(RestACK)
	if payload > 0 {
		kind = RestData
	}
	return kind << (side * restBits)
}

// How far numbers may be apart that a resting machine does not see.
const (
	MaxSent    = 1 << 30 // from the first one; from half of all numbers on the machine takes later ones for earlier
	MaxUnacked = maxHeld // from the highest that is acknowledged
)

// Rests returns the kinds of packets that the machine need not see, given the numbers of both ends; 0 where it
// must see all. Roles must be fixed.
func (c *TCP) Rests(numbers *[2]Numbers) (kinds uint8) {
	if c.rare != nil || c.bits&(firstOrig|firstResp|fixed) != firstOrig|firstResp|fixed || c.orig != 0 {
		return 0
	}
	for side := range c.ends {
		e, n := &c.ends[side], &numbers[side]
		if e.state != established || e.bits&^previousBits != 0 || e.last != n.Next || e.acked != n.Acked || n.First-e.start > 1 ||
			e.start > e.acked || e.acked > e.last || max(e.position, 1) != e.last-e.start || max(e.trimmed, 1) != max(e.acked-e.start, 1) {
			return 0
		}
		kind := uint8(0)
		if c.seen[side]&seenACK != 0 {
			kind |= RestACK
		}
		if c.seen[side]&seenData != 0 && e.acked-e.start > 1 {
			kind |= RestData
		}
		kinds |= kind << (side * restBits)
	}
	return kinds
}

// Wake takes the numbers that a resting machine has missed.
func (c *TCP) Wake(numbers *[2]Numbers) {
	for side := range c.ends {
		e, n := &c.ends[side], &numbers[side]
		e.last, e.acked = n.Next, n.Acked
		if to := e.last - e.start; to > max(e.position, 1) {
			e.position = to
		}
		if ack := e.acked - e.start; ack > max(e.trimmed, 1) {
			e.trimmed = ack
		}
	}
}
