package zeek

import "github.com/pcap-teardown/teardown/schemas"

// History adds the letters to dst.
func (c *TCP) History(dst []byte) []byte {
	if c.history.used == overflown {
		return append(dst, c.rare.letters...)
	}
	return c.history.text(dst)
}

// Bytes returns orig_bytes and resp_bytes: the payload by sequence numbers.
func (c *TCP) Bytes() (orig, resp int64) {
	o, r := &c.ends[c.orig], &c.ends[1-c.orig]
	return int64(c.size(o, r)), int64(c.size(r, o))
}

// ConnState returns conn_state as of now.
func (c *TCP) ConnState() schemas.ZeekConnState {
	o, r := &c.ends[c.orig], &c.ends[1-c.orig]
	switch {
	case r.state == reset:
		switch {
		case o.state == synSent, o.state == synAckSent, o.state == reset && c.size(o, r) == 0 && c.size(r, o) == 0:
			return schemas.ZeekConnStateREJ
		case o.state.silent():
			return schemas.ZeekConnStateRSTRH
		}
		return schemas.ZeekConnStateRSTR
	case o.state == reset:
		switch {
		case !r.state.silent():
			return schemas.ZeekConnStateRSTO
		case c.synThenReset():
			return schemas.ZeekConnStateRSTOS0
		}
		return schemas.ZeekConnStateOTH
	case o.state == closed && r.state == closed:
		return schemas.ZeekConnStateSF
	case o.state == closed:
		if r.state.silent() {
			return schemas.ZeekConnStateSH
		}
		return schemas.ZeekConnStateS2
	case r.state == closed:
		if o.state.silent() {
			return schemas.ZeekConnStateSHR
		}
		return schemas.ZeekConnStateS3
	case o.state == synSent && r.state == inactive:
		return schemas.ZeekConnStateS0
	case o.state == established && r.state == established:
		return schemas.ZeekConnStateS1
	}
	return schemas.ZeekConnStateOTH
}

// synThenReset matches the history against ^?S[^HAFGIQ]*R.* as a whole.
func (c *TCP) synThenReset() bool {
	var buffer [headLetters + tailLetters]byte
	h := c.History(buffer[:0])
	if len(h) > 0 && h[0] == '^' {
		h = h[1:]
	}
	if len(h) == 0 || h[0] != 'S' {
		return false
	}
	for _, letter := range h[1:] {
		switch letter {
		case 'R':
			return true
		case 'H', 'A', 'F', 'G', 'I', 'Q':
			return false
		}
	}
	return false
}
