package classify_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/testdata/lab/label"
)

// A trap is a naive rule, the cases of the lab that it fools, and what it would make of them.
type trap struct {
	naive string
	cases []string
	fell  func(v *verdict) bool
}

// says is a verdict with one of the causes.
func says(causes ...string) func(*verdict) bool {
	return func(v *verdict) bool { return slices.Contains(causes, v.cause) }
}

// saysNot is a verdict with none of them.
func saysNot(causes ...string) func(*verdict) bool {
	return func(v *verdict) bool { return !slices.Contains(causes, v.cause) }
}

// blamesDevice is a verdict that a device in between sent the reset.
func blamesDevice(v *verdict) bool {
	return v.origin == "third_party" || strings.HasPrefix(v.cause, "middlebox") || strings.HasPrefix(v.cause, "firewall")
}

// isSureOfDevice is one that has no doubt about it.
func isSureOfDevice(v *verdict) bool {
	return v.origin == "third_party" || blamesDevice(v) && v.tier == "high"
}

func isSure(v *verdict) bool { return v.confidence > 80 }

// traps are those of the labels, with others that the same cases set for rules about single packets.
var traps = []trap{
	{"RST,ACK to SYN = closed port", []string{"reject/forward_known_host"}, says("port_closed")},
	{"RST,ACK to SYN = closed port", []string{"reject/forward", "reject/forward_repeat"}, isSure},
	{"cannot be told from a closed port with IPv4", []string{"reject/input"}, isSure},
	{"SYN-ACK and RST have different TTL = injected", []string{"synproxy/closed", "synproxy/closed_known_host"}, saysNot("port_closed_behind_proxy")},
	{"S SA A R = the client aborted", []string{"backlog/overflow_reset"}, says("app_abort", "connect_cancelled", "app_close_unread")},
	{"crash = RST", []string{"unread/sigkill_nothing_unread"}, saysNot("normal_close")},
	{"crash = RST; close = FIN", []string{"unread/server_close", "unread/sigkill"}, says("crash", "normal_close")},
	{"many RST = injection; sequence numbers go down", []string{"early_reply/upload_413", "early_reply/upload_200"}, blamesDevice},
	{"many RST = injection; the last RST decides", []string{"abort/in_flight"}, blamesDevice},
	{"two RST, the second lower = injection", []string{"stall/lost_data_then_abort"}, blamesDevice},
	{"TTL jump = injected", []string{"data_after_close/ttl128", "abort/client_ttl200", "unread/server_ttl128_no_timestamps"}, blamesDevice},
	{"no timestamps = injected", []string{"abort/no_timestamps", "data_after_close/timewait"}, blamesDevice},
	{"window 0 = injected", []string{"data_after_close/timewait", "half_open/server_forgot", "port_closed/known_host"}, isSureOfDevice},
	{"the SYN-ACK's identification 0 as a baseline", []string{"data_after_close/no_reply_before"}, blamesDevice},
	{"RST both ways = intrusion prevention", []string{"abort/crossed"}, blamesDevice},
	{"bare RST = middlebox", []string{"half_open/server_forgot", "half_open/server_rebuilt", "half_open/client_forgot", "retransmission/late_talk"}, isSureOfDevice},
	{"it looks exactly like an abort by the server", []string{"inject/perfect_forgery"}, isSure},
	{"the server reset the connection", []string{"midflow/reject", "midflow/reject_server_continues", "midflow/reject_tos"}, says("app_abort", "app_close_unread")},
	{"RST = error", []string{"peer_fin/linger_zero", "peer_fin/unread", "peer_fin/after_close_notify"}, saysNot("benign_abort_after_fin")},
	{"FIN then data = anomaly", []string{"fin/half_close_by_client", "fin/half_close_by_server", "fin/half_closed_streaming"}, saysNot("normal_close", "none_open")},
	{"the client always closes first", []string{"fin/four_by_server"}, saysNot("normal_close")},
	{"RST seen = closed", []string{"blind/rst_below_window", "blind/rst_in_window", "blind/rst_out_of_window"}, saysNot("normal_close")},
	{"RST seen = aborted", []string{"fin/after_complete_reset"}, saysNot("normal_close")},
	{"probe before RST = keep-alive failure", []string{"keepalive/answered_then_abort", "zero_window/abort", "zero_window/abort_by_server"}, says("keepalive_timeout")},
	{"no RST = still open", []string{"retransmission/user_timeout", "retransmission/server_retries", "retransmission/black_hole"}, says("none_open")},
	{"no answer yet is not a refusal", []string{"drop/pending"}, saysNot("none_open")},
	{"SYN on an open connection = hijack; the RST is a failure", []string{"reconnect/same_port_stale"}, says("desync", "middlebox_reset", "connect_cancelled", "scan_probe")},
	{"the quoted header counted as a packet", []string{"icmp/quoting_live_connection"}, saysNot("normal_close")},
	{"the constructed cause is a filter, the wire says unreachable", []string{"reject_icmp/host", "reject_icmp/net"}, says("firewall_policy")},
}

// TestTraps runs into every trap of the lab: rules about single packets would.
func TestTraps(t *testing.T) {
	rows, err := label.ReadFile(filepath.Join(labDir, "labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, tr := range traps {
		named[tr.naive] = true
	}
	files := map[string]map[int64]*verdict{}
	tried := map[string]bool{}
	for i := range rows {
		r := &rows[i]
		if r.Trap != "" && !named[r.Trap] {
			t.Errorf("%s: no trap is named %q", r.Case, r.Trap)
		}
		for _, tr := range traps {
			if !slices.Contains(tr.cases, r.Case) || r.Name == "fills_queue" || r.Name == "tick" || r.Name == "before" || r.Name == "after" {
				continue
			}
			if files[r.File] == nil {
				files[r.File] = verdicts(t, filepath.Join(labDir, r.File), 1)
			}
			tried[tr.naive+r.Case] = true
			if v := files[r.File][int64(r.Measured.FirstFrame)]; v == nil || tr.fell(v) {
				t.Errorf("%s frame %d (%s %s) fell into the trap %q: %v", r.File, r.Measured.FirstFrame, r.Case, r.Name, tr.naive, v)
			}
		}
	}
	for _, tr := range traps {
		for _, c := range tr.cases {
			if !tried[tr.naive+c] {
				t.Errorf("trap %q: the lab has no case %s", tr.naive, c)
			}
		}
	}
}

// TestLabWorkers holds that causes do not depend on the number of workers.
func TestLabWorkers(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(labDir, "*.pcap*"))
	if err != nil || len(paths) == 0 {
		t.Fatal(err)
	}
	for _, path := range paths {
		one, many := verdicts(t, path, 1), verdicts(t, path, 3)
		if len(one) != len(many) {
			t.Errorf("%s: %d connections with one worker, %d with three", path, len(one), len(many))
		}
		for frame, v := range one {
			if w := many[frame]; w == nil || v.String() != w.String() {
				t.Errorf("%s frame %d: one worker says %v, three say %v", path, frame, v, w)
			}
		}
	}
}
