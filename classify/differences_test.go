package classify

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// A differenceStep is a packet of the host (or to it) at a millisecond.
type differenceStep struct {
	ms       int
	fromHost bool
	flags    uint16
	seq, ack uint32
	length   int
}

// verdicts classifies the steps and returns a line per connection: packets of both sides, our
// ending, Zeek's state and history, Wireshark's completeness.
func verdicts(t *testing.T, cutter Cutter, steps []differenceStep) string {
	t.Helper()
	var w wire
	for _, s := range steps {
		w.packet(s.ms, 1, 1001, s.fromHost, s.flags, s.seq, s.ack, s.length)
	}
	var lines []string
	c := New(Options{Cutter: cutter})
	err := c.Run(w.next(), func(*table.Packets) error { return nil }, func(b *table.Connections) error {
		for i := range b.N {
			lines = append(lines, fmt.Sprintf("%d+%d %s %s %s %d", b.OrigPackets.Values[i], b.RespPackets.Values[i], schemas.Teardown(b.Teardown.Codes[i]),
				schemas.ZeekConnState(b.ZeekConnState.Codes[i]), b.ZeekHistory.Value(i), b.WiresharkCompleteness.Values[i]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "; ")
}

// TestDifferences has where our connections and endings part from Zeek's and Wireshark's, each
// with the reason. ours and zeeks are the rows with either cutter; docs/zeek.md tells the same
// in prose.
func TestDifferences(t *testing.T) {
	const S, A, F, R = flagSYN, flagACK, flagFIN, flagRST
	const second = 1000
	handshake := []differenceStep{{0, true, S, 100, 0, 0}, {1, false, S | A, 500, 101, 0}, {2, true, A, 101, 501, 0}}
	with := func(steps ...differenceStep) []differenceStep {
		return append(handshake[:len(handshake):len(handshake)], steps...)
	}
	tests := []struct {
		reason      string
		steps       []differenceStep
		ours, zeeks string
	}{
		{"Zeek gives up an attempt after 5 s; a SYN that Linux repeats after 1, 3 and 7 s is one attempt to us",
			[]differenceStep{{0, true, S, 100, 0, 0}, {second, true, S, 100, 0, 0}, {3 * second, true, S, 100, 0, 0}, {7 * second, true, S, 100, 0, 0}},
			"4+0 syn_pending_at_capture_end S0 S 1", "3+0 syn_pending_at_capture_end S0 S 1; 1+0 syn_pending_at_capture_end S0 S 1"},
		{"Zeek removes a connection 5 s after its close; to us what follows within 130 s is late and still belongs to it",
			with(differenceStep{second, true, R | A, 101, 501, 0}, differenceStep{9 * second, false, A, 501, 101, 0}),
			"3+2 rst_abort RSTO ShARa 39", "3+1 rst_abort RSTO ShAR 39; 0+1 ack_without_connection OTH ^a 39"},
		{"Zeek ends a silent connection after 5 minutes, we after the 2 hours and 4 minutes of RFC 5382",
			with(differenceStep{second, true, A, 101, 501, 10}, differenceStep{400 * second, false, A, 501, 111, 10}),
			"3+2 open_active S1 ShADd 15", "3+1 open_idle S1 ShAD 15; 0+1 one_direction_only OTH ^d 15"},
		{"A SYN-ACK without its SYN comes from the responder; Zeek takes its sender for the originator unless its port is a server's",
			[]differenceStep{{0, true, S | A, 500, 101, 0}},
			"0+1 synack_without_syn OTH ^h 0", "1+0 syn_pending_at_capture_end OTH H 0"},
	}
	for _, x := range tests {
		if got := verdicts(t, CutDefault, x.steps); got != x.ours {
			t.Errorf("%s\n  our cutter: got %s\n             want %s", x.reason, got, x.ours)
		}
		if got := verdicts(t, CutZeek, x.steps); got != x.zeeks {
			t.Errorf("%s\n  Zeek's:     got %s\n             want %s", x.reason, got, x.zeeks)
		}
	}
}

// TestDifferentEndings has connections that all cut alike and name differently.
func TestDifferentEndings(t *testing.T) {
	const S, A, F, R = flagSYN, flagACK, flagFIN, flagRST
	handshake := []differenceStep{{0, true, S, 100, 0, 0}, {1, false, S | A, 500, 101, 0}, {2, true, A, 101, 501, 0}}
	with := func(steps ...differenceStep) []differenceStep {
		return append(handshake[:len(handshake):len(handshake)], steps...)
	}
	tests := []struct {
		reason, want string
		steps        []differenceStep
	}{
		{"Zeek checks no numbers: an RST outside the window ends the connection there, to us it goes on",
			"6+4 fin_four_segment RSTO ShARDdFaf 63", with(differenceStep{3, true, R, 90000000, 0, 0}, differenceStep{4, true, A, 101, 501, 10}, differenceStep{5, false, A, 501, 111, 10},
				differenceStep{6, true, F | A, 111, 511, 0}, differenceStep{7, false, A, 511, 112, 0}, differenceStep{8, false, F | A, 511, 112, 0}, differenceStep{9, true, A, 112, 512, 0})},
		{"Zeek's SF does not tell whether the last FIN was acknowledged; completeness only that there were FINs",
			"3+2 fin_last_ack_missing SF ShAFf 23", with(differenceStep{3, true, F | A, 101, 501, 0}, differenceStep{4, false, F | A, 501, 102, 0})},
		{"Zeek's S2 has not heard the responder close; ours tells whether the FIN was acknowledged",
			"3+2 half_closed_open S2 ShAFa 23", with(differenceStep{3, true, F | A, 101, 501, 0}, differenceStep{4, false, A, 501, 102, 0})},
		{"Completeness leaves out the first packet of a stream unless it is a SYN, so a lone RST has none",
			"1+0 rst_without_connection OTH R 0", []differenceStep{{0, true, R, 100, 0, 0}}},
	}
	for _, x := range tests {
		if got := verdicts(t, CutDefault, x.steps); got != x.want {
			t.Errorf("%s\n  got %s\n want %s", x.reason, got, x.want)
		}
	}
}
