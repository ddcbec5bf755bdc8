package differential

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pcap-teardown/teardown/schemas"
)

// factsLua is the translation under test.
func factsLua(t testing.TB) string {
	t.Helper()
	path, err := filepath.Abs("../../lua/facts_gen.lua")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// packets is how many commands a run compares: TEARDOWN_DIFFERENTIAL_PACKETS, or a number that
// takes some seconds.
func packets(t *testing.T, usual int64) int64 {
	text := os.Getenv("TEARDOWN_DIFFERENTIAL_PACKETS")
	if text == "" {
		return usual
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("TEARDOWN_DIFFERENTIAL_PACKETS: %v", err)
	}
	return n
}

// TestLuaAgrees compares both languages over random connections, in every Lua that Wireshark
// has had.
func TestLuaAgrees(t *testing.T) {
	n := packets(t, 100000)
	for i, interpreter := range Interpreters {
		t.Run(interpreter, func(t *testing.T) {
			start := time.Now()
			var m Model
			d, err := Compare(interpreter, factsLua(t), t.TempDir(), uint64(1+i), nil, n, &m)
			if err != nil {
				t.Fatal(err)
			}
			if d != nil {
				t.Fatal(d)
			}
			for r, text := range schemas.CauseRuleWords.Text {
				if r > 0 && m.Fired.Cause[r] == 0 {
					t.Logf("rule %s of the causes did not fire", text)
				}
			}
			for r, text := range schemas.EvidenceWords.Text {
				if r > 0 && m.Fired.Evidence[r] == 0 {
					t.Logf("evidence %s was not found", text)
				}
			}
			if m.Plain < int(n/50) {
				t.Errorf("%d plain segments: the world does not exercise their version of Step", m.Plain)
			}
			t.Logf("%d commands, 0 differences, %.1f s", n, time.Since(start).Seconds())
			for r, text := range schemas.SegmentRuleWords.Text {
				if r > 0 && m.Fired.Segment[r] < int(n/20000) {
					t.Errorf("rule %s of the segment kinds fired %d times: the world does not exercise it", text, m.Fired.Segment[r])
				}
			}
			for r, text := range schemas.TeardownRuleWords.Text {
				if r > 0 && m.Fired.Teardown[r] < int(n/50000) {
					t.Errorf("rule %s of the teardown types fired %d times: the world does not exercise it", text, m.Fired.Teardown[r])
				}
			}
		})
	}
}

// FuzzLuaAgrees lets the fuzzer steer the connections: its bytes are the first random numbers.
// One interpreter serves all inputs of a worker.
func FuzzLuaAgrees(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, []byte{})
	}
	f.Add(uint64(1), []byte("a handshake, some data, a close"))
	const interpreter, commands = "lua5.4", 300
	path, dir := factsLua(f), f.TempDir()
	l, err := Start(interpreter, path, dir, 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(l.Stop)
	f.Fuzz(func(t *testing.T, seed uint64, bytes []byte) {
		w := NewWorld(seed, bytes)
		for range commands {
			c := w.Next()
			if err := l.Send(&c); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Reset(); err != nil {
			t.Fatal(err)
		}
		w = NewWorld(seed, bytes)
		var m Model
		different := int64(0)
		for i := int64(1); i <= commands+1; i++ {
			got, err := l.Digest()
			if err != nil {
				t.Fatal(err)
			}
			if i > commands { // the reset
				break
			}
			c := w.Next()
			m.Do(&c)
			if different == 0 && got != Digest(&m.Record) {
				different = i
			}
		}
		if different > 0 {
			d, err := name(interpreter, path, dir, seed, bytes, different, Command{})
			t.Fatal(d, err)
		}
	})
}
