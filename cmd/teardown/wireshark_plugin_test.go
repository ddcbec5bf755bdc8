package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/lua"
	"github.com/pcap-teardown/teardown/schemas"
)

// summarised are captures whose summaries are compared: those with a story and some of the lab.
func summarised(t *testing.T) []string {
	t.Helper()
	all := []string{"../../testdata/captures/web.pcapng", "../../testdata/captures/mixed.pcap"}
	lab, err := filepath.Glob("../../testdata/lab/captures/*.pcapng")
	if err != nil || len(lab) < 100 {
		t.Fatalf("%d captures of the lab: %v", len(lab), err)
	}
	for i := 0; i < len(lab); i += len(lab) / 5 {
		all = append(all, lab[i])
	}
	return all
}

// line is a counted word of the summary that tshark prints.
var line = regexp.MustCompile(`(?m)^ +([0-9,]+) +[0-9.]+ %  (\w+) +\w+ +teardown\.(type|cause) == "(\w+)"  `)

// TestWiresharkSummary compares what tshark prints at the end with teardown summary.
func TestWiresharkSummary(t *testing.T) {
	type counts map[string]int64 // by field and word
	for i, capture := range summarised(t) {
		for _, idle := range []string{"", "1"} {
			if idle != "" && i > 1 {
				continue
			}
			flags, prefs := []string{"summary", "--json", capture}, []string{"-o", "teardown.summary:TRUE"}
			if idle != "" {
				flags = append(flags, "--idle-established", idle+"s", "--idle-transitory", idle+"s")
				prefs = append(prefs, "-o", "teardown.idle_established:"+idle, "-o", "teardown.idle_transitory:"+idle)
			}
			var want struct {
				Tcp             int64 `json:"tcp_connections"`
				Teardown, Cause []wordCount
			}
			if err := json.Unmarshal(teardownOutput(t, flags...), &want); err != nil {
				t.Fatal(err)
			}
			expected := counts{}
			for _, w := range want.Teardown {
				expected["type "+w.Word] = w.Connections
			}
			for _, w := range want.Cause {
				expected["cause "+w.Word] = w.Connections
			}
			for _, s := range tsharks(t) {
				out, complaints := s.run(t, "tshark", append([]string{"-n", "-q", "-X", s.plugged(), "-r", s.bring(t, capture, 0o644), "-o", "ip.defragment:FALSE"}, prefs...)...)
				if strings.Contains(strings.ToLower(complaints), "lua") {
					t.Fatalf("%s: %s", s.name, complaints)
				}
				got := counts{}
				for _, m := range line.FindAllStringSubmatch(out, -1) {
					n, _ := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
					got[m[3]+" "+m[4]] = n
				}
				if first, _, _ := strings.Cut(out, "\n"); first != count(want.Tcp, "TCP connection", "TCP connections") || !maps.Equal(got, expected) {
					t.Errorf("%s, %s tshark, idle limit %q: teardown summary has %d TCP connections, %v; tshark prints\n%s", capture, s.name, idle, want.Tcp, expected, out)
				}
			}
		}
	}
}

// TestWiresharkServices wants the services of a capture with a known story.
func TestWiresharkServices(t *testing.T) {
	const want = `services that failed most:
  failed  of  RTT ms   most  service
       1   1   2.834  2.834  198.51.100.80:443   ip.addr == 198.51.100.80 && tcp.port == 443
       1   1       -      -  198.51.100.80:8081  ip.addr == 198.51.100.80 && tcp.port == 8081

services with the slowest handshakes:
  failed  of  RTT ms   most  service
       1   1   2.834  2.834  198.51.100.80:443    ip.addr == 198.51.100.80 && tcp.port == 443
       0   1   2.834  2.834  198.51.100.80:80     ip.addr == 198.51.100.80 && tcp.port == 80
       0   1   2.834  2.834  [2001:db8:2::80]:80  ipv6.addr == 2001:db8:2::80 && tcp.port == 80
`
	for _, s := range tsharks(t) {
		out, _ := s.run(t, "tshark", "-n", "-q", "-X", s.plugged(), "-r", s.bring(t, "../../testdata/captures/web.pcapng", 0o644), "-o", "teardown.summary:TRUE")
		if !strings.HasSuffix(out, want) {
			t.Errorf("%s tshark: the summary ends otherwise:\n%s", s.name, out)
		}
	}
}

// TestWiresharkStory wants the story of an aborted connection in the packet details, its frames as
// links, and what went wrong once in the expert information.
func TestWiresharkStory(t *testing.T) {
	var explained struct {
		Connection struct {
			Cause        string
			Confidence   int64    `json:"cause_confidence"`
			Evidence     []string `json:"cause_evidence"`
			Alternatives []string `json:"cause_alternatives"`
		}
	}
	if err := json.Unmarshal(teardownOutput(t, "explain", "../../testdata/captures/web.pcapng", "--frame", "25", "--json"), &explained); err != nil {
		t.Fatal(err)
	}
	c := explained.Connection
	why := fmt.Sprintf("    Why: %s – %s; confidence %d %%\n", c.Cause, schemas.CauseWords.Meaning[schemas.CauseWords.Number(c.Cause)], c.Confidence) +
		fmt.Sprintf("        cause: %s – ", c.Cause)
	list := ""
	for _, id := range c.Evidence {
		list += fmt.Sprintf("        cause evidence: %s (%s)\n", schemas.EvidenceWords.Meaning[schemas.EvidenceWords.Number(id)], id)
	}
	for _, id := range c.Alternatives {
		list += fmt.Sprintf("        cause alternatives: %s – %s\n", id, schemas.CauseWords.Meaning[schemas.CauseWords.Number(id)])
	}
	for _, s := range tsharks(t) {
		capture := s.bring(t, "../../testdata/captures/web.pcapng", 0o644)
		out, _ := s.run(t, "tshark", "-n", "-2", "-X", s.plugged(), "-r", capture, "-Y", "frame.number == 25", "-O", "teardown", "-o", "teardown.tree:story")
		for _, want := range []string{
			fmt.Sprintf("[TCP Teardown: rst, connection rst_post_handshake, %s %d %%]\n", c.Cause, c.Confidence) +
				"    This packet: rst active – " + schemas.RstFormWords.Meaning[schemas.RstFormActive] + "\n" +
				"        segment kind: rst – " + schemas.SegmentKindWords.Meaning[schemas.SegmentKindRst] + "\n",
			"        rst form: active – " + schemas.RstFormWords.Meaning[schemas.RstFormActive] + "\n",
			"    This connection: client 192.0.2.10:50082 → server 198.51.100.80:443\n        conn first frame: 21\n",
			"    How it ended: rst_post_handshake – " + schemas.TeardownWords.Meaning[schemas.TeardownRstPostHandshake] + "; frame 25 decided\n",
			"        teardown rule: rst_before_data – " + schemas.TeardownRuleWords.Meaning[schemas.TeardownRuleRstBeforeData] + "\n",
			why, list,
			"    [Expert Info (Warning/Sequence): rst_post_handshake – the responder reset the connection before it sent data; cause: " + c.Cause + " – ",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s tshark: the packet details lack %q:\n%s", s.name, want, out)
			}
		}
		out, _ = s.run(t, "tshark", "-n", "-2", "-q", "-X", s.plugged(), "-r", capture, "-z", "expert,warn")
		if n := strings.Count(out, "TEARDOWN"); n != 2 { // one refused, one aborted
			t.Errorf("%s tshark: %d expert infos, want 2:\n%s", s.name, n, out)
		}
		out, _ = s.run(t, "tshark", "-n", "-2", "-X", s.plugged(), "-r", capture, "-Y", "frame.number == 25", "-O", "teardown", "-o", "teardown.cause:FALSE")
		if !strings.Contains(out, "    teardown: rst_post_handshake\n") || strings.Contains(out, "cause") {
			t.Errorf("%s tshark: the packet details without sentences and causes are\n%s", s.name, out)
		}
		out, _ = s.run(t, "tshark", "-n", "-2", "-X", s.plugged(), "-r", capture, "-Y", "frame.number == 25", "-O", "teardown", "-o", "teardown.tree:off")
		if strings.Contains(out, "Teardown") {
			t.Errorf("%s tshark: the packet details say something though they are off:\n%s", s.name, out)
		}
	}
}

// word is a comparison with words in a display filter.
var word = regexp.MustCompile(`teardown\.(\w+) (?:== |in )("\w+"|\{[^}]*\})`)

// TestWiresharkProfile wants that every filter of the profile and of docs/wireshark.md compares
// columns with words that they can hold, and that tshark takes it.
func TestWiresharkProfile(t *testing.T) {
	byField := map[string]*schemas.Words{}
	for _, table := range []*schemas.Table{&schemas.Packets, &schemas.Connections} {
		for _, c := range table.Columns {
			byField[c.Wireshark] = c.Words
		}
	}
	files := profileFiles()
	page, err := os.ReadFile("../../docs/wireshark.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page) + string(files["colorfilters"]) + strings.ReplaceAll(string(files["dfilter_buttons"]), `\x22`, `"`)
	found := word.FindAllStringSubmatch(text, -1)
	if len(found) < 20 {
		t.Fatalf("%d comparisons in the filters of the profile and the page", len(found))
	}
	for _, m := range found {
		for _, w := range regexp.MustCompile(`\w+`).FindAllString(m[2], -1) {
			if words := byField[m[1]]; words == nil || words.Number(w) == 0 {
				t.Errorf("teardown.%s cannot be %q", m[1], w)
			}
		}
	}
	var filters []string
	for _, m := range regexp.MustCompile(`(?m)^"TRUE","[^"]*","([^"]*)"`).FindAllStringSubmatch(string(files["dfilter_buttons"]), -1) {
		filters = append(filters, "("+strings.ReplaceAll(m[1], `\x22`, `"`)+")")
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(teardown[^`]* [^`]*)` \\|").FindAllStringSubmatch(string(page), -1) {
		filters = append(filters, "("+m[1]+")")
	}
	if len(filters) < 14 {
		t.Fatalf("%d filters in the profile and the page: %q", len(filters), filters)
	}
	bin := filepath.Join(t.TempDir(), "teardown")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, s := range tsharks(t) {
		out, _ := s.run(t, s.bring(t, bin, 0o755), "wireshark", "install")
		if !strings.Contains(out, "tshark has the ") {
			t.Errorf("%s tshark: teardown wireshark install says\n%s", s.name, out)
		}
		capture := s.bring(t, "../../testdata/captures/web.pcapng", 0o644)
		out, complaints := s.run(t, "tshark", "-n", "-2", "-C", lua.ProfileName, "-r", capture, "--color", "-Y", strings.Join(filters, " || "))
		if strings.Contains(complaints, "filter") || strings.Contains(strings.ToLower(complaints), "lua") {
			t.Errorf("%s tshark: %s", s.name, complaints)
		}
		if !strings.Contains(out, "TCP 1 resp rst reset syn_refused_rst ") {
			t.Errorf("%s tshark: the columns of the profile are missing:\n%s", s.name, out)
		}
		if out, _ = s.run(t, s.inside("teardown"), "wireshark", "uninstall"); !strings.Contains(out, "plugin ") {
			t.Errorf("%s tshark: teardown wireshark uninstall says\n%s", s.name, out)
		}
	}
}
