package wire

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Reset is one event of the kernel's tcp:tcp_send_reset tracepoint.
type Reset struct {
	Src, Dst      netip.AddrPort // Src is the sender of the RST; Dst is zero when a listener sent it
	State, Reason string
	Time          time.Time
	Used          bool // matched to a frame
}

// Tracer collects the kernel's resets of the whole machine; worlds find theirs
// by address, because no two running worlds share one.
type Tracer struct {
	dir  string
	pipe *os.File
	zero time.Time // wall time of the trace clock's zero
	mu   sync.Mutex
	byIP map[netip.Addr][]Reset
}

const tracefs = "/sys/kernel/tracing"

var resetLine = regexp.MustCompile(`\s(\d+\.\d+): tcp_send_reset: .*src=(\S+) dest=(\S+) state=(\S+) reason=(\S+)`)

// NewTracer switches the tracepoint on in an instance of its own.
func NewTracer() (*Tracer, error) {
	if _, err := os.Stat(tracefs + "/instances"); err != nil {
		if err := unix.Mount("tracefs", tracefs, "tracefs", 0, ""); err != nil {
			return nil, fmt.Errorf("wire: mount %s: %w", tracefs, err)
		}
	}
	t := &Tracer{dir: filepath.Join(tracefs, "instances", fmt.Sprintf("teardown-lab-%d", os.Getpid())), zero: wallOffset(), byIP: map[netip.Addr][]Reset{}}
	if err := os.Mkdir(t.dir, 0o700); err != nil {
		return nil, fmt.Errorf("wire: trace instance: %w", err)
	}
	if err := os.WriteFile(t.dir+"/trace_clock", []byte("mono"), 0o644); err != nil {
		t.Close()
		return nil, fmt.Errorf("wire: trace clock: %w", err)
	}
	if err := os.WriteFile(t.dir+"/events/tcp/tcp_send_reset/enable", []byte("1"), 0o644); err != nil {
		t.Close()
		return nil, fmt.Errorf("wire: tracepoint tcp:tcp_send_reset: %w (a kernel of 6.12 or later gives reasons)", err)
	}
	var err error
	if t.pipe, err = os.Open(t.dir + "/trace_pipe"); err != nil {
		t.Close()
		return nil, err
	}
	go t.loop()
	return t, nil
}

func (t *Tracer) loop() {
	sc := bufio.NewScanner(t.pipe)
	for sc.Scan() {
		m := resetLine.FindStringSubmatch(sc.Text())
		if m == nil {
			continue
		}
		src, err1 := parseAddr(m[2])
		dst, err2 := parseAddr(m[3])
		at, err3 := strconv.ParseFloat(m[1], 64)
		if err1 != nil || err2 != nil || err3 != nil {
			continue
		}
		r := Reset{Src: src, Dst: dst, State: m[4], Reason: m[5], Time: t.zero.Add(time.Duration(at * 1e9))}
		t.mu.Lock()
		t.byIP[src.Addr()] = append(t.byIP[src.Addr()], r)
		t.mu.Unlock()
	}
}

// wallOffset is the wall time at which the monotonic clock was zero. Both clocks
// are read several times: between the two readings the thread may be paused.
func wallOffset() time.Time {
	best, zero := time.Hour, time.Time{}
	for range 20 {
		var mono unix.Timespec
		before := time.Now()
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono)
		if d := time.Since(before); d < best {
			best, zero = d, before.Add(-time.Duration(mono.Nano())).Round(0)
		}
	}
	return zero
}

func parseAddr(s string) (netip.AddrPort, error) {
	s = strings.TrimSpace(s)
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return a, err
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), nil
}

// Take returns the resets sent by these addresses, in order, and forgets them.
func (t *Tracer) Take(ips ...netip.Addr) []Reset {
	time.Sleep(50 * time.Millisecond) // the pipe may lag behind the wire
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Reset
	for _, ip := range ips {
		out = append(out, t.byIP[ip]...)
		delete(t.byIP, ip)
	}
	return out
}

// Close removes the trace instance.
func (t *Tracer) Close() {
	os.WriteFile(t.dir+"/events/tcp/tcp_send_reset/enable", []byte("0"), 0o644)
	if t.pipe != nil {
		t.pipe.Close()
	}
	for i := 0; i < 50; i++ {
		if os.Remove(t.dir) == nil || unix.Rmdir(t.dir) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}
