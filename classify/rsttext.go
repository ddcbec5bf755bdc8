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
	if b.PayloadHead.Valid[i] == 0 {
		return nil
	}
	text := bytes.TrimRight(b.PayloadHead.Value(i), "\x00")
	if len(text) == 0 {
		return nil
	}
	for _, c := range text {
		if c < ' ' || c > '~' {
			return nil
		}
	}
	s := string(text)
	return &s
}

// keepText keeps the payload of the first RST that counts; the rules have said which that is.
func (c *conn) keepText(role schemas.RstRole, b *table.Packets, i int) {
	if role == schemas.RstRoleFirst {
		c.account.rstText = rstText(b, i)
	}
}
