package zeek

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// play runs packets through a machine. A packet is written as its time in seconds, > or <, flags
// (S F R A, W for a window of 0), sequence number, acknowledgment number, payload bytes; < comes
// from the end that did not send the first packet.
func play(t *testing.T, fixed, flipped bool, packets string) *TCP {
	t.Helper()
	c := &TCP{}
	swapped := flipped
	for i, line := range strings.Split(strings.TrimSpace(packets), "\n") {
		var seconds float64
		var direction, flags string
		var s Segment
		if _, err := fmt.Sscan(line, &seconds, &direction, &flags, &s.Seq, &s.Ack, &s.Length); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		s.Time = int64(seconds * second)
		for _, f := range flags {
			s.Flags |= map[rune]uint8{'S': SYN, 'F': FIN, 'R': RST, 'A': ACK}[f]
			s.ZeroWindow = s.ZeroWindow || f == 'W'
		}
		if i == 0 {
			c.Start(s.Time, flipped, fixed, true)
		}
		side := 0
		if (direction == "<") != swapped {
			side = 1
		}
		if before, within := c.Packet(&s, side); before != within {
			swapped = !swapped
		}
	}
	return c
}

const handshake = `
0 > S 100 0 0
0 < SA 500 101 0
0 > A 101 501 0
`

// TestStates plays connections and compares conn_state, history, the sizes and missed_bytes.
func TestStates(t *testing.T) {
	tests := []struct{ name, packets, want string }{
		{"closed", handshake + "1 > A 101 501 10\n1 < A 501 111 20\n2 > FA 111 521 0\n2 < FA 521 112 0\n2 > A 112 522 0", "SF ShADdFf 10 20 0"},
		{"no answer", "0 > S 100 0 0\n1 > S 100 0 0", "S0 S 0 0 0"},
		{"refused", "0 > S 100 0 0\n0 < RA 0 101 0", "REJ Sr 0 0 0"},
		{"open", handshake, "S1 ShA 0 0 0"},
		{"half-closed by the originator", handshake + "1 > FA 101 501 0\n1 < A 501 102 0", "S2 ShAFa 0 0 0"},
		{"half-closed by the responder", handshake + "1 < FA 501 101 0\n1 > A 101 502 0", "S3 ShAf 0 0 0"},
		{"reset by the originator", handshake + "1 > RA 101 501 0", "RSTO ShAR 0 0 0"},
		{"reset by the responder", handshake + "1 < R 501 0 0", "RSTR ShAr 0 0 0"},
		{"an acknowledgment before the SYN-ACK", "0 > S 100 0 0\n0 < A 500 101 0", "S0 Sa 0 0 0"},
		{"SYN, then RST", "0 > S 100 0 0\n1 > R 101 0 0", "RSTOS0 SR 0 0 0"},
		{"SYN, then FIN", "0 > S 100 0 0\n1 > F 101 0 0", "SH SF 0 0 0"},
		{"SYN and FIN in one", "0 > SF 100 0 0", "SH Q 0 0 0"},
		{"FIN and RST in one", "0 > FR 100 0 0", "OTH I 0 0 0"},
		{"RST to what was not seen", "0 > A 100 500 5\n0 < R 500 0 0", "RSTRH Dr 5 0 0"},
		{"FIN to what was not seen", "0 > A 100 500 5\n0 < FA 500 105 0", "SHR Df 5 0 0"},
		{"in the middle", "0 > A 100 500 5\n0 < A 500 105 7", "OTH Dd 5 7 0"},
		{"closed, beginning not seen", "0 > FA 100 500 0\n0 < FA 500 101 0\n0 > A 101 501 0", "SF FfA 0 0 0"},
		{"RST after both FINs", handshake + "1 > FA 101 501 0\n1 < FA 501 102 0\n1 > R 102 0 0", "SF ShAFfR 0 0 0"},
		{"FIN, RST, and then the other FIN", handshake + "1 > FA 101 501 0\n1 > R 102 0 0\n1 < FA 501 102 0", "SF ShAFRf 0 0 0"},
		{"a SYN-ACK only", "0 > SA 500 101 0", "OTH H 0 0 0"},
		{"a SYN-ACK, then its acknowledgment: roles exchanged", "0 > SA 500 101 0\n0 < A 101 501 0\n1 < A 101 501 9\n1 > A 501 110 0", "OTH ^hADa 9 0 0"},
		{"SYN-ACK captured before the SYN: roles exchanged", "0 > SA 500 101 0\n0 < S 100 0 0\n0 < A 101 501 0", "S1 Hs^A 0 0 0"},
		{"payload repeated", handshake + "1 > A 101 501 10\n2 > A 101 501 10", "S1 ShADT 10 0 0"},
		{"payload in the SYN counts as repeated", "0 > S 100 0 4\n0 < SA 500 105 0", "S1 STh 4 0 0"},
		{"window of 0", handshake + "1 < AW 501 101 0", "S1 ShAaw 0 0 0"},
		{"ten windows of 0", handshake + strings.Repeat("1 < AW 501 101 0\n", 10), "S1 ShAaww 0 0 0"},
		{"a gap", handshake + "1 > A 151 501 10\n1 < A 501 161 0", "S1 ShADaG 60 0 50"},
		{"a gap that was filled", handshake + "1 > A 151 501 10\n1 > A 101 501 50\n1 < A 501 161 0", "S1 ShADTa 60 0 0"},
		{"gaps mean nothing without the beginning", "0 > A 151 501 10\n0 < A 501 300 0", "OTH Da 149 0 0"},
		{"a half-open connection discovered", "0 > S 100 0 0\n0 < A 900 5000 0\n0 > R 5000 0 0", "RSTOS0 SaR 0 0 0"},
		{"numbers that wrap around", "0 > S 4294967290 0 0\n0 < SA 500 4294967291 0\n0 > A 4294967291 501 100\n0 < A 501 95 0", "S1 ShDa 100 0 0"},
		{"RSTs with other numbers", "0 > S 100 0 0\n1 > R 101 0 0\n1 > R 101 0 0\n1 > R 150 0 0", "RSTOS0 SRR 0 0 0"},
	}
	for _, x := range tests {
		c := play(t, false, false, x.packets)
		orig, resp := c.Bytes()
		got := fmt.Sprintf("%s %s %d %d %d", c.ConnState(), c.History(nil), orig, resp, c.Missed())
		if got != x.want {
			t.Errorf("%s: got %s, want %s", x.name, got, x.want)
		}
	}
}

// TestPlain holds that packets taken the short way have the same effect: a machine with a rare
// part takes none so.
func TestPlain(t *testing.T) {
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var short, long TCP
		short.Start(0, false, true, false)
		long.Start(0, false, true, false)
		long.more()
		next := [2]uint32{rng.Uint32(), rng.Uint32()}
		flags := []uint8{ACK, ACK, ACK, ACK, ACK, ACK, FIN | ACK, RST}[:6+rng.IntN(3)]
		for i := range 60 {
			side := rng.IntN(2)
			s := Segment{Seq: next[side], Ack: next[1-side], Flags: flags[rng.IntN(len(flags))], ZeroWindow: rng.IntN(30) == 0}
			switch i {
			case 0:
				side, s = 0, Segment{Seq: next[0], Flags: SYN}
			case 1:
				side, s = 1, Segment{Seq: next[1], Ack: next[0], Flags: SYN | ACK}
			default:
				s.Length = uint32(rng.IntN(3)) * 1000
				if rng.IntN(20) == 0 {
					s.Seq += uint32(rng.IntN(40000)) - 20000
				}
				if rng.IntN(20) == 0 {
					s.Ack += uint32(rng.IntN(40000)) - 20000
				}
			}
			short.Packet(&s, side)
			long.Packet(&s, side)
			next[side] = s.Seq + s.Length
			if s.has(SYN | FIN) {
				next[side]++
			}
		}
		result := func(c *TCP) string {
			orig, resp := c.Bytes()
			return fmt.Sprintf("%s %s %d %d %d", c.ConnState(), c.History(nil), orig, resp, c.Missed())
		}
		if got, want := result(&short), result(&long); got != want {
			t.Fatalf("seed %d: got %s, want %s", seed, got, want)
		}
	}
}

// TestFixed holds that fixed roles stay: the SYN-ACK's sender is the responder from the start.
func TestFixed(t *testing.T) {
	for packets, want := range map[string]string{
		"0 > SA 500 101 0\n0 < A 101 501 0":                "S1 ^hA",
		"0 > SA 500 101 0\n0 < S 100 0 0\n0 < A 101 501 0": "S1 ^hSA",
		"0 > SA 500 101 0\n0 < R 101 0 0":                  "RSTO ^hR",
	} {
		c := play(t, true, true, packets)
		if got := fmt.Sprintf("%s %s", c.ConnState(), c.History(nil)); got != want {
			t.Errorf("%q: got %s, want %s", packets, got, want)
		}
	}
}

// TestTimers looks at a connection every half second and notes when Zeek removes it.
func TestTimers(t *testing.T) {
	tests := []struct {
		name, packets string
		resp          uint16
		want          float64
	}{
		{"an attempt", "0 > S 100 0 0\n3 > S 100 0 0", 80, 5},
		{"a refusal", "0 > S 100 0 0\n1 < RA 0 101 0", 80, 6},
		{"a full close", handshake + "7 > FA 101 501 0\n8 < FA 501 102 0", 80, 13},
		{"a close that bytes delay", handshake + "1 > A 201 501 10\n2 > FA 211 501 0\n3 < FA 501 101 0", 80, 303},
		{"half-closed", handshake + "1 > FA 101 501 0", 80, 301},
		{"silence", handshake, 80, 300},
		{"silence of a terminal", handshake, 22, 3600},
		{"SYN of the originator, FIN", "0 > S 100 0 0\n1 > F 101 0 0", 80, 6},
		{"the middle of a connection", "0 > A 100 500 0", 80, 300},
		{"RST, and then the other's FIN", handshake + "1 > R 101 0 0\n4 < FA 501 101 0", 80, 9},
	}
	for _, x := range tests {
		c := play(t, false, false, x.packets)
		c.Ports(40000, x.resp)
		got := -1.0
		for now := c.LastTime(); now < 2*idleService; now += second / 2 {
			if c.Due() <= now && c.Fire(now) {
				got = float64(now) / second
				break
			}
		}
		if got != x.want {
			t.Errorf("%s: removed at %v s, want %v s", x.name, got, x.want)
		}
	}
}

// TestReuse names the packets that begin a new connection.
func TestReuse(t *testing.T) {
	closed := handshake + "1 > R 101 0 0"
	tests := []struct {
		name, packets string
		next          Segment
		want          bool
	}{
		{"the SYN again", "0 > S 100 0 0", Segment{Flags: SYN, Seq: 100}, false},
		{"another SYN", "0 > S 100 0 0", Segment{Flags: SYN, Seq: 101}, true},
		{"the SYN again after a close", closed, Segment{Flags: SYN, Seq: 100}, true},
		{"payload after a close", closed, Segment{Flags: ACK, Seq: 101, Length: 5}, false},
		{"another SYN-ACK", handshake, Segment{Flags: SYN | ACK, Seq: 900}, false},
		{"the SYN after its SYN-ACK", "0 > SA 500 101 0", Segment{Flags: SYN, Seq: 100}, false},
	}
	for _, x := range tests {
		if got := play(t, false, false, x.packets).Reuse(&x.next); got != x.want {
			t.Errorf("%s: %t, want %t", x.name, got, x.want)
		}
	}
}

func TestRoles(t *testing.T) {
	tests := []struct {
		flags    uint8
		src, dst uint16
		want     bool
	}{
		{SYN, 80, 40000, false}, {SYN | ACK, 80, 40000, true}, {ACK, 80, 40000, true}, {ACK, 40000, 80, false},
		{ACK, 80, 443, true}, {ACK, 443, 80, false}, {SYN | ACK, 80, 443, false}, {ACK, 40000, 40001, false},
	}
	for _, x := range tests {
		if got := FlippedTCP(x.flags, x.src, x.dst); got != x.want {
			t.Errorf("flags %d, %d > %d: %t, want %t", x.flags, x.src, x.dst, got, x.want)
		}
	}
}
