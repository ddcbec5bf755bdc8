package mix

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// A Mix is a kind of traffic.
type Mix struct {
	Name    string
	Meaning string
	Live    int // flows alive at once

	minPayload, maxPayload int // bytes per data segment
	minData, maxData       int // data segments per flow
	flood                  bool
	openFirst              bool // all handshakes come before the first data
}

// endless is a number of data segments that no capture reaches.
const endless = 1 << 40

// Mixes are all kinds of traffic.
var Mixes = []Mix{
	{Name: "large", Meaning: "full segments of 1,448 bytes, 200 live connections", Live: 200,
		minPayload: 1448, maxPayload: 1448, minData: 100, maxData: 2000},
	{Name: "medium", Meaning: "segments of 250 to 1,448 bytes, 2,000 live connections; about 600 bytes per packet", Live: 2000,
		minPayload: 250, maxPayload: 1448, minData: 5, maxData: 100},
	{Name: "small", Meaning: "segments of 1 to 200 bytes, short connections, 2,000 of them live", Live: 2000,
		minPayload: 1, maxPayload: 200, minData: 2, maxData: 30},
	{Name: "flood", Meaning: "SYN flood: every packet is a SYN from another address and port", Live: 1, flood: true},
	{Name: "many", Meaning: "200,000 connections that stay open, data here and there", Live: 200_000,
		minPayload: 1, maxPayload: 1448, minData: endless, maxData: endless, openFirst: true},
	{Name: "giant", Meaning: "one connection with all the data", Live: 1,
		minPayload: 1448, maxPayload: 1448, minData: endless, maxData: endless},
}

// Lookup returns the mix of that name.
func Lookup(name string) (Mix, error) {
	var names []string
	for _, m := range Mixes {
		if m.Name == name {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return Mix{}, fmt.Errorf("there is no mix %q: use one of %s", name, strings.Join(names, ", "))
}

// Times between packets, nanoseconds: about one million packets per second.
const (
	startTime = 1_700_000_000_000_000_000
	minGap    = 200
	maxGap    = 1800
)

// Write writes a capture of the mix: pcap with nanoseconds, Ethernet.
func Write(w io.Writer, m Mix, packets int64, seed uint64) error {
	if _, err := w.Write(fileHeader()); err != nil {
		return err
	}
	g := &generator{mix: m, rand: rand.New(rand.NewPCG(seed, 0)), live: make([]*flow, m.Live)}
	for i := range g.live {
		g.live[i] = g.newFlow()
	}
	now := int64(startTime)
	for n := range packets {
		var frame []byte
		switch {
		case m.flood:
			frame = g.frame.syn(g.newFlow())
		case m.openFirst && n < int64(3*m.Live):
			frame = g.next(int(n / 3))
		default:
			frame = g.next(g.rand.IntN(m.Live))
		}
		if _, err := w.Write(g.frame.record(now, frame)); err != nil {
			return err
		}
		now += int64(g.between(minGap, maxGap))
	}
	return nil
}

// A generator draws the packets of a capture.
type generator struct {
	mix   Mix
	rand  *rand.Rand
	live  []*flow
	frame framer
}

func (g *generator) between(least, most int) int {
	return least + g.rand.IntN(most-least+1)
}

// next returns the next frame of a live flow; one that is over makes room for another.
func (g *generator) next(i int) []byte {
	f := g.live[i]
	frame := f.step(g)
	if f.over {
		g.live[i] = g.newFlow()
	}
	return frame
}

// newFlow draws a client and a server.
func (g *generator) newFlow() *flow {
	f := &flow{
		client: endpoint{10<<24 | g.rand.Uint32N(1<<24), uint16(g.between(1024, 65535))},
		server: endpoint{192<<24 | 168<<16 | g.rand.Uint32N(1<<10), [...]uint16{443, 443, 443, 80, 22, 5432}[g.rand.IntN(6)]},
		next:   [2]uint32{g.rand.Uint32(), g.rand.Uint32()},
		abort:  g.rand.IntN(10) == 0,
	}
	if !g.mix.flood {
		f.data = g.between(g.mix.minData, g.mix.maxData)
	}
	return f
}
