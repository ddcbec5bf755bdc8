package scenario

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pcap-teardown/teardown/capture/capturetest"
)

// A Packet is one line that sends something.
type Packet struct {
	Time int64 // microseconds since the start of the scenario
	From string
	TCP  capturetest.TCP // without addresses
	Port [2]int          // of o and r

	ICMP  bool // an ICMP error
	Type  int
	Code  int
	Quote int // frame, from 1

	Flood int // that many SYNs from other ends
}

// A packetParser reads the section packets.
type packetParser struct {
	s     *Scenario
	port  [2]int
	isn   [2]uint32
	ttl   [2]int
	id    [2]int // of the next packet
	still [2]bool
	label [2]int
}

func newPacketParser(s *Scenario) *packetParser {
	return &packetParser{s: s, port: [2]int{40000, 80}, isn: [2]uint32{math.MaxUint32 - 99, math.MaxUint32 - 299},
		ttl: [2]int{64, 64}, id: [2]int{1, 1}}
}

// ends are the two ends and the router in the notation.
var ends = []string{"o", "r", "x"}

func endNumber(word string, of int) (int, error) {
	for i, e := range ends[:of] {
		if word == e {
			return i, nil
		}
	}
	return 0, fmt.Errorf("want one of %s, not %q", strings.Join(ends[:of], " "), word)
}

func (p *packetParser) line(words []string) error {
	if c := words[0][0]; c < '0' || c > '9' {
		return p.setting(words)
	}
	seconds, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		return fmt.Errorf("time %q: %w", words[0], err)
	}
	time := int64(math.Round(seconds * 1e6))
	if n := len(p.s.Packets); n > 0 && time < p.s.Packets[n-1].Time {
		return fmt.Errorf("time goes back")
	}
	if p.s.End != 0 {
		return fmt.Errorf("something after the end")
	}
	pkt := Packet{Time: time, Port: p.port}
	switch {
	case len(words) == 2 && words[1] == "end":
		p.s.End = time
		return nil
	case len(words) == 3 && words[1] == "flood":
		pkt.Flood, err = strconv.Atoi(words[2])
	case len(words) > 4 && words[2] == ">":
		pkt.From = words[1]
		if words[4] == "icmp" {
			err = p.icmp(&pkt, words)
			break
		}
		err = p.tcp(&pkt, words)
	default:
		err = errors.New("want: time from > to flags seq:end(length) …")
	}
	if err == nil {
		p.s.Packets = append(p.s.Packets, pkt)
	}
	return err
}

func (p *packetParser) setting(words []string) error {
	if words[0] == "ip" && len(words) == 2 && (words[1] == "4" || words[1] == "6") {
		p.s.IPv6 = words[1] == "6"
		return nil
	}
	if len(words) != 3 {
		return fmt.Errorf("unknown setting %q", strings.Join(words, " "))
	}
	end, err := endNumber(words[1], 2)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(words[2], 10, 32)
	if err != nil {
		return fmt.Errorf("%s: %w", words[0], err)
	}
	switch words[0] {
	case "port":
		p.port[end] = int(n)
	case "isn":
		p.isn[end] = uint32(n)
	case "ttl":
		p.ttl[end] = int(n)
	case "id":
		p.id[end], p.still[end] = int(n), n == 0
	case "label":
		p.label[end] = int(n)
	default:
		return fmt.Errorf("unknown setting %q", words[0])
	}
	return nil
}

// icmp reads "time from > to icmp type/code quote frame".
func (p *packetParser) icmp(pkt *Packet, words []string) error {
	if len(words) != 8 || words[6] != "quote" {
		return errors.New("want: time from > to icmp type/code quote frame")
	}
	if _, err := endNumber(words[1], 3); err != nil {
		return err
	}
	kind, code, _ := strings.Cut(words[5], "/")
	var err error
	if pkt.Type, err = strconv.Atoi(kind); err != nil {
		return err
	}
	if pkt.Code, err = strconv.Atoi(code); err != nil {
		return err
	}
	if pkt.Quote, err = strconv.Atoi(words[7]); err != nil {
		return err
	}
	if pkt.Quote < 1 || pkt.Quote > len(p.s.Packets) || p.s.Packets[pkt.Quote-1].ICMP {
		return fmt.Errorf("frame %d is no TCP packet before this one", pkt.Quote)
	}
	pkt.ICMP = true
	return nil
}

// number reads a sequence number of an end: relative, or raw with =.
func (p *packetParser) number(end int, word string) (uint32, error) {
	if raw, ok := strings.CutPrefix(word, "="); ok {
		n, err := strconv.ParseUint(raw, 10, 32)
		return uint32(n), err
	}
	n, err := strconv.ParseInt(word, 10, 64)
	return p.isn[end] + uint32(n), err
}

var flagLetters = "FSRP.UEWA"

func (p *packetParser) tcp(pkt *Packet, words []string) error {
	from, err := endNumber(words[1], 2)
	if err != nil {
		return err
	}
	if words[3] != ends[1-from] {
		return fmt.Errorf("want %s > %s", ends[from], ends[1-from])
	}
	t := &pkt.TCP
	t.Window = 1000
	if words[4] != "-" {
		for _, c := range words[4] {
			bit := strings.IndexRune(flagLetters, c)
			if bit < 0 {
				return fmt.Errorf("unknown flag %q", c)
			}
			t.Flags |= 1 << bit
		}
	}
	t.IP.TTL, t.IP.Flow = p.ttl[from], p.label[from]
	if !p.s.IPv6 {
		t.IP.ID, t.IP.DF = p.id[from], true
		if !p.still[from] {
			p.id[from] = (p.id[from] + 1) % 65536
		}
	}
	length, err := p.sequence(t, from, words[5])
	if err != nil {
		return err
	}
	t.Payload = make([]byte, length)
	return p.details(t, from, words[6:])
}

// sequence reads "start:end(length)".
func (p *packetParser) sequence(t *capturetest.TCP, from int, word string) (length int, err error) {
	start, rest, ok := strings.Cut(word, ":")
	end, size, ok2 := strings.Cut(strings.TrimSuffix(rest, ")"), "(")
	if !ok || !ok2 || !strings.HasSuffix(word, ")") {
		return 0, fmt.Errorf("want start:end(length), not %q", word)
	}
	if t.Seq, err = p.number(from, start); err != nil {
		return 0, err
	}
	last, err := p.number(from, end)
	if err != nil {
		return 0, err
	}
	length, err = strconv.Atoi(size)
	if err == nil && last != t.Seq+uint32(length) {
		err = fmt.Errorf("%s: end is not start plus length", word)
	}
	return length, err
}

func (p *packetParser) details(t *capturetest.TCP, from int, words []string) (err error) {
	acked := false
	for len(words) > 0 && err == nil {
		word := words[0]
		if strings.HasPrefix(word, "<") {
			t.Options, err = options(strings.Trim(word, "<>"))
			words = words[1:]
			continue
		}
		if len(words) < 2 {
			return fmt.Errorf("nothing behind %q", word)
		}
		value := words[1]
		words = words[2:]
		switch word {
		case "ack":
			t.Ack, err = p.number(1-from, value)
			acked = true
		case "text":
			if text := strings.Trim(value, `"`); copy(t.Payload, text) < len(text) {
				err = errors.New("the text is longer than the payload")
			}
		case "bytes":
			var bytes []byte
			if bytes, err = hex.DecodeString(value); copy(t.Payload, bytes) < len(bytes) {
				err = errors.New("more bytes than the payload has")
			}
		case "win":
			t.Window, err = strconv.Atoi(value)
		case "ttl":
			t.IP.TTL, err = strconv.Atoi(value)
		case "id":
			t.IP.ID, err = strconv.Atoi(value)
			if !p.still[from] {
				p.id[from] = (p.id[from] + 65535) % 65536
			}
		case "tos":
			t.IP.TOS, err = strconv.Atoi(value)
		case "label":
			t.IP.Flow, err = strconv.Atoi(value)
		default:
			err = fmt.Errorf("unknown word %q", word)
		}
	}
	if err == nil && t.Flags&capturetest.ACK != 0 && !acked {
		err = errors.New("ACK without a number")
	}
	return err
}

// options reads TCP options.
func options(text string) ([]byte, error) {
	var b []byte
	for _, o := range strings.Split(text, ",") {
		f := strings.Fields(o)
		n := make([]int, len(f))
		for i := 1; i < len(f); i++ {
			n[i], _ = strconv.Atoi(f[i])
		}
		switch {
		case len(f) == 2 && f[0] == "mss":
			b = append(b, capturetest.MSS(n[1])...)
		case len(f) == 2 && f[0] == "wscale":
			b = append(b, capturetest.Scale(n[1])...)
		case len(f) == 1 && f[0] == "sackOK":
			b = append(b, capturetest.SACKPermitted()...)
		case len(f) == 5 && f[0] == "TS" && f[1] == "val" && f[3] == "ecr":
			b = append(b, capturetest.Timestamps(n[2], n[4])...)
		case len(f) == 2 && f[0] == "mptcp_rst": // RFC 8684 3.6
			b = append(b, 30, 4, 8<<4, byte(n[1]))
		case len(f) == 1 && f[0] == "mptcp_fastclose": // RFC 8684 3.5
			b = append(b, 30, 12, 7<<4, 0, 1, 2, 3, 4, 5, 6, 7, 8)
		case len(f) == 1 && f[0] == "nop":
			b = append(b, 1)
		case len(f) == 1 && f[0] == "eol":
			b = append(b, 0)
		default:
			return nil, fmt.Errorf("unknown option %q", o)
		}
	}
	return b, nil
}
