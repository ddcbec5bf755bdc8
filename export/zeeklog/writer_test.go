package zeeklog

import (
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// batch has three rows: TCP, ICMP of IPv6 without a duration, and ESP of IPv6, which Zeek does not log.
func batch() (*table.Connections, []Details) {
	b := table.NewConnections(3)
	add := func(proto schemas.Proto, number int32, version int32, ts int64, state schemas.ZeekConnState, history string) int {
		i := b.N
		b.N++
		b.File.Set(i, "x.pcap")
		b.ConnId.Set(i, int64(i))
		b.Proto.Codes[i] = uint16(proto)
		b.IpProto.Set(i, number)
		b.IpVersion.Set(i, version)
		b.OrigIp.Values[i] = table.Addr{Lo: 0x0a000001, Version: uint8(version)}
		b.RespIp.Values[i] = table.Addr{Lo: 0x08080808, Version: uint8(version)}
		b.OrigPort.Set(i, 1000)
		b.RespPort.Set(i, 80)
		b.TsStart.Set(i, ts)
		b.OrigPackets.Set(i, 3)
		b.OrigIpBytes.Set(i, 150)
		b.RespPackets.Set(i, 2)
		b.RespIpBytes.Set(i, 90)
		b.ZeekConnState.Codes[i] = uint16(state)
		if history != "" {
			b.ZeekHistory.Set(i, history)
		}
		b.CommunityId.Set(i, []byte("1:x"))
		return i
	}
	add(schemas.ProtoTcp, 6, 4, 1_600_000_000_050_000, schemas.ZeekConnStateSF, "ShADadFf")
	add(schemas.ProtoIcmp, 58, 6, 1_600_000_001_000_000, schemas.ZeekConnStateOTH, "")
	add(schemas.ProtoEsp, 50, 6, 1_600_000_002_000_000, schemas.ZeekConnStateOTH, "")
	return b, []Details{{Duration: 1_500_000, Missed: 7, Bytes: [2]int64{30, -1}}, {}, {}}
}

func write(t *testing.T, json bool) string {
	t.Helper()
	var out strings.Builder
	w := NewWriter(&out, json)
	b, details := batch()
	if err := w.Write(b, details); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTSV(t *testing.T) {
	want := `#separator \x09
#set_separator	,
#empty_field	(empty)
#unset_field	-
#path	conn
#open	2020-09-13-12-26-40
#fields	ts	uid	id.orig_h	id.orig_p	id.resp_h	id.resp_p	proto	service	duration	orig_bytes	resp_bytes	conn_state	local_orig	local_resp	missed_bytes	history	orig_pkts	orig_ip_bytes	resp_pkts	resp_ip_bytes	tunnel_parents	ip_proto	community_id
#types	time	string	addr	port	addr	port	enum	string	interval	count	count	string	bool	bool	count	string	count	count	count	count	set[string]	count	string
1600000000.050000	UID	10.0.0.1	1000	8.8.8.8	80	tcp	-	1.500000	30	-	SF	T	F	7	ShADadFf	3	150	2	90	-	6	1:x
1600000001.000000	UID	::a00:1	1000	::808:808	80	icmp	-	-	-	-	OTH	F	F	0	-	3	150	2	90	-	58	1:x
#close	2020-09-13-12-26-41
`
	if got := hideUIDs(t, write(t, false)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestJSON(t *testing.T) {
	want := `{"ts":1600000000.05,"uid":"UID","id.orig_h":"10.0.0.1","id.orig_p":1000,"id.resp_h":"8.8.8.8","id.resp_p":80,"proto":"tcp","duration":1.5,"orig_bytes":30,"conn_state":"SF","local_orig":true,"local_resp":false,"missed_bytes":7,"history":"ShADadFf","orig_pkts":3,"orig_ip_bytes":150,"resp_pkts":2,"resp_ip_bytes":90,"ip_proto":6,"community_id":"1:x"}
{"ts":1600000001.0,"uid":"UID","id.orig_h":"::a00:1","id.orig_p":1000,"id.resp_h":"::808:808","id.resp_p":80,"proto":"icmp","conn_state":"OTH","local_orig":false,"local_resp":false,"missed_bytes":0,"orig_pkts":3,"orig_ip_bytes":150,"resp_pkts":2,"resp_ip_bytes":90,"ip_proto":58,"community_id":"1:x"}
`
	if got := hideUIDs(t, write(t, true)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// hideUIDs replaces the uids, which must differ, by a word.
func hideUIDs(t *testing.T, text string) string {
	t.Helper()
	seen := map[string]bool{}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == '\t' || r == '"' || r == '\n' }) {
		if len(part) == 18 && part[0] == 'C' {
			seen[part] = true
			text = strings.ReplaceAll(text, part, "UID")
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d uids, want 2", len(seen))
	}
	return text
}
