package classify

import (
	"strings"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// Multipath TCP in the options of a segment (RFC 8684 3.5, 3.6): the upper half of the byte
// behind kind and length is the subtype.
const (
	optMPTCP          = 30
	mptcpFastClose    = 7
	mptcpFastCloseLen = 12
	mptcpReset        = 8
	mptcpResetLen     = 4
)

// readReason takes from the row of an RST what its sender says about why it resets: in the
// payload (RFC 9293 3.5.3 allows one), or in an option.
func readReason(b *table.Packets, i int, s *facts.Segment) {
	payload, options := b.PayloadHead.Value(i), b.TcpOptionsRaw.Value(i)
	if len(payload) == 0 && len(options) == 0 {
		return
	}
	var h facts.Head
	fillHead(&h, payload, s.Length)
	h.Text = isText(payload)
	if h.Text {
		h.TextMeans = int64(textMeans(payload))
	}
	readMPTCP(&h, options)
	facts.DeclareReason(s, &h)
}

// textMeans returns what a text in an RST means, 0 where that is not known.
func textMeans(payload []byte) schemas.RstText {
	text := strings.ToLower(string(payload))
	for _, known := range schemas.ResetTexts {
		if strings.Contains(text, known.Text) {
			return known.Means
		}
	}
	return 0
}

// readMPTCP looks for the two options of Multipath TCP that end a connection. What the capture
// has cut says nothing.
func readMPTCP(h *facts.Head, b []byte) {
	h.MpReset = -1
	for len(b) > 0 {
		if b[0] <= 1 { // end of list, where only more of them may follow, or NOP
			if b[0] == 0 && len(b) > 1 && b[1] != 0 {
				return
			}
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || len(b) < int(b[1]) {
			return
		}
		n := b[1]
		if b[0] == optMPTCP && n > 2 {
			switch subtype := b[2] >> 4; {
			case subtype == mptcpFastClose && n == mptcpFastCloseLen:
				h.MpFastClose = true
			case subtype == mptcpReset && n == mptcpResetLen:
				h.MpReset = int64(b[3])
			}
		}
		b = b[n:]
	}
}

// fillHead makes h hold the first bytes of a payload that is length bytes long.
func fillHead(h *facts.Head, payload []byte, length int64) {
	n := min(len(payload), len(h.Byte))
	for i, c := range payload[:n] {
		h.Byte[i] = int64(c)
	}
	h.Length, h.Captured = length, int64(n)
}
