package lua_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// world makes frames and hands them to the table of connections, as plugin.lua does. finished has
// what the stage of causes is told: number of the connection, reason, time.
const world = `
local folder = arg[1] .. "/"
local function load(name) return dofile(folder .. name .. ".lua") end
local facts, words, ip, reason, connection = load("facts_gen"), load("words_gen"), load("packet"), load("reason"), load("connection")
local batch, clock, expiry = load("batch"), load("clock"), load("expiry")
reason.init(facts, words)
ip.reasons(reason)
local finished, keep = {}, true
local causes = { reset = function() finished = {} end, observe = function() end, tell = function() end,
  explain = function(c, f, e, key)
    if keep then
      finished[#finished + 1] = string.format("%s %d %d", key:byte(9) * 256 + key:byte(10), f.Reason, f.Time / 1000000)
    end
    return 0
  end }
connection.init(facts, words, ip, expiry, causes)
batch.init(facts, load("header"), ip, reason, connection, expiry, clock)
local char, frame, second, before = string.char, 0, 0, 0
-- passed returns the seconds since it was called last.
local function passed()
  local delta = second - before
  before = second
  return delta
end
local function four(n) return char(math.floor(n / 16777216) % 256, math.floor(n / 65536) % 256, math.floor(n / 256) % 256, n % 256) end
local function two(n) return char(math.floor(n / 256) % 256, n % 256) end
-- packet hands over a packet of the host n and its port, or of the server back to it.
local function packet(n, port, back, seq, ack, flags, length)
  frame = frame + 1
  local client, server, ports = char(10) .. four(n):sub(2), "\192\0\2\1", two(port) .. "\1\187"
  if back then
    client, server, ports = server, client, "\1\187" .. two(port)
  end
  local s = "\2" .. ("a"):rep(11) .. "\8\0\69\0" .. two(40 + length) .. two(frame) .. "\64\0\64\6\0\0" .. client .. server .. ports ..
    four(seq) .. four(ack) .. "\80" .. char(flags) .. "\1\0\0\0\0\0" .. ("x"):rep(length)
  assert(batch.wait(frame, passed(), s, #s, {}))
  batch.decide()
end
local function tick()
  frame = frame + 1
  batch.tell(frame, passed())
  batch.decide()
end
local SYN, SYN_ACK, ACK, FIN_ACK, RST = 2, 18, 16, 17, 4
local function open(n, port)
  packet(n, port, false, 100, 0, SYN, 0)
  packet(n, port, true, 500, 101, SYN_ACK, 0)
  packet(n, port, false, 101, 501, ACK, 0)
end
local function close(n, port)
  packet(n, port, false, 101, 501, FIN_ACK, 0)
  packet(n, port, true, 501, 102, FIN_ACK, 0)
  packet(n, port, false, 102, 502, ACK, 0)
end
local function kilobytes() collectgarbage(); collectgarbage(); return collectgarbage("count") end
`

func run(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.lua")
	if err := os.WriteFile(path, []byte(world+script), 0o644); err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("lua5.2", path, folder).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// TestOrderOfFinishing: the first frame behind a deadline finishes the connection, whatever it holds;
// several that one frame finishes go by their first packets, with the one that its own packet
// supersedes among them. Lines are port, reason (a word of the list finish), time of the end in seconds.
func TestOrderOfFinishing(t *testing.T) {
	got := run(t, `
open(1, 1001) -- established: idle after 7440 s
open(1, 1002); close(1, 1002) -- ended: kept for 130 s
packet(1, 1003, false, 100, 0, SYN, 0) -- transitory: 240 s
second = 130; tick()
assert(#finished == 0, "on its deadline a connection lives")
second = 131; tick()
assert(#finished == 1 and connection.live() == 2)
second = 241; tick()
second = 7000; packet(1, 1004, false, 100, 0, SYN, 0) -- until 7240
packet(1, 1005, false, 100, 0, SYN, 0); packet(1, 1005, true, 0, 101, 20, 0) -- refused: until 7130
second = 7300; packet(1, 1001, false, 101, 501, ACK, 10) -- until 14740
second = 7301; packet(1, 1006, false, 100, 0, SYN, 0); packet(1, 1007, false, 100, 0, SYN, 0)
second = 7542; packet(1, 1001, false, 9, 0, SYN, 0)
print(table.concat(finished, "\n"))`)
	want := `1002 1 130
1003 2 240
1004 2 7240
1005 1 7130
1001 3 7542
1006 2 7541
1007 2 7541`
	if got != want {
		t.Errorf("finished in the order\n%s\nwant\n%s", got, want)
	}
}

// TestLimitOfConnections: where there is no room the connection that ended first goes, with its
// ending, else the one that has been silent for longest.
func TestLimitOfConnections(t *testing.T) {
	got := run(t, `
connection.configure { connections = 4 }
connection.reset()
for port = 1, 4 do second = port; open(2, port) end
second = 5; close(2, 3)
second = 6; close(2, 2)
second = 7; packet(2, 1, false, 101, 501, ACK, 10)
for port = 5, 8 do second = second + 1; open(2, port) end
assert(connection.live() == 4)
print(table.concat(finished, "\n"))
keep = false
for n = 1, 20000 do second = second + 0.001; packet(3 + n, 9, false, 100, 0, SYN, 0) end
assert(connection.live() == 4)`)
	want := "3 4 8\n2 4 9\n4 4 10\n1 4 11"
	if got != want {
		t.Errorf("given up in the order\n%s\nwant\n%s", got, want)
	}
}

// TestCollector: its rounds are rare while the heap is small, and what somebody else has set stays.
func TestCollector(t *testing.T) {
	run(t, `
local collector = load("collector")
collector.adapt()
assert(collectgarbage("setpause", 400) == 400, "a small heap")
local large = ("x"):rep(200 * 1024 * 1024)
collector.adapt()
assert(collectgarbage("setpause", 200) == 200, "a large heap")
large = nil
collectgarbage("setpause", 150)
load("collector").adapt()
assert(collectgarbage("setpause", 150) == 150, "the choice of another plugin")`)
}

// measured runs a script that prints a line per figure, name, number, most that it may be, and logs them.
func measured(t *testing.T, script string) {
	t.Helper()
	for line := range strings.Lines(run(t, script)) {
		var name string
		var bytes, most float64
		if _, err := fmt.Sscanf(line, "%s %g %g", &name, &bytes, &most); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		t.Logf("%s: %.0f bytes", strings.ReplaceAll(name, "_", " "), bytes)
		if bytes > most {
			t.Errorf("%s: %.0f bytes, more than %.0f", name, bytes, most)
		}
	}
}

// TestMemoryIsFlat: over a long capture of short connections memory grows by what is kept of
// finished connections and of frames, and not by records of connections.
func TestMemoryIsFlat(t *testing.T) {
	measured(t, `
keep = false
local empty = kilobytes()
for n = 1, 2000 do open(n, 5000) end
print("a_live_connection", (kilobytes() - empty) * 1024 / 2000, 10240)
second = 10000; tick()
local number = 2000
local function some(count)
  for n = 1, count do
    number, second = number + 1, second + 0.1
    open(number, 6000); close(number, 6000)
  end
end
some(3000)
local before, alive = kilobytes(), connection.live()
some(12000)
print("a_finished_connection_with_six_frames", (kilobytes() - before) * 1024 / 12000, 900)
assert(connection.live() <= alive, "more connections live than before")
`)
}

// TestMemoryOfKnown: what is remembered of hosts, services and pairs of hosts, IPv6 addresses, when
// there is no room for more. That every packet tells about all of them is made up here.
func TestMemoryOfKnown(t *testing.T) {
	measured(t, `
local causes = load("causes")
local always, never = function() return true end, function() end
for _, name in ipairs { "ConcernsSender", "ConcernsService", "ConcernsPair", "MakesPair", "NotePair" } do facts[name] = always end
for _, name in ipairs { "NoteHost", "NoteService", "NoteTarget" } do facts[name] = never end
causes.init(facts)
local o, before = facts.NewObservation(), kilobytes()
for n = 1, causes.limit + 1000 do
  causes.apply(o, ("a"):rep(12) .. four(n) .. ("b"):rep(12) .. four(n) .. "\5\6\1\187")
end
print("full_tables_of_hosts,_services_and_pairs", (kilobytes() - before) * 1024, 230e6)
causes.reset()
print("the_same_when_another_capture_begins", (kilobytes() - before) * 1024, 2e6)
`)
}
