package facts

// before reports whether sequence number a comes before b (RFC 9293 3.4). Numbers half the
// space apart count as before, in both orders.
func before(a, b uint32) bool {
	return a-b >= 2147483648
}

// between reports whether low <= x <= high on the circle of sequence numbers.
func between(low, x, high uint32) bool {
	return !before(x, low) && !before(high, x)
}

// endOf returns the sequence number after the segment: SYN and FIN count (RFC 9293 3.4).
func endOf(s *Segment) uint32 {
	n := s.Length
	if s.Syn {
		n++
	}
	if s.Fin {
		n++
	}
	return s.Seq + uint32(n)
}

// most returns the larger number.
func most(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}

// short returns a span of time that fits 32 bits: at most 71 minutes.
func short(span int64) uint32 {
	if span > 4294967295 {
		return 4294967295
	}
	return uint32(span)
}

// FrameOf returns the frame number near the frame near whose low 32 bits are low; 0 for 0.
func FrameOf(low uint32, near int64) int64 {
	if low == 0 {
		return 0
	}
	frame := near - int64(uint32(near)-low)
	if frame < 1 {
		// The frame of an earlier file of a joined world.
		frame += 4294967296
	}
	return frame
}

// has reports whether the bit is among the flags.
func has(flags, bit int64) bool {
	return flags/bit%2 == 1
}
