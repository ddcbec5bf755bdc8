package classify_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
	"github.com/pcap-teardown/teardown/testdata/lab/label"
)

const (
	labDir    = "../testdata/lab/captures"
	unseenDir = "../testdata/lab/unseen"
)

// An ending is what the classifier says of one connection.
type ending struct {
	orig                                         netip.AddrPort
	pickup, teardown, side, variant, form        string
	ignored                                      bool
	teardownFrame, rstFrame, offender, lastFrame int64
	packets                                      int64
}

// connectionsOf classifies a capture with as many workers and hands over its rows of TCP connections.
func connectionsOf(t *testing.T, path string, workers int, take func(b *table.Connections, i int)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stream := capture.NewStream(file, filepath.Base(path), capture.Options{})
	c := classify.New(classify.Options{Workers: workers})
	err = c.Run(stream.Next, func(b *table.Packets) error { stream.Release(b); return nil }, func(b *table.Connections) error {
		for i := range b.N {
			if schemas.Proto(b.Proto.Codes[i]) == schemas.ProtoTcp {
				take(b, i)
			}
		}
		c.Release(b)
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// wordAt is the word of a row.
func wordAt(w table.Word, i int) string { return w.List.Text[w.Codes[i]] }

// endings classifies a capture and returns its TCP connections by their first frame.
func endings(t *testing.T, path string) map[int64]ending {
	t.Helper()
	found := map[int64]ending{}
	connectionsOf(t, path, 1, func(b *table.Connections, i int) {
		e := ending{
			orig:   netip.AddrPortFrom(b.OrigIp.Values[i].Netip(), uint16(b.OrigPort.Values[i])),
			pickup: wordAt(b.Pickup, i), teardown: wordAt(b.Teardown, i), side: wordAt(b.TeardownSide, i), variant: wordAt(b.FinVariant, i),
			form: wordAt(b.FirstRstForm, i), ignored: b.RstIgnored.Values[i] != 0,
			teardownFrame: b.TeardownFrame.Values[i], lastFrame: b.LastFrame.Values[i],
			packets: b.OrigPackets.Values[i] + b.RespPackets.Values[i],
		}
		if !b.FirstRstFrame.Null(i) {
			e.rstFrame = b.FirstRstFrame.Values[i]
		}
		if !b.FirstRstOffenderFrame.Null(i) {
			e.offender = b.FirstRstOffenderFrame.Values[i]
		}
		found[b.FirstFrame.Values[i]] = e
	})
	return found
}

// TestLab holds that every connection of the lab ends as it was made to end: teardown type,
// side, FIN variant, form of the first effective RST, and the frame that it answers.
func TestLab(t *testing.T) {
	rows, err := label.ReadFile(filepath.Join(labDir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	unseen, err := label.ReadFile(filepath.Join(unseenDir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	rows = append(rows, unseen...)
	files := map[string]map[int64]ending{}
	for i := range rows {
		r := &rows[i]
		if files[r.File] == nil {
			dir := labDir
			if r.Unseen {
				dir = unseenDir
			}
			files[r.File] = endings(t, filepath.Join(dir, r.File))
		}
		e, ok := files[r.File][int64(r.Measured.FirstFrame)]
		if !ok {
			t.Errorf("%s: no connection begins at frame %d (%s %s)", r.File, r.Measured.FirstFrame, r.Case, r.Name)
			continue
		}
		for _, w := range differences(r, &e) {
			t.Errorf("%s frame %d (%s %s): %s", r.File, r.Measured.FirstFrame, r.Case, r.Name, w)
		}
	}
	if len(rows) == 0 {
		t.Fatal("no labels")
	}
}

// differences compares a connection with its label. The label names sides by who was built as
// client and server; where the beginning was not captured the tables may see them exchanged.
func differences(r *label.Row, e *ending) (wrong []string) {
	differ := func(what string, got, want any) {
		wrong = append(wrong, fmt.Sprintf("%s is %v, want %v", what, got, want))
	}
	side := r.Side
	if e.orig != netip.AddrPortFrom(netip.MustParseAddr(r.OrigIP), uint16(r.OrigPort)) {
		side = map[string]string{"orig": "resp", "resp": "orig"}[side]
		if side == "" {
			side = r.Side
		}
	}
	if e.pickup != r.Pickup {
		differ("pickup", e.pickup, r.Pickup)
	}
	if !slices.Contains(r.Teardown, e.teardown) {
		differ("teardown", e.teardown, r.Teardown)
	}
	if e.side != side && !(r.ThirdParty && e.side == schemas.TeardownSideThirdParty.String()) {
		differ("teardown_side", e.side, side)
	}
	if e.variant != r.FinVariant {
		differ("fin_variant", e.variant, r.FinVariant)
	}
	if e.ignored != r.RSTIgnored {
		differ("rst_ignored", e.ignored, r.RSTIgnored)
	}
	if e.form != "" && !slices.Contains(r.RSTForm, e.form) || e.form == "" && len(r.RSTForm) > 0 {
		differ("first_rst_form", e.form, r.RSTForm)
	}
	if e.packets != int64(r.Measured.Packets) || e.lastFrame != int64(r.Measured.LastFrame) {
		differ("packets and last frame", []int64{e.packets, e.lastFrame}, []int{r.Measured.Packets, r.Measured.LastFrame})
	}
	if e.rstFrame != int64(r.Measured.RSTFrame) {
		differ("first_rst_frame", e.rstFrame, r.Measured.RSTFrame)
	}
	if want := r.Measured.OffenderFrame; want != 0 && e.offender != int64(want) && !slices.Contains(r.Measured.Candidates, int(e.offender)) {
		differ("first_rst_offender_frame", e.offender, want)
	}
	if want := r.Measured.TeardownFrame; want != 0 && e.teardownFrame != int64(want) {
		differ("teardown_frame", e.teardownFrame, want)
	}
	return wrong
}
