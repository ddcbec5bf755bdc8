package zeek

// maxHistory limits the letters kept; Zeek keeps them all.
const maxHistory = 1 << 12

// A history is the text of letters, short ones without memory of their own.
type history struct {
	long  *[]byte // all letters, once short is full
	short [23]byte
	used  uint8
}

func (h *history) add(letter byte) {
	switch {
	case h.long != nil:
		if len(*h.long) < maxHistory {
			*h.long = append(*h.long, letter)
		}
	case int(h.used) < len(h.short):
		h.short[h.used] = letter
		h.used++
	default:
		all := append(append(make([]byte, 0, 2*len(h.short)), h.short[:]...), letter)
		h.long = &all
	}
}

func (h *history) text() []byte {
	if h.long != nil {
		return *h.long
	}
	return h.short[:h.used]
}

// is reports whether the history is that one letter.
func (h *history) is(letter byte) bool { return h.used == 1 && h.short[0] == letter }

// Bits of TCP.seen: letters that stand once per role.
const (
	seenSYN = 1 << iota
	seenFIN
	seenRST
	seenFINRST
	seenData
	seenACK
	seenMulti
)

// letter adds a letter, in lower case where e is the responder.
func (c *TCP) letter(e *endpoint, letter byte) {
	if c.role(e) == 1 {
		letter += 'a' - 'A'
	}
	c.history.add(letter)
}

// once adds a letter where its bit was not set for the role of e, and reports whether it was.
func (c *TCP) once(e *endpoint, bit uint8, letter byte) (before bool) {
	seen := &c.seen[c.role(e)]
	if *seen&bit != 0 {
		return true
	}
	*seen |= bit
	c.letter(e, letter)
	return false
}

// record adds the letter of a segment; rel is its relative number.
func (c *TCP) record(e *endpoint, s *Segment, rel uint64) {
	switch s.Flags & (SYN | FIN | RST) {
	case 0:
		if s.Length > 0 {
			c.once(e, seenData, 'D')
		} else if s.has(ACK) {
			c.once(e, seenACK, 'A')
		}
	case SYN:
		letter := byte('S')
		if s.has(ACK) {
			letter = 'H'
		}
		c.again(e, seenSYN, letter, uint32(rel), &e.lastSyn)
	case FIN:
		// A FIN's number is that after the payload.
		c.again(e, seenFIN, 'F', uint32(rel)+s.Length, &e.lastFin)
	case RST:
		c.again(e, seenRST, 'R', uint32(rel), &e.lastRst)
	case FIN | RST, FIN | RST | SYN:
		c.once(e, seenFINRST, 'I')
	default:
		c.once(e, seenMulti, 'Q')
	}
}

// again adds the letter of a control segment the first time, and whenever its number differs
// from that of the last one.
func (c *TCP) again(e *endpoint, bit uint8, letter byte, number uint32, last *uint32) {
	if c.once(e, bit, letter) && number != *last {
		c.letter(e, letter)
	}
	*last = number
}
