package capture_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/capture"
	ct "github.com/pcap-teardown/teardown/capture/capturetest"
)

// Frames of every link type and tunnel, cut at every length: as long as a header of the
// innermost packet is not whole, the row says that something was cut, and where it has
// reached the innermost packet, it says nothing else than the row of the whole frame.
func TestCutEverywhere(t *testing.T) {
	segment := data(client4, server4, "inner")
	inner := segment.Packet()
	for _, link := range linkWrappings {
		var packets []ct.Packet
		var names []string
		var whole []int // index of the whole frame, per packet
		for _, tun := range tunnelWrappings {
			if tun.name == "teredo" {
				continue
			}
			frame := link.wrap(4, tun.wrap(4, inner))
			for n := range len(frame) + 1 {
				packets = append(packets, ct.Packet{Data: frame[:n], Wire: len(frame)})
				names = append(names, fmt.Sprintf("%s, %q, %d of %d bytes", link.name, tun.name, n, len(frame)))
			}
			for range len(frame) + 1 {
				whole = append(whole, len(packets)-1)
			}
		}
		file := ct.Pcap(ct.File{Link: link.link}, packets...)
		rows, _, err := read(bytes.NewReader(file), capture.Options{}, outsideColumns...)
		if err != io.EOF || len(rows) != len(packets) {
			t.Fatalf("%s: %d rows, want %d; error %v", link.name, len(rows), len(packets), err)
		}
		for i, row := range rows {
			// Ethernet frames may end with a check sequence or in a tunnel's padding, others with more.
			missing := len(packets[whole[i]].Data) - len(packets[i].Data) - len(segment.Payload)
			cut := strings.Contains(row, "decode_error=")
			if missing > max(4, link.behind) && !cut {
				t.Errorf("%s: nothing said: %s", names[i], row)
			}
			if !strings.Contains(row, "src_ip=10.0.0.1 dst_ip=") {
				continue
			}
			all := " " + rows[whole[i]] + " "
			for _, field := range strings.Split(withoutErrors(row), " ") {
				name, _, _ := strings.Cut(field, "=")
				if name != "payload_head" && name != "tcp_options" && name != "tcp_options_raw" && !strings.Contains(all, " "+field+" ") {
					t.Errorf("%s: %s is not in the whole row %s", names[i], field, all)
				}
			}
		}
	}
}

// withoutErrors takes decode_error and the status of the checksum out of a row.
func withoutErrors(row string) string {
	if before, rest, ok := strings.Cut(row, ` decode_error="`); ok {
		_, after, _ := strings.Cut(rest, `"`)
		row = before + after
	}
	return row
}
