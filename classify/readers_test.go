package classify

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os/exec"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/capture"
	"github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// readerLua reads IP packets as the plugin does: the first bytes, and all if it asks for more. A
// line has the length on the wire and the captured bytes.
const readerLua = `
local facts, words = dofile(arg[1] .. "/facts_gen.lua"), dofile(arg[1] .. "/words_gen.lua")
local ip, reason = dofile(arg[1] .. "/packet.lua"), dofile(arg[1] .. "/reason.lua")
local s = facts.NewSegment()
ip.init(s)
reason.init(facts, words)
ip.reasons(reason)
for line in io.lines() do
  local wire, hex = line:match("(%d+) (%x*)")
  local data = hex:gsub("..", function(x) return string.char(tonumber(x, 16)) end)
  local read = data:byte(1) >= 0x60 and ip.ip6 or ip.ip4
  local found = read(data:sub(1, 90), 0, #data, tonumber(wire))
  if found == ip.MORE then
    found = read(data, 0, #data, tonumber(wire))
  end
  if found == ip.TCP then
    print(string.format("%.0f %.0f %.0f %.0f %s", s.Length, s.ReasonKind, s.Reason, s.App, ip.text or "-"))
  else
    print("nothing")
  end
end
`

// randomWords are payloads and options that say something or nearly do.
func randomWords(r *rand.Rand) (payload, options []byte) {
	p := payloads[r.Intn(len(payloads))]
	payload = []byte(p.payload)
	if n := p.length - len(payload); n > 0 {
		payload = append(payload, make([]byte, n)...)
	}
	resets := []string{"\x33\xaa\x00\x0a\x00\x00\x00\x00", "\x33\xaa\x00\x0a\x00\x00\x00\x01", "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x00", "Go away\x00", "\x00",
		"BIG-IP: [0x2dba1e9:3138] No flow found for ACK", "[F5RST: Port Denied]", "tcp_close, during connect"}
	if r.Intn(3) == 0 {
		payload = []byte(resets[r.Intn(len(resets))])
	}
	for range r.Intn(4) {
		kinds := []string{"\x1e\x04\x80\x02", "\x1e\x04\x80\x00", "\x1e\x0c\x70\x00\x01\x02\x03\x04\x05\x06\x07\x08", "\x01", "\x00", "\x1e\x03\x80", "\x03\x03\x07", "\x1e\x04\x70\x02"}
		options = append(options, kinds[r.Intn(len(kinds))]...)
	}
	for _, b := range [][]byte{payload, options} {
		if len(b) > 0 && r.Intn(4) == 0 {
			b[r.Intn(min(len(b), 16))] = byte(r.Intn(256))
		}
	}
	return payload, options[:min(len(options), 40)]
}

// TestReadersAgree compares what Go and Lua read of packets that say something, cut anywhere.
func TestReadersAgree(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var packets []capturetest.Packet
	var lines strings.Builder
	for range 20000 {
		p := capturetest.TCP{Src: "10.0.0.1:40000", Dst: "10.0.0.2:80", Flags: capturetest.ACK | capturetest.RST*r.Intn(2)}
		if r.Intn(2) == 0 {
			p.Src, p.Dst = "[2001:db8::1]:40000", "[2001:db8::2]:80"
		}
		p.Payload, p.Options = randomWords(r)
		data := p.Packet()
		wire := len(data)
		if r.Intn(4) == 0 {
			data = data[:max(20, r.Intn(len(data)))]
		}
		packets = append(packets, capturetest.Packet{Data: data, Wire: wire})
		fmt.Fprintf(&lines, "%d %s\n", wire, hex.EncodeToString(data))
	}
	var want []string
	kinds, apps := map[int64]int{}, map[int64]int{}
	decoded(t, capturetest.Pcap(capturetest.File{Link: 101}, packets...), func(b *table.Packets) {
		for i := range b.N {
			if b.TcpFlags.Valid[i] == 0 {
				want = append(want, "nothing")
				continue
			}
			var p packetInfo
			var seg facts.Segment
			readPacket(b, i, 0, &p)
			readSegment(b, i, &p, &seg)
			text := "-"
			if v := rstText(b, i); seg.Rst && v != nil {
				text = *v
			}
			kinds[seg.ReasonKind]++
			apps[seg.App]++
			want = append(want, fmt.Sprintf("%d %d %d %d %s", seg.Length, seg.ReasonKind, seg.Reason, seg.App, text))
		}
	})
	for kind := range int64(7) {
		if kinds[kind] < 20 {
			t.Errorf("only %d packets have reasons of kind %d", kinds[kind], kind)
		}
	}
	for app := range int64(10) {
		if apps[app] < 20 {
			t.Errorf("only %d packets say %d", apps[app], app)
		}
	}
	for _, interpreter := range []string{"lua5.2", "lua5.3", "lua5.4"} {
		cmd := exec.Command(interpreter, "-e", `arg = {"../lua"}`, "-e", readerLua)
		cmd.Stdin = strings.NewReader(lines.String())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", interpreter, err, out[max(0, len(out)-1000):])
		}
		got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(got) != len(want) {
			t.Fatalf("%s: %d lines for %d packets", interpreter, len(got), len(want))
		}
		wrong := 0
		for i := range want {
			if got[i] != want[i] && wrong < 5 {
				wrong++
				t.Errorf("%s: %x of %d bytes: Lua reads %s, Go %s", interpreter, packets[i].Data, packets[i].Wire, got[i], want[i])
			}
		}
	}
}

// decoded hands the batches of a capture to do.
func decoded(t *testing.T, file []byte, do func(*table.Packets)) {
	t.Helper()
	s := capture.NewStream(bytes.NewReader(file), "test.pcap", capture.Options{})
	for {
		b, err := s.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		do(b)
		s.Release(b)
	}
}
