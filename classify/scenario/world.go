package scenario

import (
	"fmt"
	"sort"

	"github.com/pcap-teardown/teardown/capture/capturetest"
	"github.com/pcap-teardown/teardown/classify/facts"
)

// A World is the frames of one capture: of many scenarios, or of one that wants to be alone.
type World struct {
	Scenarios      []*Scenario
	MaxConnections int
	frames         []frame
	local          []place // by frame of the capture, from 0
}

// A frame of the capture. Floods, and the last one, which only ends the capture, belong to no
// scenario: nothing is wanted of them.
type frame struct {
	time     int64 // microseconds, from the first
	scenario int   // index, -1 for none
	data     []byte
}

// A place is a frame's scenario and its number there, from 1.
type place struct {
	scenario int
	frame    int
}

// Worlds distributes scenarios: the first world is the common one.
func Worlds(all []*Scenario) []*World {
	common := &World{}
	worlds := []*World{common}
	for _, s := range all {
		if s.Alone {
			worlds = append(worlds, &World{Scenarios: []*Scenario{s}, MaxConnections: s.MaxConnections})
		} else {
			common.Scenarios = append(common.Scenarios, s)
		}
	}
	if len(common.Scenarios) == 0 {
		worlds = worlds[1:]
	}
	for _, w := range worlds {
		w.build()
	}
	return worlds
}

// build makes the frames. The scenarios end together, so that the end of the capture means the
// same to all of them.
func (w *World) build() {
	latest := int64(0)
	for _, s := range w.Scenarios {
		latest = max(latest, s.End)
	}
	for i, s := range w.Scenarios {
		shift := latest - s.End
		for _, p := range s.Packets {
			of := i
			if p.Flood > 0 {
				of = -1
			}
			for _, data := range s.frames(i, &p) {
				w.frames = append(w.frames, frame{p.Time + shift, of, data})
			}
		}
	}
	if len(w.Scenarios) > 0 && !w.Scenarios[0].Alone {
		// Where scenarios lie apart, the recording has no break all the same.
		for t := int64(0); t < latest; t += heartbeat {
			w.frames = append(w.frames, frame{t, -1, capturetest.Ethernet(0x88b5, []byte("running"))})
		}
	}
	sort.SliceStable(w.frames, func(i, j int) bool { return w.frames[i].time < w.frames[j].time })
	w.frames = append(w.frames, frame{latest, -1, capturetest.Ethernet(0x88b5, []byte("the end"))})
	count := make([]int, len(w.Scenarios))
	for _, f := range w.frames {
		if f.scenario < 0 {
			w.local = append(w.local, place{-1, 0})
			continue
		}
		count[f.scenario]++
		w.local = append(w.local, place{f.scenario, count[f.scenario]})
	}
}

// heartbeat is shorter than what counts as a break in the recording, microseconds.
const heartbeat = facts.BreakTime / 2

// address is the address of an end of scenario i: 0 and 1, 2 for the router.
func (s *Scenario) address(i, end int) string {
	host := []int{1, 2, 254}[end]
	if s.IPv6 {
		return fmt.Sprintf("2001:db8:%x::%x", i, host)
	}
	return fmt.Sprintf("10.%d.%d.%d", i/250, i%250, host)
}

// withPort joins an address and a port.
func (s *Scenario) withPort(i, end, port int) string {
	if s.IPv6 {
		return fmt.Sprintf("[%s]:%d", s.address(i, end), port)
	}
	return fmt.Sprintf("%s:%d", s.address(i, end), port)
}

// frames makes the frames of a line.
func (s *Scenario) frames(i int, p *Packet) [][]byte {
	switch {
	case p.Flood > 0:
		var out [][]byte
		for n := range p.Flood {
			out = append(out, capturetest.TCP{
				Src: fmt.Sprintf("10.99.%d.%d:%d", n/250, n%250+1, 1024+n), Dst: s.withPort(i, 1, p.Port[1]),
				Seq: uint32(1000 * n), Flags: capturetest.SYN, Window: 1024,
			}.Frame())
		}
		return out
	case p.ICMP:
		quoted := s.Packets[p.Quote-1]
		t := s.segment(i, &quoted)
		to := 0
		if quoted.From == ends[1] {
			to = 1
		}
		from, _ := endNumber(p.From, 3)
		return [][]byte{capturetest.ICMPError(s.address(i, from), s.address(i, to), p.Type, p.Code, t.Packet())}
	}
	t := s.segment(i, p)
	return [][]byte{t.Frame()}
}

// segment is the TCP packet of a line with its addresses.
func (s *Scenario) segment(i int, p *Packet) capturetest.TCP {
	t := p.TCP
	from := 0
	if p.From == ends[1] {
		from = 1
	}
	t.Src, t.Dst = s.withPort(i, from, p.Port[from]), s.withPort(i, 1-from, p.Port[1-from])
	return t
}

// Frames is the number of frames in the capture.
func (w *World) Frames() int { return len(w.frames) }

// Capture returns the capture as a pcap file.
func (w *World) Capture() []byte {
	const start = 1_700_000_000_000_000_000 // some day
	var packets []capturetest.Packet
	for _, f := range w.frames {
		packets = append(packets, capturetest.Packet{Time: start + f.time*1000, Data: f.data})
	}
	return capturetest.Pcap(capturetest.File{Link: 1}, packets...)
}
