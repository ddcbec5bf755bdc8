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
