package main

import (
	"bytes"
	"testing"
	"time"
)

func TestProgressLine(t *testing.T) {
	const mega = 1_000_000
	for _, c := range []struct {
		total, done, current, packets int64
		want                          string
	}{
		{100 * mega, 0, 0, 0, "[            ]   0 %  0 B of 100.0 MB  0 packets/s  b.pcap"},
		{100 * mega, 20 * mega, 5 * mega, 3_210_000, "[===         ]  25 %  25.0 MB of 100.0 MB  1,605,000 packets/s  6s left  b.pcap"},
		{100, 0, 900, 1, "[============] 100 %  900 B of 100 B  0 packets/s  0s left  b.pcap"}, // a file that grows
		{-1, 1500, 500, 12_345, "2.0 kB  12,345 packets  6,000 packets/s  b.pcap"},
	} {
		p := &progress{total: c.total}
		p.done.Store(c.done)
		p.packets.Store(c.packets)
		p.begin("b.pcap", func() int64 { return c.current })
		if got := p.line(2 * time.Second); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

// TestConsole wants the line that is drawn to stay below the messages.
func TestConsole(t *testing.T) {
	var out bytes.Buffer
	c := &console{out: &out, width: 8}
	c.draw("half of it")
	c.message("a message\n")
	c.draw("")
	const erase = "\r\x1b[K"
	if got, want := out.String(), "half of"+erase+"a message\nhalf of"+erase; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]int64{
		"0":                             0,
		"1773480414.838052238":          1773480414838052238,
		"1773480414.5":                  1773480414500000000,
		"1773480414.0000000019":         1773480414000000001,
		"1970-01-02":                    86_400_000_000_000,
		"1970-01-02T01:00":              90_000_000_000_000,
		"1970-01-02 01:00:00.000000001": 90_000_000_000_001,
		"1970-01-02T01:00:00+01:00":     86_400_000_000_000,
		"1970-01-02 01:00:00Z":          90_000_000_000_000,
	} {
		if got, ok := parseTime(text); !ok || got != want {
			t.Errorf("%q is %d, %t; want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "now", "-1", "1.x", "1.-5", "1e9", "9223372036.9", "99999999999", "1600-01-01", "2026-13-01", "2026-11-22T09:30:00 CET"} {
		if got, ok := parseTime(text); ok {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}
