package rare

import "github.com/pcap-teardown/teardown/classify/facts"

// None: what connections without anything rare share.
var (
	noConnection facts.ConnectionRare
	noDirection  facts.DirectionRare
)

// A Lender lends records. One goroutine at a time uses it; records that it has lent may be read by
// others meanwhile.
type Lender struct {
	connection  facts.ConnectionRare // written by a step of a connection that has none
	directions  [2]facts.DirectionRare
	connections pool[facts.ConnectionRare]
	halves      pool[facts.DirectionRare]
}

// Blank makes the memory of a connection empty. It forgets records: Release takes them back.
func Blank(c *facts.Connection) {
	*c = facts.Connection{}
	none(c)
}

func none(c *facts.Connection) {
	c.ConnectionRare = &noConnection
	for i := range c.Dir {
		c.Dir[i].DirectionRare = &noDirection
	}
}

// Step is facts.Step.
func (l *Lender) Step(c *facts.Connection, s *facts.Segment, x *facts.Derived, v *facts.Verdict) {
	// Only RSTs make anything of a connection rare, and change it where there was an RST.
	borrows := s.Rst && c.ConnectionRare == &noConnection
	if borrows {
		c.ConnectionRare = &l.connection
	}
	for i := range c.Dir {
		if c.Dir[i].DirectionRare == &noDirection {
			c.Dir[i].DirectionRare = &l.directions[i]
		}
	}
	facts.Step(c, s, x, v)
	if borrows {
		c.ConnectionRare = keep(&l.connection, &noConnection, &l.connections)
	}
	for i := range c.Dir {
		if c.Dir[i].DirectionRare == &l.directions[i] {
			c.Dir[i].DirectionRare = keep(&l.directions[i], &noDirection, &l.halves)
		}
	}
}

// keep returns the record that has what a step has written to lent, and empties that.
func keep[T comparable](lent, none *T, from *pool[T]) *T {
	var zero T
	if *lent == zero {
		return none
	}
	own := from.get()
	*own, *lent = *lent, zero
	return own
}

// HasReset reports whether the connection has a record of its own for what RSTs change.
func HasReset(c *facts.Connection) bool { return c.ConnectionRare != &noConnection }

// Release takes the records of a connection back, whose memory has nothing rare then.
func (l *Lender) Release(c *facts.Connection) {
	if c.ConnectionRare != nil && c.ConnectionRare != &noConnection {
		l.connections.put(c.ConnectionRare)
	}
	for i := range c.Dir {
		if r := c.Dir[i].DirectionRare; r != nil && r != &noDirection {
			l.halves.put(r)
		}
	}
	none(c)
}

// Lent returns how many records are lent: of connections, and of directions.
func (l *Lender) Lent() (connections, directions int) {
	return l.connections.lent, l.halves.lent
}

// Intact reports whether nobody has written to what is shared; for tests.
func Intact() bool {
	return noConnection == (facts.ConnectionRare{}) && noDirection == (facts.DirectionRare{})
}

// A pool allocates values in chunks and hands them out again.
type pool[T any] struct {
	free []*T
	lent int
}

// poolChunk is how many values are allocated at once.
const poolChunk = 32

func (p *pool[T]) get() *T {
	p.lent++
	if len(p.free) == 0 {
		chunk := make([]T, poolChunk)
		for i := range chunk {
			p.free = append(p.free, &chunk[i])
		}
	}
	n := len(p.free) - 1
	v := p.free[n]
	p.free = p.free[:n]
	return v
}

func (p *pool[T]) put(v *T) {
	var zero T
	*v = zero
	p.lent--
	p.free = append(p.free, v)
}
