package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/testdata/lab/label"
)

func table(t *testing.T) *label.Table {
	t.Helper()
	tab, err := label.ReadTable("cases.table", "unseen.table")
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// TestCaptures: labels and captures say the same.
func TestCaptures(t *testing.T) {
	for _, dir := range []string{"captures", "unseen"} {
		files, conns, wrong, err := label.CheckDir(dir, table(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range wrong {
			t.Error(w)
		}
		if files < 150 {
			t.Errorf("%s: %d captures, want at least 150", dir, files)
		}
		t.Logf("%s: %d captures, %d connections", dir, files, conns)
	}
}

// TestTableIsUsed: every case of the table has a capture, every row a case.
func TestTableIsUsed(t *testing.T) {
	tab := table(t)
	rows, err := label.ReadFile("captures/labels.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	unseen, err := label.ReadFile("unseen/labels.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	rows = append(rows, unseen...)
	used := map[string]bool{"common/tick": true, "mixed/port_closed": true, "mixed/open": true}
	for _, r := range rows {
		used[r.Case] = true
	}
	for _, c := range tab.Cases {
		if !used[c] {
			t.Errorf("case %s has no capture", c)
		}
	}
}

// TestPlantedErrors: the checker finds a label that is wrong in any one field.
func TestPlantedErrors(t *testing.T) {
	tab := table(t)
	rows, err := label.ReadFile("captures/labels.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rows, func(r label.Row) bool { return r.File == "data_after_close-timewait-v4.pcapng" })
	if i < 0 {
		t.Fatal("no row of data_after_close-timewait-v4")
	}
	good := rows[i]
	found, err := label.Derive("captures/" + good.File)
	if err != nil {
		t.Fatal(err)
	}
	if w := label.Check(good.File, []label.Row{good}, found, tab); len(w) != 0 {
		t.Fatalf("right label: %q", w)
	}
	for want, plant := range map[string]func(r *label.Row){
		"addresses":          func(r *label.Row) { r.OrigPort++ },
		"pickup":             func(r *label.Row) { r.Pickup = "midstream" },
		"teardown:":          func(r *label.Row) { r.Teardown = []string{"rst_abort"} },
		"teardown_side":      func(r *label.Row) { r.Side = "orig" },
		"fin_variant":        func(r *label.Row) { r.FinVariant = "three_segment" },
		"rst_ignored":        func(r *label.Row) { r.RSTIgnored = true },
		"first_rst_form":     func(r *label.Row) { r.RSTForm = []string{"active"} },
		"first_rst_offender": func(r *label.Row) { r.Offender = "syn" },
		"kernel_reason":      func(r *label.Row) { r.KernelReason = "TCP_STATE" },
		"kernel reason of": func(r *label.Row) {
			r.Measured.RSTs = []label.RST{{Frame: r.Measured.RSTFrame, Side: "resp", Form: "reply_to_ack", Reason: "TCP_STATE"}}
		},
		"causes":           func(r *label.Row) { r.Causes = []string{"port_closed"} },
		"no word of cause": func(r *label.Row) { r.NeverHigh = []string{"gremlins"} },
		"frames":           func(r *label.Row) { r.Measured.OffenderFrame-- },
		"no connection":    func(r *label.Row) { r.Measured.FirstFrame = 3 },
	} {
		bad := good
		plant(&bad)
		w := label.Check(bad.File, []label.Row{bad}, found, tab)
		if !slices.ContainsFunc(w, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("planted error %q was not found: %q", want, w)
		}
	}
	if w := label.Check(good.File, nil, found, tab); len(w) == 0 {
		t.Error("a missing label was not found")
	}
}
