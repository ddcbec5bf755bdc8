package scenario

import (
	"fmt"
	"sort"
	"testing"

	"github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/classify"
	"github.com/pcap-teardown/teardown/classify/differential"
	"github.com/pcap-teardown/teardown/schemas"
)

// randomCapture makes a capture of random connections between as many pairs of ends as flows, on
// few hosts, packets of all kinds in the order of time. Frames are cut behind the headers.
func randomCapture(seed uint64, flows, commands int) []byte {
	var packets []capturetest.Packet
	for f := range flows {
		w := differential.NewWorld(seed+uint64(f), nil)
		var last capturetest.TCP
		first := int64(-1)
		for range commands {
			c := w.Next()
			if first < 0 {
				first = c.Segment.Time
			}
			// Wireshark gives Lua times as fractions of seconds, which are exact for some weeks.
			if c.Restarts() || c.Segment.Time-first > 30*24*3600*1e6 {
				break
			}
			time := (c.Segment.Time-first)*1000 + 2e9
			switch {
			case c.IsPacket():
				last = randomPacket(&c, f)
				frame := last.Frame()
				p := capturetest.Packet{Time: time, Data: frame[:min(len(frame), 120)], Wire: len(frame)}
				packets = append(packets, p)
			case c.IsError() && last.Src != "" && len(packets) > 0:
				quoted := last.Packet()
				data := capturetest.ICMPError(fmt.Sprintf("10.0.%d.9", f), fmt.Sprintf("10.0.%d.1", f%7), 3, 1, quoted[:min(len(quoted), 60)])
				packets = append(packets, capturetest.Packet{Time: packets[len(packets)-1].Time, Data: data})
			}
		}
	}
	sort.SliceStable(packets, func(i, j int) bool { return packets[i].Time < packets[j].Time })
	// Clocks of cards have nanoseconds and go back now and then.
	for i := range packets {
		packets[i].Time += int64(i * 37 % 1000)
		if i%17 == 16 {
			packets[i].Time -= 3_000_000
		}
	}
	return capturetest.Pcap(capturetest.File{Link: 1, Nano: true}, packets...)
}

// randomPacket is a packet of the random world with addresses and ports.
func randomPacket(c *differential.Command, flow int) capturetest.TCP {
	s := &c.Segment
	port := func(server bool, other int) int {
		if server {
			return 80
		}
		return other
	}
	ends := [2]string{fmt.Sprintf("10.0.%d.1", flow%7), fmt.Sprintf("10.0.%d.2", flow%5)}
	ports := [2]int{40000 + flow, 50001 + flow}
	from := int(c.End)
	ports[from], ports[1-from] = port(s.FromServerPort, ports[from]), port(s.ToServerPort, ports[1-from])
	t := capturetest.TCP{
		Src: fmt.Sprintf("%s:%d", ends[from], ports[from]), Dst: fmt.Sprintf("%s:%d", ends[1-from], ports[1-from]),
		Seq: s.Seq, Ack: s.Ack, Flags: int(s.Flags), Window: int(s.Window), Payload: make([]byte, min(s.Length, 65000)),
		IP: capturetest.IP{TTL: int(s.Ttl), ID: int(s.IpId), TOS: int(s.Tos)},
	}
	if s.Mss > 0 {
		t.Options = append(t.Options, capturetest.MSS(int(s.Mss))...)
	}
	if s.Scale >= 0 {
		t.Options = append(t.Options, capturetest.Scale(int(s.Scale))...)
	}
	if s.HasTs {
		t.Options = append(t.Options, capturetest.Timestamps(int(s.TsVal), int(s.TsEcr))...)
	}
	return t
}

// TestRandomInWireshark compares the classifier with the plugin over a capture of random
// connections: everything that package differential leaves out, from reading headers to cutting
// connections, is in between.
func TestRandomInWireshark(t *testing.T) {
	capture := randomCapture(1, 24, 700)
	packets, connections, err := Rows(capture, classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	byFirst := map[string]Row{}
	for _, c := range connections {
		byFirst[c.get(ConnFrame)] = c
	}
	names := []string{"frame.number", "teardown.conn_first_frame"}
	type shown struct {
		column, field string
		packet, truth bool
	}
	var columns []shown
	for _, table := range []*schemas.Table{&schemas.Packets, &schemas.Connections} {
		for _, c := range table.Columns {
			if c.Wireshark != "" {
				columns = append(columns, shown{c.Name, "teardown." + c.Wireshark, table == &schemas.Packets, c.Type == schemas.Bool})
				names = append(names, "teardown."+c.Wireshark)
			}
		}
	}
	for _, tshark := range wiresharks(t) {
		rows := tshark.fields(t, capture, names, "-2")
		if len(rows) != len(packets) {
			t.Fatalf("%s tshark: %d rows for %d frames", tshark.name, len(rows), len(packets))
		}
		different := 0
		for i, p := range packets {
			if p.get("ip_proto") != "6" {
				continue
			}
			c := byFirst[p.get(ConnFrame)]
			want := []string{p.get(ConnFrame)}
			got := []string{rows[i].get("teardown.conn_first_frame")}
			for _, col := range columns {
				from := c
				if col.packet {
					from = p
				}
				g := rows[i].get(col.field)
				if col.truth {
					g = map[string]string{"0": "false", "1": "true", "False": "false", "True": "true"}[g]
				}
				want, got = append(want, col.column+"="+from.get(col.column)), append(got, col.column+"="+g)
			}
			for n := range want {
				if want[n] != got[n] {
					different++
					if different <= 20 {
						t.Errorf("%s tshark, frame %d: %s, want %s", tshark.name, i+1, got[n], want[n])
					}
				}
			}
		}
		t.Logf("%s tshark: %d frames, %d connections, %d columns, %d differences", tshark.name, len(packets), len(connections), len(columns), different)
	}
}
