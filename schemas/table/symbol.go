package table

import "github.com/pcap-teardown/teardown/schemas"

// Symbol holds strings that repeat: numbers into Dict, 0 for null. The dictionary belongs
// to the batch and starts anew at Reset; numbers are in order of first appearance.
type Symbol struct {
	Codes []uint32
	Dict  []string // Dict[0] is empty and stands for null
	index map[string]uint32
	last  uint32 // code that was asked for last, 0 for none: often the next one too
}

func (x *Symbol) initialise(r *room, _ *schemas.Column, n int) {
	x.Codes = take(r, &r.uint32s, n)
	x.Dict = append(x.Dict, "")
	x.index = map[string]uint32{}
}

func (x *Symbol) reset(n int) {
	clear(x.Codes[:n])
	clear(x.Dict[1:])
	x.Dict = x.Dict[:1]
	clear(x.index)
	x.last = 0
}

func (x *Symbol) forget(i int) { x.Codes[i] = 0 }

// Code returns the number of s in this batch, which is added where it is new.
func (x *Symbol) Code(s string) uint32 {
	if x.last != 0 && x.Dict[x.last] == s {
		return x.last
	}
	c, ok := x.index[s]
	if !ok {
		c = uint32(len(x.Dict))
		x.Dict = append(x.Dict, s)
		x.index[s] = c
	}
	x.last = c
	return c
}

// CodeBytes is Code for a byte slice; it allocates only where the string is new to the batch.
func (x *Symbol) CodeBytes(s []byte) uint32 {
	if x.last != 0 && x.Dict[x.last] == string(s) {
		return x.last
	}
	if c, ok := x.index[string(s)]; ok {
		x.last = c
		return c
	}
	return x.Code(string(s))
}

// Set makes row i hold s.
func (x *Symbol) Set(i int, s string) { x.Codes[i] = x.Code(s) }

// Value returns the string of row i, empty for null.
func (x *Symbol) Value(i int) string { return x.Dict[x.Codes[i]] }
