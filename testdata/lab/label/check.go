package label

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/pcap-teardown/teardown/testdata/lab/derive"
)

// CheckDir compares all rows of a folder's labels.jsonl with its captures and
// returns the disagreements.
func CheckDir(dir string, t *Table) (captures, conns int, wrong []string, err error) {
	rows, err := ReadFile(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		return 0, 0, nil, err
	}
	byFile := map[string][]Row{}
	for _, r := range rows {
		byFile[r.File] = append(byFile[r.File], r)
	}
	present, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil {
		return 0, 0, nil, err
	}
	for _, p := range present {
		if byFile[filepath.Base(p)] == nil {
			wrong = append(wrong, filepath.Base(p)+": no labels")
		}
	}
	files := make([]string, 0, len(byFile))
	for f := range byFile {
		files = append(files, f)
	}
	sort.Strings(files)
	for _, f := range files {
		found, err := Derive(filepath.Join(dir, f))
		if err != nil {
			return 0, 0, nil, err
		}
		wrong = append(wrong, Check(f, byFile[f], found, t)...)
	}
	return len(files), len(rows), wrong, nil
}

// Found is a connection of a capture with its facts.
type Found struct {
	*derive.Conn
	derive.Facts
}

// Derive reads a capture and derives all its connections.
func Derive(name string) ([]Found, error) {
	pkts, _, end, err := derive.Read(name)
	if err != nil {
		return nil, err
	}
	var out []Found
	for _, c := range derive.Cut(pkts, end) {
		if len(c.Packets) > 0 {
			out = append(out, Found{c, c.Derive()})
		}
	}
	return out, nil
}

// Check compares the rows of one capture, whose measured part is filled, with
// the derived connections.
func Check(file string, rows []Row, found []Found, t *Table) (wrong []string) {
	byFirst := map[int]*Found{}
	for i := range found {
		byFirst[found[i].Conn.First] = &found[i]
	}
	if len(rows) != len(found) {
		wrong = append(wrong, fmt.Sprintf("%s: %d labels, %d connections", file, len(rows), len(found)))
	}
	for i := range rows {
		r := &rows[i]
		f := byFirst[r.Measured.FirstFrame]
		if f == nil {
			wrong = append(wrong, fmt.Sprintf("%s: %s %s: no connection begins at frame %d", file, r.Case, r.Name, r.Measured.FirstFrame))
			continue
		}
		for _, w := range r.compare(f, t) {
			wrong = append(wrong, fmt.Sprintf("%s: %s %s (frame %d): %s", file, r.Case, r.Name, r.Measured.FirstFrame, w))
		}
	}
	return wrong
}

func (r *Row) compare(f *Found, t *Table) (wrong []string) {
	differ := func(what, label, capture any) {
		wrong = append(wrong, fmt.Sprintf("%v: label %v, capture %v", what, label, capture))
	}
	if err := r.words(); err != nil {
		wrong = append(wrong, err.Error())
	}
	orig := netip.AddrPortFrom(netip.MustParseAddr(r.OrigIP), uint16(r.OrigPort))
	resp := netip.AddrPortFrom(netip.MustParseAddr(r.RespIP), uint16(r.RespPort))
	if orig != f.Orig || resp != f.Resp {
		differ("addresses", orig.String()+" "+resp.String(), f.Orig.String()+" "+f.Resp.String())
	}
	if r.Pickup != f.Pickup {
		differ("pickup", r.Pickup, f.Pickup)
	}
	if !slices.Contains(r.Teardown, f.Teardown) {
		differ("teardown", r.Teardown, f.Teardown)
	}
	if r.Side != f.Side {
		differ("teardown_side", r.Side, f.Side)
	}
	if r.FinVariant != f.FinVariant {
		differ("fin_variant", r.FinVariant, f.FinVariant)
	}
	if r.RSTIgnored != f.Ignored {
		differ("rst_ignored", r.RSTIgnored, f.Ignored)
	} else if f.Ignored && r.IgnoredForm != f.RSTs[0].Form {
		differ("ignored_rst_form", r.IgnoredForm, f.RSTs[0].Form)
	}
	want := measure(f)
	got := r.Measured
	for i := range got.RSTs {
		if rs, ok := t.Reasons[got.RSTs[i].Reason]; got.RSTs[i].Reason != "" && (!ok || !slices.Contains(rs.Forms, got.RSTs[i].Form)) {
			differ("kernel reason of frame "+fmt.Sprint(got.RSTs[i].Frame), got.RSTs[i].Reason, got.RSTs[i].Form)
		}
		if got.RSTs[i].Frame == got.RSTFrame && got.RSTs[i].Reason != r.KernelReason {
			differ("kernel_reason", r.KernelReason, got.RSTs[i].Reason)
		}
	}
	if rs, ok := t.Reasons[r.KernelReason]; ok && !slices.ContainsFunc(r.Causes, func(c string) bool { return slices.Contains(rs.Causes, c) }) {
		differ("kernel_reason and causes", r.KernelReason, r.Causes)
	}
	got.RSTs = slices.Clone(got.RSTs)
	for i := range got.RSTs {
		got.RSTs[i].Reason = ""
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		differ("frames", got, want)
	}
	form, offender := "", ""
	if f.Facts.First != nil {
		form, offender = f.Facts.First.Form, Kind(f.Facts.First.Offender)
	}
	if !slices.Contains(r.RSTForm, form) && !(form == "" && len(r.RSTForm) == 0) {
		differ("first_rst_form", r.RSTForm, form)
	}
	if r.Offender != offender && (len(r.RSTForm) < 2 || form == r.RSTForm[0]) {
		differ("first_rst_offender", r.Offender, offender)
	}
	return wrong
}

// Kind names what an offending segment is.
func Kind(p *derive.Packet) string {
	if p == nil {
		return ""
	}
	var words []string
	for i, name := range []string{"fin", "syn"} {
		if p.Flags&(1<<i) != 0 {
			words = append(words, name)
		}
	}
	if p.Len > 0 {
		words = append(words, "data")
	}
	if p.Flags&16 != 0 && (len(words) == 0 || words[0] == "syn") {
		words = append(words, "ack")
	}
	if len(words) == 0 {
		return "null"
	}
	return strings.Join(words, "_")
}

// measure is the part of a row that comes from the capture.
func measure(f *Found) Measured {
	m := Measured{FirstFrame: f.Conn.First, LastFrame: f.Last, Packets: f.Total(), TeardownFrame: f.EndFrame}
	if f.Facts.First != nil {
		m.RSTFrame = f.Facts.First.Packet.Frame
		if o := f.Facts.First.Offender; o != nil {
			m.OffenderFrame = o.Frame
			if _, open := f.Offenders(f.Facts.First.Packet); len(open) > 1 {
				for _, p := range open {
					m.Candidates = append(m.Candidates, p.Frame)
				}
			}
		}
	}
	for _, r := range f.RSTs {
		side := "resp"
		if r.Packet.Src == f.Orig {
			side = "orig"
		}
		m.RSTs = append(m.RSTs, RST{Frame: r.Packet.Frame, Side: side, Form: r.Form})
	}
	return m
}

// Measure fills the measured part of a row; reason gives the kernel's reason
// for a reset.
func (r *Row) Measure(f *Found, reason func(*derive.Packet) string) {
	r.Measured = measure(f)
	for i := range f.RSTs {
		r.Measured.RSTs[i].Reason = reason(f.RSTs[i].Packet)
	}
}
