package analysis

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/schemas"
)

// Flags of Wireshark's analysis that have the names of our kinds.
var (
	retransmission  = schemas.SegmentKindRetransmission.String()
	outOfOrder      = schemas.SegmentKindOutOfOrder.String()
	keepAlive       = schemas.SegmentKindKeepAlive.String()
	keepAliveAck    = schemas.SegmentKindKeepAliveAck.String()
	zeroWindow      = schemas.SegmentKindZeroWindow.String()
	zeroWindowProbe = schemas.SegmentKindZeroWindowProbe.String()
	windowUpdate    = schemas.SegmentKindWindowUpdate.String()
)

// theirFlags are the flags of Wireshark's analysis that speak of what we name as well.
var theirFlags = []string{retransmission, "fast_retransmission", "spurious_retransmission", outOfOrder, keepAlive, keepAliveAck,
	zeroWindow, zeroWindowProbe, "duplicate_ack", windowUpdate, "lost_segment", "ack_lost_segment", "reused_ports", "zero_window_probe_ack", "window_full"}

// pairs say which of our kinds go with which of their flags.
var pairs = []struct {
	name   string
	ours   []schemas.SegmentKind
	theirs []string
}{
	{"retransmission", []schemas.SegmentKind{schemas.SegmentKindRetransmission, schemas.SegmentKindFinRetransmission,
		schemas.SegmentKindSynRetransmission, schemas.SegmentKindSynAckRetransmission}, []string{retransmission, "fast_retransmission", "spurious_retransmission"}},
	{"out of order", []schemas.SegmentKind{schemas.SegmentKindOutOfOrder}, []string{outOfOrder}},
	{"keep-alive", []schemas.SegmentKind{schemas.SegmentKindKeepAlive}, []string{keepAlive}},
	{"keep-alive ACK", []schemas.SegmentKind{schemas.SegmentKindKeepAliveAck}, []string{keepAliveAck}},
	{"zero window", []schemas.SegmentKind{schemas.SegmentKindZeroWindow}, []string{zeroWindow}},
	{"zero-window probe", []schemas.SegmentKind{schemas.SegmentKindZeroWindowProbe}, []string{zeroWindowProbe}},
	{"duplicate ACK", []schemas.SegmentKind{schemas.SegmentKindDupAck}, []string{"duplicate_ack"}},
	{"window update", []schemas.SegmentKind{schemas.SegmentKindWindowUpdate}, []string{windowUpdate}},
}

// A count has the packets of one pair.
type count struct{ both, ours, theirs int }

// A tally adds up all captures.
type tally struct {
	packets  int
	counts   []count
	splits   map[[3]string]int // pair, "ours" or "theirs", what the other says
	samples  map[[3]string][]string
	examples int
}

func newTally(examples int) *tally {
	return &tally{counts: make([]count, len(pairs)), splits: map[[3]string]int{}, samples: map[[3]string][]string{}, examples: examples}
}

func (t *tally) add(name string, packets *dataset.Table, theirs map[string][]string) {
	frames, kinds, rules := packets.Column("frame"), packets.Column("segment_kind"), packets.Column("rule")
	for i := range packets.Rows {
		if kinds[i].Null {
			continue
		}
		t.packets++
		flags := theirs[frames[i].Text]
		for p, pair := range pairs {
			us := slices.ContainsFunc(pair.ours, func(k schemas.SegmentKind) bool { return k.String() == kinds[i].Text })
			them := slices.ContainsFunc(pair.theirs, func(f string) bool { return slices.Contains(flags, f) })
			switch {
			case us && them:
				t.counts[p].both++
			case us:
				t.counts[p].ours++
				t.split([3]string{pair.name, "ours", rules[i].Text + " / " + or(strings.Join(flags, "+"), "no flag")}, name, frames[i].Text)
			case them:
				t.counts[p].theirs++
				t.split([3]string{pair.name, "theirs", strings.Join(flags, "+") + " / " + rules[i].Text}, name, frames[i].Text)
			}
		}
	}
}

func or(text, empty string) string {
	if text == "" {
		return empty
	}
	return text
}

func (t *tally) split(key [3]string, name, frame string) {
	t.splits[key]++
	if len(t.samples[key]) < t.examples {
		t.samples[key] = append(t.samples[key], name+" "+frame)
	}
}

// write writes the tables as Markdown.
func (t *tally) write(out io.Writer, captures int) {
	fmt.Fprintf(out, "%d TCP packets of %d captures.\n\n| kind | both | only ours | only Wireshark's | agreement |\n|---|--:|--:|--:|--:|\n", t.packets, captures)
	for i, pair := range pairs {
		c := t.counts[i]
		all := c.both + c.ours + c.theirs
		share := "-"
		if all > 0 {
			share = fmt.Sprintf("%.1f %%", 100*float64(c.both)/float64(all))
		}
		fmt.Fprintf(out, "| %s | %d | %d | %d | %s |\n", pair.name, c.both, c.ours, c.theirs, share)
	}
	for _, side := range []string{"ours", "theirs"} {
		what := "our rule / Wireshark's flags"
		if side == "theirs" {
			what = "Wireshark's flags / our rule"
		}
		fmt.Fprintf(out, "\n| kind, only %s | %s | packets |\n|---|---|--:|\n", side, what)
		var keys [][3]string
		for k := range t.splits {
			if k[1] == side {
				keys = append(keys, k)
			}
		}
		slices.SortFunc(keys, func(a, b [3]string) int {
			return cmp.Or(strings.Compare(a[0], b[0]), cmp.Compare(t.splits[b], t.splits[a]), strings.Compare(a[2], b[2]))
		})
		for _, k := range keys {
			examples := ""
			if s := t.samples[k]; len(s) > 0 {
				examples = " (" + strings.Join(s, ", ") + ")"
			}
			fmt.Fprintf(out, "| %s | %s%s | %d |\n", k[0], k[2], examples, t.splits[k])
		}
	}
}
