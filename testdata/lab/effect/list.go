package effect

import (
	"time"

	"github.com/pcap-teardown/teardown/testdata/lab/capfile"
	"github.com/pcap-teardown/teardown/testdata/lab/wire"
)

func is(flags uint8) func(s wire.Segment, fromClient bool, n int) bool {
	return func(s wire.Segment, _ bool, _ int) bool { return !s.Has(flags) }
}

func format(f capfile.Format) func(*Capture) { return func(c *Capture) { c.Format = f } }

// All effects. Names are those of blocks in cases.table, where one is needed.
var All = []Effect{
	{"snap/64", "fin/four_by_client", snap(64), 4, ""},
	{"snap/80", "fin/four_by_client", snap(80), 6, ""},
	{"snap/96", "data_after_close/timewait", snap(96), 0, ""},
	{"snap/54", "abort/client_idle", snap(54), 4, ""},
	{"snap/74", "port_closed/plain", snap(74), 0, ""},
	{"snap/64_unread", "unread/server_close", snap(64), 4, ""},

	{"one_direction/client_fin", "fin/four_by_client", keep(func(_ wire.Segment, c bool, _ int) bool { return c }), 0, ""},
	{"one_direction/server_fin", "fin/four_by_client", keep(func(_ wire.Segment, c bool, _ int) bool { return !c }), 0, ""},
	{"one_direction/client_abort", "abort/client_idle", keep(func(_ wire.Segment, c bool, _ int) bool { return c }), 0, ""},
	{"one_direction/server_unread", "unread/server_second_request", keep(func(_ wire.Segment, c bool, _ int) bool { return !c }), 4, ""},
	{"one_direction/server_refusal", "port_closed/plain", keep(func(_ wire.Segment, c bool, _ int) bool { return !c }), 0, ""},
	{"one_direction/server_data_after_close", "data_after_close/timewait", keep(func(_ wire.Segment, c bool, _ int) bool { return !c }), 0, ""},

	{"midstream/after_handshake", "fin/four_by_client", skip(3), 0, ""},
	{"midstream/at_syn_ack", "fin/four_by_client", skip(1), 0, ""},
	{"midstream/abort", "abort/server_idle", skip(3), 0, ""},
	{"midstream/unread", "unread/server_second_request", skip(5), 0, ""},
	{"midstream/data_after_close", "data_after_close/timewait", skip(4), 0, ""},
	{"midstream/half_close", "fin/half_close_by_client", skip(5), 4, ""},
	{"midstream/keepalive", "keepalive/failed_client", skip(5), 4, ""},

	{"dropped/syn_ack", "fin/four_by_client", keep(is(wire.SYN | wire.ACK)), 4, ""},
	{"dropped/first_data", "fin/four_by_client", keep(func(s wire.Segment, c bool, n int) bool { return !(c && n == 2) }), 0, ""},
	{"dropped/server_data", "fin/four_by_server", keep(func(s wire.Segment, c bool, n int) bool { return c || len(s.Payload) == 0 }), 0, ""},
	{"dropped/last_ack", "fin/four_by_client", keep(func(s wire.Segment, c bool, n int) bool { return !(c && n == 5) }), 0, ""},
	{"dropped/offender", "data_after_close/timewait", keep(func(s wire.Segment, c bool, n int) bool { return !(c && n == 5) }), 0, ""},
	{"dropped/rst", "data_after_close/timewait", keep(is(wire.RST)), 0, ""},
	{"dropped/client_fin", "fin/four_by_server", keep(func(s wire.Segment, c bool, _ int) bool { return !(c && s.Has(wire.FIN)) }), 4, ""},

	{"doubled/all", "fin/four_by_client", double(0, func(int) bool { return true }), 0, ""},
	{"doubled/third", "data_after_close/timewait", double(0, func(i int) bool { return i%3 == 0 }), 0, ""},
	{"doubled/abort", "abort/client_idle", double(0, func(int) bool { return true }), 0, ""},
	{"doubled/routed_copy", "fin/four_by_server", double(1, func(int) bool { return true }), 0, ""},
	{"doubled/routed_copy_reset", "unread/server_second_request", double(1, func(int) bool { return true }), 0, ""},

	{"reordered/server_lags", "fin/four_by_client", lag(false, 2*time.Millisecond), 0, ""},
	{"reordered/client_lags", "fin/four_by_server", lag(true, 2*time.Millisecond), 0, ""},
	{"reordered/abort_server_lags", "abort/client_idle", lag(false, 2*time.Millisecond), 4, ""},

	{"stretched/idle_nat_60s", "idle_nat/no_timestamps", stretch(60300 * time.Millisecond), 0, ""},
	{"stretched/idle_nat_350s", "idle_nat/no_timestamps", stretch(350400 * time.Millisecond), 0, ""},
	{"stretched/idle_nat_1h", "idle_nat/no_timestamps", stretch(3601 * time.Second), 4, ""},
	{"stretched/idle_nat_100s", "idle_nat/no_timestamps", stretch(100 * time.Second), 4, ""},
	{"stretched/both_ways_350s", "idle_nat/both_ways", stretch(350200 * time.Millisecond), 0, ""},
	{"stretched/established_3h", "abort/no_timestamps", stretch(3 * time.Hour), 4, "after_idle"},
	{"stretched/half_closed_90s", "fin/half_closed_stalled", stretch(90 * time.Second), 0, ""},

	{"wrap/server_isn", "fin/four_by_client", shift(0xffffff80), 0, ""},
	{"wrap/server_isn_last", "fin/four_by_server", shift(0xffffffff), 0, ""},
	{"wrap/server_zero", "fin/four_by_client", shift(0), 4, ""},

	{"vlan/tag", "fin/four_by_client", tagged(0x81, 0, 0, 100), 0, ""},
	{"vlan/tag_abort", "abort/server_idle", tagged(0x81, 0, 0x60, 7), 0, ""},
	{"vlan/qinq", "data_after_close/timewait", tagged(0x88, 0xa8, 0, 200, 0x81, 0, 0, 33), 0, ""},
	{"link/raw", "fin/three_by_client", wrapIP(capfile.Raw, bare), 0, ""},
	{"link/ipv4", "abort/client_idle", wrapIP(capfile.IPv4, bare), 4, ""},
	{"link/ipv6", "abort/client_idle", wrapIP(capfile.IPv6, bare), 6, ""},
	{"link/sll", "unread/server_close", wrapIP(capfile.SLL, cooked), 0, ""},
	{"link/sll2", "port_closed/known_host", wrapIP(capfile.SLL2, cooked2), 0, ""},
	{"link/null", "fin/simultaneous", wrapIP(capfile.Null, loopback), 0, ""},
	{"tunnel/gre", "fin/four_by_client", tunnel(47, gre), 0, ""},
	{"tunnel/vxlan", "abort/client_idle", tunnel(17, vxlan), 0, ""},
	{"tunnel/ipip", "data_after_close/timewait", tunnel(4, plain), 0, ""},
	{"tunnel/gtp", "unread/server_close", tunnel(17, gtp), 0, ""},

	{"format/pcap_micro", "fin/four_by_client", format(capfile.Format{Pcap: true, Micros: true}), 0, ""},
	{"format/pcap_nano", "abort/client_idle", format(capfile.Format{Pcap: true}), 4, ""},
	{"format/pcap_big_endian", "data_after_close/timewait", format(capfile.Format{Pcap: true, Micros: true, BigEndian: true}), 4, ""},
	{"format/pcapng_big_endian", "unread/server_close", format(capfile.Format{BigEndian: true}), 6, ""},
	{"format/pcapng_micro", "port_closed/plain", format(capfile.Format{Micros: true}), 4, ""},
	{"format/gzip", "fin/half_close_by_client", format(capfile.Format{Gzip: true}), 4, ""},

	// What worse captures leave of unseen cases.
	{"worse/late_request_midstream", "persistent/late_request", skip(4), 0, ""},
	{"worse/late_request_lost", "persistent/late_request", keep(func(_ wire.Segment, c bool, n int) bool { return !(c && n == 8) }), 0, ""},
	{"worse/filter_mirrored", "content_filter/rejects_word", double(1, func(int) bool { return true }), 0, ""},
	{"worse/refusal_mirrored", "refusal/filter_four_hops_before", double(1, func(int) bool { return true }), 0, ""},
	{"worse/client_only", "persistent/client_resets_after_close", keep(func(_ wire.Segment, c bool, _ int) bool { return c }), 0, ""},
	{"worse/server_lags", "low_port/client_leaves_answer_unread", lag(false, 2*time.Millisecond), 0, ""},
	{"worse/probes_midstream", "probes/two_seconds_apart", skip(5), 0, ""},
	{"worse/forged_at_wrap", "forged/bare_pair", shift(0xffffffd0), 0, ""},
	{"worse/error_cut_off", "last_words/http_502", snap(70), 4, ""},
}
