package classify

import (
	"testing"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas"
)

// TestComplete plays streams and compares what tshark 4.0.17 has after its first pass.
func TestComplete(t *testing.T) {
	type packet struct {
		flags  uint16
		length int64
	}
	const S, A, F, R = flagSYN, flagACK, flagFIN, flagRST
	tests := []struct {
		name    string
		packets []packet
		want    uint8
	}{
		{"closed with data", []packet{{S, 0}, {S | A, 0}, {A, 0}, {A, 9}, {F | A, 0}, {A, 0}}, 31},
		{"refused", []packet{{S, 0}, {R | A, 0}}, 1 | 4 | 32},
		{"RST without ACK", []packet{{S, 0}, {R, 0}}, 1 | 32},
		{"payload in the SYN", []packet{{S, 5}, {S | A, 0}}, 1 | 8 | 2},
		{"payload in a repeated SYN is left out", []packet{{S, 0}, {S, 5}}, 1},
		{"the first packet is left out: payload", []packet{{A, 9}, {A, 0}}, 4},
		{"the first packet is left out: SYN-ACK", []packet{{S | A, 0}, {A, 9}}, 8},
		{"the first packet is left out: RST", []packet{{R, 0}}, 0},
		{"FIN without ACK is left out", []packet{{S, 0}, {F, 0}}, 1},
	}
	for _, x := range tests {
		var bits uint8
		for i, p := range x.packets {
			bits = complete(bits, i == 0, p.flags, p.length)
		}
		if bits != x.want {
			t.Errorf("%s: %d, want %d", x.name, bits, x.want)
		}
	}
	if got := completeQuoted(1, false, A); got != 1 {
		t.Errorf("a quoted segment with ACK: %d, want 1", got)
	}
	if got := completeQuoted(1, false, R|A); got != 1|32 {
		t.Errorf("a quoted RST: %d, want %d", got, 1|32)
	}
}

func TestFlowEndReason(t *testing.T) {
	open, ended := &facts.Connection{}, &facts.Connection{Ended: true}
	tests := []struct {
		c      *facts.Connection
		reason schemas.Finish
		want   int32
	}{
		{nil, schemas.FinishIdle, 1}, {open, schemas.FinishIdle, 1}, {ended, schemas.FinishLookahead, 3},
		{open, schemas.FinishSuperseded, 3}, {open, schemas.FinishCaptureEnd, 4}, {ended, schemas.FinishCaptureEnd, 3},
		{open, schemas.FinishEvicted, 5}, {ended, schemas.FinishEvicted, 3},
	}
	for _, x := range tests {
		if got := flowEndReason(x.c, x.reason); got != x.want {
			t.Errorf("%+v %s: %d, want %d", x.c != nil && x.c.Ended, x.reason, got, x.want)
		}
	}
}
