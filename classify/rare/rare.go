package rare

import "github.com/pcap-teardown/teardown/classify/facts"

// A set has all that a connection can need.
type set struct {
	connection facts.ConnectionRare
	directions [2]facts.DirectionRare
}

// none is zero: what finished connections without anything rare share. Nobody writes it, so that many
// goroutines may read it.
var none set

// A Lender lends records. One goroutine at a time uses it and the connections of Blank; those of Settle may
// be read by others.
type Lender struct {
	written     set // by a step of a connection without records; zero at any other time
	connections pool[facts.ConnectionRare]
	directions  pool[facts.DirectionRare]
}

// Blank makes the memory of a connection empty. It forgets records: Release takes them back.
func (l *Lender) Blank(c *facts.Connection) {
	*c = facts.Connection{}
	l.Share(c)
}

// Share gives the memory of a connection, which is zero, the records that connections without any share.
func (l *Lender) Share(c *facts.Connection) {
	c.ConnectionRare = &l.written.connection
	for i := range c.Dir {
		c.Dir[i].DirectionRare = &l.written.directions[i]
	}
}

// Step is facts.Step.
func (l *Lender) Step(c *facts.Connection, s *facts.Segment, x *facts.Derived, v *facts.Verdict) {
	facts.Step(c, s, x, v)
	if l.written.directions != none.directions || l.written.connection != none.connection {
		l.keep(c)
	}
}

// StepPlain is facts.StepPlain, for a plain segment of a calm connection.
func (l *Lender) StepPlain(c *facts.Connection, s *facts.Segment, v *facts.Verdict) {
	if l.Usual(c, s) {
		l.StepUsual(c, s, v)
	} else if facts.StepPlain(c, s, v) && l.written != none {
		l.keep(c)
	}
}

// Usual reports whether StepUsual can take a plain segment of a calm connection.
func (l *Lender) Usual(c *facts.Connection, s *facts.Segment) bool {
	return l.lends(c.Dir[0].DirectionRare) && l.lends(c.Dir[1].DirectionRare) && facts.Usual(c, s)
}

// StepUsual is facts.StepUsual.
func (l *Lender) StepUsual(c *facts.Connection, s *facts.Segment, v *facts.Verdict) {
	if facts.StepUsual(c, s, v) && l.written != none {
		l.keep(c)
	}
}

// keep gives a connection records of its own for what the step has written.
func (l *Lender) keep(c *facts.Connection) {
	if l.written.connection != none.connection {
		c.ConnectionRare = l.connections.get()
		*c.ConnectionRare = l.written.connection
	}
	for i := range c.Dir {
		if d := &c.Dir[i]; *d.DirectionRare != none.directions[0] && l.lends(d.DirectionRare) {
			own := l.directions.get()
			*own = *d.DirectionRare
			d.DirectionRare = own
		}
	}
	l.written = none
}

// lends reports whether the record is one that all connections share while they live.
func (l *Lender) lends(r *facts.DirectionRare) bool {
	return r == &l.written.directions[0] || r == &l.written.directions[1]
}

// HasOwn reports whether a connection has records of its own.
func (l *Lender) HasOwn(c *facts.Connection) bool {
	return c.ConnectionRare != &l.written.connection || !l.lends(c.Dir[0].DirectionRare) || !l.lends(c.Dir[1].DirectionRare)
}

// Settle makes a connection that gets no more packets independent of the steps of others.
func (l *Lender) Settle(c *facts.Connection) {
	if c.ConnectionRare == &l.written.connection {
		c.ConnectionRare = &none.connection
	}
	for i := range c.Dir {
		if d := &c.Dir[i]; l.lends(d.DirectionRare) {
			d.DirectionRare = &none.directions[0]
		}
	}
}

// Release takes back the records of a connection, whose memory is of no use then.
func (l *Lender) Release(c *facts.Connection) {
	if r := c.ConnectionRare; r != nil && r != &none.connection && r != &l.written.connection {
		l.connections.put(r)
	}
	for i := range c.Dir {
		if r := c.Dir[i].DirectionRare; r != nil && r != &none.directions[0] && !l.lends(r) {
			l.directions.put(r)
		}
	}
	c.ConnectionRare, c.Dir[0].DirectionRare, c.Dir[1].DirectionRare = nil, nil, nil
}

// Lent returns how many records are lent: of connections, and of directions.
func (l *Lender) Lent() (connections, directions int) {
	return l.connections.lent, l.directions.lent
}

// Intact reports whether nobody has written to what finished connections share; for tests.
func Intact() bool { return none == set{} }

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
