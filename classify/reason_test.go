package classify

import (
	"testing"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// resetRow is the row of an RST with a payload and options.
func resetRow(payload, options string, length int64) *table.Packets {
	b := table.NewPackets(table.BatchRows)
	b.N = 1
	b.PayloadHead.Set(0, []byte(payload))
	b.TcpOptionsRaw.Set(0, []byte(options))
	b.PayloadLen.Set(0, length)
	b.PayloadHead.Close(1)
	b.TcpOptionsRaw.Close(1)
	return b
}

// TestReadReason reads what resets declare.
func TestReadReason(t *testing.T) {
	const diagnostic, mptcp, fastClose, text, tenBytes, vendor = 1, 2, 3, 4, 5, 6
	const timestamps = "\x01\x01\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x02"
	const closing = "\x1e\x0c\x70\x00\x01\x02\x03\x04\x05\x06\x07\x08"
	for _, c := range []struct {
		name, payload, options string
		length                 int64 // 0: that of payload
		kind, reason           int64
	}{
		{"draft-ietf-tcpm-rst-diagnostic-payload: resource exceeded", "\x33\xaa\x00\x0a\x00\x00\x00\x00", timestamps, 0, diagnostic, 10},
		{"of a vendor", "\x33\xaa\x01\x02\x00\x00\x7a\x69", "", 0, vendor, 258},
		{"nine bytes", "\x33\xaa\x00\x0a\x00\x00\x00\x00\x00", "", 0, 0, 0},
		{"cut by the capture", "\x33\xaa\x00\x0a\x00\x00", "", 8, 0, 0},
		{"another cookie", "\x34\xaa\x00\x0a\x00\x00\x00\x00", "", 0, 0, 0},

		{"RFC 8684 3.6: lack of resources", "", "\x1e\x04\x80\x02", 0, mptcp, 2},
		{"transient, behind others", "", timestamps + "\x1e\x04\x81\x06", 0, mptcp, 6},
		{"unspecified", "", "\x1e\x04\x80\x00", 0, mptcp, 0},
		{"RFC 8684 3.5: fast close", "", closing, 0, fastClose, 0},
		{"fast close and unspecified, as Linux does", "", closing + "\x1e\x04\x80\x00", 0, fastClose, 0},
		{"fast close and a reason", "", closing + "\x1e\x04\x80\x03", 0, mptcp, 3},
		{"cut by the capture", "", timestamps + "\x1e\x04\x80", 0, 0, 0},
		{"another subtype", "", "\x1e\x04\x60\x02", 0, 0, 0},
		{"another length", "", "\x1e\x05\x80\x02\x00", 0, 0, 0},
		{"behind the end of the list", "", "\x00\x03\x1e\x04\x80\x02", 0, 0, 0},

		{"text", "say no more", "", 0, text, 0},
		{"text of F5 BIG-IP", "[F5RST: No local listener]", "", 0, text, int64(schemas.RstTextNoServer)},
		{"likewise", "BIG-IP: [0x2dba1e9:3138] Flow expired (sweeper)", "", 0, text, int64(schemas.RstTextIdleTimeout)},
		{"not text", "\x16\x03\x01\x00\xff", "", 0, 0, 0},
		{"Wu and others, S&P 2025", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x00", "", 0, tenBytes, 0},
		{"eleven bytes", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x00\x01", "", 0, 0, 0},
		{"both: the payload says more", "\x33\xaa\x00\x09\x00\x00\x00\x00", "\x1e\x04\x80\x02", 0, diagnostic, 9},
		{"nothing", "", "", 0, 0, 0},
	} {
		length := c.length
		if length == 0 {
			length = int64(len(c.payload))
		}
		s := facts.Segment{Rst: true, Length: length}
		readReason(resetRow(c.payload, c.options, length), 0, &s)
		if s.ReasonKind != c.kind || s.Reason != c.reason {
			t.Errorf("%s: kind %d, reason %d; want %d, %d", c.name, s.ReasonKind, s.Reason, c.kind, c.reason)
		}
	}
}

// TestIcmpKind has every code of the two types of unreachable, and types that refuse nothing.
func TestIcmpKind(t *testing.T) {
	for _, c := range []struct {
		six  bool
		kind int64
		want string // by code: p a filter, u unreachable, . nothing
	}{
		{false, 3, "uuup.uuuuppuup..."},
		{false, 4, "."}, {false, 5, "...."}, {false, 11, ".."}, {false, 12, "..."}, {false, 1, "......."},
		{true, 1, "upuuppp.."}, {true, 2, "."}, {true, 3, ".."}, {true, 4, "...."},
	} {
		for code, word := range c.want {
			want := map[rune]int64{'p': 1, 'u': 2}[word]
			if got := facts.IcmpKind(c.six, c.kind, int64(code)); got != want {
				t.Errorf("version 6 %v, type %d, code %d: %d, want %d", c.six, c.kind, code, got, want)
			}
		}
	}
}
