package scenario

import (
	"strings"
	"testing"
)

const small = `The originator opens a connection.

-- packets --
0.000  o > r  S   0:0(0)  win 64240 <mss 1460,sackOK,wscale 7>
-- want packets --
frame  conn  direction  conn_phase  segment_kind  rule       tcp_seq_rel  tcp_ack_rel  tcp_window_scaled
1      1     orig       syn_sent    syn           syn_first  0            -            64240
-- want connections --
conn           1
first_frame    1
`

// TestParseErrors makes one mistake in a scenario at a time and wants it named with its line.
func TestParseErrors(t *testing.T) {
	if _, err := Parse("small.txtar", []byte(small)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, new, want string }{
		{"no sentence", "The originator opens a connection.", "", "small.txtar:1: want a sentence"},
		{"unknown section", "-- want packets --", "-- wanted packets --", `small.txtar:5: unknown section "wanted packets"`},
		{"unknown flag", "S   0:0", "X   0:0", "small.txtar:4: unknown flag 'X'"},
		{"unknown word", "win 64240", "wind 64240", `small.txtar:4: unknown word "wind"`},
		{"unknown option", "sackOK", "sackNO", `small.txtar:4: unknown option "sackNO"`},
		{"unknown end", "o > r", "q > r", `small.txtar:4: want one of o r, not "q"`},
		{"end to itself", "o > r", "o > o", "small.txtar:4: want o > r"},
		{"wrong length", "0:0(0)", "0:5(4)", "small.txtar:4: 0:5(4): end is not start plus length"},
		{"ACK without a number", "S   0:0", "S.  0:0", "small.txtar:4: ACK without a number"},
		{"time that goes back", "-- want packets", "0.1 o > r . 1:1(0) ack 1\n0.05 o > r . 1:1(0) ack 1\n-- want packets", "small.txtar:6: time goes back"},
		{"unknown setting", "-- want packets", "colour o 7\n-- want packets", `small.txtar:5: unknown setting "colour"`},
		{"something after the end", "-- want packets", "9 end\n10 o > r . 1:1(0) ack 1\n-- want packets", "small.txtar:6: something after the end"},
		{"quote of nothing", "-- want packets", "9 x > o icmp 3/1 quote 2\n-- want packets", "small.txtar:5: frame 2 is no TCP packet before this one"},
		{"unknown column", "tcp_window_scaled", "tcp_window_scalded", `small.txtar:6: unknown column "tcp_window_scalded"`},
		{"unknown word of a column", "syn           syn_first", "sin           syn_first", `small.txtar:7: column segment_kind has no word "sin"`},
		{"unknown rule", "syn_first", "syn_last", `small.txtar:7: column rule has no word "syn_last"`},
		{"missing value", "-            64240", "64240", "small.txtar:7: 8 values for 9 columns"},
		{"unknown line", "first_frame    1", "first_frames   1", `small.txtar:10: unknown column "first_frames"`},
		{"missing connection", "first_frame    1", "first_frame", "small.txtar:10: 0 values for 1 connections"},
		{"lines in another order", "first_frame    1", "last_frame 1\nfirst_frame    1", "small.txtar:11: column first_frame is not in its place"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(small, c.old) != 1 {
				t.Fatalf("%q is not once in the scenario", c.old)
			}
			_, err := Parse("small.txtar", []byte(strings.Replace(small, c.old, c.new, 1)))
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}
