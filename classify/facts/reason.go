package facts

import "github.com/pcap-teardown/teardown/schemas"

// Who says why it resets, and how: Segment.ReasonKind.
const (
	reasonDiagnostic = 1 // payload of draft-ietf-tcpm-rst-diagnostic-payload, reason of IANA
	reasonMptcp      = 2 // option MP_TCPRST
	reasonFastClose  = 3 // option MP_FASTCLOSE
	reasonText       = 4 // payload of printable text
	reasonTenBytes   = 5 // the payload 1 to 9 and 0
	reasonVendor     = 6 // diagnostic payload, reason of a vendor
)

// DeclareReason fills ReasonKind and Reason of an RST out of what was read of its payload and
// options. What says a reason in most detail goes first.
func DeclareReason(s *Segment, h *Head) {
	s.ReasonKind = 0
	s.Reason = 0
	switch {
	case h.Length == 8 && h.Captured == 8 && h.Byte[0] == 0x33 && h.Byte[1] == 0xaa:
		// Magic cookie, reason, private enterprise number; 0 is IANA's registry.
		s.ReasonKind = reasonVendor
		if four(h, 4) == 0 {
			s.ReasonKind = reasonDiagnostic
		}
		s.Reason = h.Byte[2]*256 + h.Byte[3]
	case h.MpReset > 0:
		s.ReasonKind = reasonMptcp
		s.Reason = h.MpReset
	case h.MpFastClose:
		s.ReasonKind = reasonFastClose
	case h.MpReset == 0:
		s.ReasonKind = reasonMptcp // unspecified
	case h.Text:
		s.ReasonKind = reasonText
		s.Reason = h.TextMeans
	case h.Length == 10 && h.Captured >= 10 && tenBytes(h):
		s.ReasonKind = reasonTenBytes
	}
}

// says reports whether the text in an RST means the given word.
func says(r *Reset, means schemas.RstText) bool {
	return r.Seen && r.ReasonKind == reasonText && r.Reason == uint32(means)
}

// tenBytes reports whether the payload is 1 to 9 and 0: a firewall described by Wu and others
// (IEEE S&P 2025) resets with it.
func tenBytes(h *Head) bool {
	for i := int64(0); i < 9; i++ {
		if h.Byte[i] != i+1 {
			return false
		}
	}
	return h.Byte[9] == 0
}

// IcmpKind returns what an ICMP error about a SYN means: 1 somebody forbids it, 2 the host or the
// network cannot be reached, 0 the attempt is not refused (RFC 792, RFC 1812 5.2.7.1, RFC 4443
// 3.1). A closed port is answered by an RST, so port unreachable about TCP comes from a filter.
// Time exceeded, too big, redirects and parameter problems refuse nothing (RFC 5461 3).
func IcmpKind(six bool, kind, code int64) int64 {
	if six {
		if kind != 1 {
			return 0
		}
		switch code {
		case 1, 4, 5, 6:
			return 1
		case 0, 2, 3:
			return 2
		}
		return 0
	}
	if kind != 3 {
		return 0
	}
	switch code {
	case 3, 9, 10, 13:
		return 1
	case 0, 1, 2, 5, 6, 7, 8, 11, 12:
		return 2
	}
	return 0
}
