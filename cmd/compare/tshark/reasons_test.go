package tshark

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/cmd/compare/dataset"
	"github.com/pcap-teardown/teardown/cmd/compare/tools"
)

// docs returns docs/differences.md.
func docs(t *testing.T) string {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "differences.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// Every reason has a section, below the heading of its kind, and no section is
// without its reason.
func TestReasonsAreDocumented(t *testing.T) {
	headings := map[string]kind{"Given by what a column means": given, "Meant": meant, "To come": coming}
	documented := map[string]kind{}
	var under kind
	for l := range strings.Lines(docs(t)) {
		l = strings.TrimSpace(l)
		if name, ok := strings.CutPrefix(l, "## "); ok {
			under = headings[name]
		} else if name, ok := strings.CutPrefix(l, "### "); ok {
			documented[name] = under
		}
	}
	for _, r := range reasons {
		if k, ok := documented[r.name]; !ok || k != r.kind {
			t.Errorf("docs/differences.md has no section %q below the heading for %s", r.name, [...]string{"meant", "given", "coming"}[r.kind])
		}
		delete(documented, r.name)
	}
	for name := range documented {
		t.Errorf("docs/differences.md has a section %q without a reason in the program", name)
	}
}

// The preferences of the page are those of the program.
func TestPreferencesAreDocumented(t *testing.T) {
	page := docs(t)
	for _, p := range preferences {
		name, value, _ := strings.Cut(p, ":")
		found := false
		for l := range strings.Lines(page) {
			found = found || strings.HasPrefix(l, "|") && strings.Contains(l, "`"+name+"`") && strings.Contains(l, value)
		}
		if !found {
			t.Errorf("docs/differences.md does not say %s", p)
		}
	}
	for _, d := range disabled {
		if !strings.Contains(page, "`"+d+"`") {
			t.Errorf("docs/differences.md does not say that %s is disabled", d)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		name, column, mine, theirs string
		frame                      string
		ours                       string // other cells of our row
		renumbered                 bool
		want                       string // name of the reason, "" for none
	}{
		{name: "a wrong port", column: "src_port", mine: "1", theirs: "2", frame: "frame.protocols=eth:ip:tcp"},
		{name: "a tunnel not seen", column: "src_port", mine: "1", theirs: "2",
			frame: "frame.protocols=eth:ip:udp:vxlan:eth:ip:tcp", want: "tunnel to come"},
		{name: "a tunnel seen", column: "src_port", mine: "1", theirs: "2", ours: "tunnel=vxlan",
			frame: "frame.protocols=eth:ip:udp:vxlan:eth:ip:tcp"},
		{name: "a tunnel explains no times", column: "ts_ns", mine: "1", theirs: "2",
			frame: "frame.protocols=eth:ip:udp:vxlan:eth:ip:tcp"},
		{name: "a link type", column: "src_ip", theirs: "::1", frame: "frame.protocols=fddi:llc:ip:udp",
			ours: "decode_error=link_type_unknown_link type", want: "link type to come"},
		{name: "stream after it", column: "tcp_stream", mine: "1", theirs: "2", frame: "frame.protocols=eth:ip:tcp",
			renumbered: true, want: "stream numbers after what is to come"},
		{name: "first fragment", column: "payload_len", theirs: "100", frame: "frame.protocols=eth:ip:udp",
			ours: "ip_mf=true ip_frag_offset=0", want: "payload of a first fragment"},
		{name: "a fragment with a wrong payload", column: "payload_len", mine: "90", theirs: "100", frame: "frame.protocols=eth:ip:udp",
			ours: "ip_mf=true ip_frag_offset=0"},
		{name: "TSO", column: "ip_len", mine: "0", theirs: "4136", frame: "frame.protocols=eth:ip:tcp", want: "IP length 0"},
		{name: "cut header", column: "tcp_ack", mine: "7", frame: "frame.protocols=eth:ip:tcp",
			ours: "decode_error=tcp:header", want: "TCP header cut or of bad length"},
		{name: "cut header with another value", column: "tcp_ack", mine: "7", theirs: "8", frame: "frame.protocols=eth:ip:tcp",
			ours: "decode_error=tcp:header"},
		{name: "cut extension", column: "ip_proto", mine: "0", theirs: "4", frame: "frame.protocols=eth:ipv6:ipv6.hopopts",
			ours: "decode_error=ipv6:_extension", want: "IPv6 extension header cut"},
		{name: "FabricPath", column: "payload_len", mine: "5", theirs: "1", frame: "frame.protocols=eth:cfp:eth:ip:tcp", want: "end of a FabricPath frame"},
		{name: "first section", column: "interface", mine: "a", theirs: "b", frame: "frame.protocols=eth frame.section_number=1"},
		{name: "second section", column: "interface", mine: "a", theirs: "b", frame: "frame.protocols=eth frame.section_number=2",
			want: "interface of a later section"},
		{name: "a wrong time", column: "ts_ns", mine: "1", theirs: "2", frame: "frame.protocols=eth"},
		{name: "a time that is none", column: "ts_ns", mine: "1", theirs: "1.1882137472", frame: "frame.protocols=eth",
			want: "fraction of a second out of range"},
		{name: "a length that is none", column: "frame_len", mine: "4093509168", theirs: "2147483647", frame: "frame.protocols=eth",
			want: "length beyond 31 bits"},
	} {
		f := line(test.frame)
		p := innermost(f)
		cells := map[string]string{}
		for word := range strings.FieldsSeq(test.ours) {
			name, value, _ := strings.Cut(word, "=")
			cells[name] = strings.ReplaceAll(value, "_", " ")
		}
		text := func(s string) dataset.Cell { return dataset.Cell{Text: s, Null: s == ""} }
		d := &difference{column: test.column, mine: text(test.mine), theirs: text(test.theirs), frame: f, packet: &p,
			ours: func(c string) dataset.Cell { return text(cells[c]) }, renumbered: test.renumbered}
		got := ""
		if r := explain(d); r != nil {
			got = r.name
		}
		if got != test.want {
			t.Errorf("%s: reason is %q, want %q", test.name, got, test.want)
		}
	}
}

// Every column that a reason names is one that is compared.
func TestReasonColumns(t *testing.T) {
	for _, r := range reasons {
		for _, c := range r.columns {
			one := reason{columns: []string{c}}
			if !slices.ContainsFunc(columns, func(col column) bool { return one.explains(col.name) }) {
				t.Errorf("%s: no column %s is compared", r.name, c)
			}
		}
	}
}
