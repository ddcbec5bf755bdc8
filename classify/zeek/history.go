package zeek

import "strings"

// maxHistory limits the letters kept; Zeek keeps them all.
const maxHistory = 1 << 12

// letters are the letters that a history has; a letter's code is its place here.
const letters = "SHADFRGTWIQshadfrgtwiq^"

// Letters with 5 bits each in the two words of a short history.
const (
	letterBits  = 5
	headLetters = 64 / letterBits
	tailLetters = 32 / letterBits
)

// A history is a short text of letters: longer ones are in rare.letters.
type history struct {
	head uint64
	tail uint32
	used uint8 // letters; overflown: more than fit
}

const overflown = 255

func (c *TCP) add(letter byte) {
	h := &c.history
	code := strings.IndexByte(letters, letter)
	switch {
	case h.used == overflown:
		if long := &c.rare.letters; len(*long) < maxHistory {
			*long = append(*long, letter)
		}
		return
	case h.used < headLetters:
		h.head |= uint64(code) << (h.used * letterBits)
	case h.used < headLetters+tailLetters:
		h.tail |= uint32(code) << ((h.used - headLetters) * letterBits)
	default:
		c.more().letters = append(h.text(make([]byte, 0, 2*(headLetters+tailLetters))), letter)
		h.used = overflown
		return
	}
	h.used++
}

// text adds the letters of a short history to dst.
func (h *history) text(dst []byte) []byte {
	const mask = 1<<letterBits - 1
	for i := uint8(0); i < h.used; i++ {
		code := h.head >> (i * letterBits) & mask
		if i >= headLetters {
			code = uint64(h.tail) >> ((i - headLetters) * letterBits) & mask
		}
		dst = append(dst, letters[code])
	}
	return dst
}

// onlySynAck reports whether the history is the letter of a SYN-ACK by the originator.
func (h *history) onlySynAck() bool { return h.used == 1 && letters[h.head] == 'H' }

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
	c.add(letter)
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
		if c.once(e, seenSYN, letter) && uint32(rel) != c.lastSyn(e) {
			c.letter(e, letter)
		}
		if rel != 0 || c.rare != nil { // it is 0 but for SYNs with other numbers
			c.moreOf(e).lastSyn = uint32(rel)
		}
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

// lastSyn returns the relative number of the last SYN of e, modulo 2^32.
func (c *TCP) lastSyn(e *endpoint) uint32 {
	if r := c.rareOf(e); r != nil {
		return r.lastSyn
	}
	return 0
}
