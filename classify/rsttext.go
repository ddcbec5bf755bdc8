package classify

import (
	"bytes"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// rstText returns the payload of an RST as text: RFC 9293 3.5.3 allows one, and some load
// balancers say there why they reset. nil where there is none or it is not printable ASCII;
// zero bytes at the end do not count.
func rstText(b *table.Packets, i int) *string {
	if b.PayloadHead.Valid[i] == 0 || !isText(b.PayloadHead.Value(i)) {
		return nil
	}
	s := string(bytes.TrimRight(b.PayloadHead.Value(i), "\x00"))
	return &s
}

// isText reports whether a payload is printable ASCII, but for zero bytes at the end.
func isText(payload []byte) bool {
	text := bytes.TrimRight(payload, "\x00")
	for _, c := range text {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(text) > 0
}

// keepText keeps the payload of the first RST that counts; the rules have said which that is.
func (c *conn) keepText(role schemas.RstRole, b *table.Packets, i int) {
	if role == schemas.RstRoleFirst {
		c.account.setText(rstText(b, i))
	}
}
