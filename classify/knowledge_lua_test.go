package classify

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/pcap-teardown/teardown/classify/facts"
	"github.com/pcap-teardown/teardown/classify/rare"
	"github.com/pcap-teardown/teardown/schemas"
	"github.com/pcap-teardown/teardown/schemas/table"
)

// knowledgeLua applies observations to the plugin's tables and answers questions.
const knowledgeLua = `
local facts, causes = dofile(arg[1] .. "/facts_gen.lua"), dofile(arg[1] .. "/causes.lua")
causes.limit = tonumber(arg[2])
causes.init(facts)
local position = facts.position
local at, side, rare, sideRare = position.Connection, position.Direction, position.ConnectionRare, position.DirectionRare
local function own(record, at) -- gives a record an array of rare fields
  local all = {}
  for i, value in ipairs(record[at.Rare]) do all[i] = value end
  record[at.Rare] = all
  return all
end
local names = { "Time", "Ttl", "Rtt", "Linux", "Labels", "Accepted", "AcceptedAge", "Accepts", "AcceptsIn", "Completes", "Alive", "Scans", "OneWay", "EcnThenPlain" }
local function address(six, n)
  return (six and ("\32\1\13\184" .. ("\0"):rep(11)) or "\10\0\0") .. string.char(n)
end
local function port(n) return string.char((n - n % 256) / 256, n % 256) end
local o, k, e = facts.NewObservation(), facts.NewKnown(), facts.NewEnding()
for line in io.lines() do
  local v = {}
  for n in line:gmatch("%d+") do v[#v + 1] = tonumber(n) end
  local six = v[2] == 1
  local key = address(six, v[3]) .. address(six, v[4]) .. port(v[5]) .. port(v[6])
  if v[1] == 1 then
    o.Kind, o.Time, o.From, o.Ttl, o.Label, o.Rtt = v[7], v[8], v[9], v[10], v[11], v[12]
    o.Ecn, o.Linux, o.Serves = v[13] == 1, v[14] == 1, v[15] == 1
    causes.apply(o, key)
  else
    local c = facts.NewConnection()
    local x, y = c[at["Dir[0]"]], c[at["Dir[1]"]]
    local rst, xRare, yRare = own(c, at), own(x, side), own(y, side)
    rst[rare["Rst.Seen"]], rst[rare["Rst.Time"]], rst[rare["Rst.From"]] = v[7] == 1, v[8], v[9]
    x[side.SynTime], xRare[sideRare.RtxTime], yRare[sideRare.RtxTime], x[side.SynEcn] = v[8], v[10], v[11], v[13] == 1
    e.Teardown = v[12]
    causes.consult(c, e, key, k)
    local all = {}
    for i, name in ipairs(names) do
      local value = k[name]
      all[i] = value == true and "true" or value == false and "false" or string.format("%.0f", value)
    end
    print(table.concat(all, " "))
  end
end
`

// TestKnowledgeOfPlugin gives Go's tables and the plugin's the same observations of more hosts,
// services and pairs than they have room for, and asks both the same.
func TestKnowledgeOfPlugin(t *testing.T) {
	for i, interpreter := range []string{"lua5.2", "lua5.3", "lua5.4"} {
		for _, limit := range []int{1, 2, 7, 40} {
			lines, want := knowledgeTrace(rand.New(rand.NewPCG(uint64(i), uint64(limit))), limit)
			cmd := exec.Command(interpreter, "-e", fmt.Sprintf(`arg = {"../lua", "%d"}`, limit), "-e", knowledgeLua)
			cmd.Stdin = strings.NewReader(lines)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v\n%s", interpreter, err, out[max(0, len(out)-1000):])
			}
			got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
			if len(got) != len(want) {
				t.Fatalf("%s, limit %d: %d answers to %d questions", interpreter, limit, len(got), len(want))
			}
			wrong := 0
			for n := range want {
				if got[n] != want[n] && wrong < 5 {
					wrong++
					t.Errorf("%s, limit %d: question %d: Lua says %s, Go %s", interpreter, limit, n+1, got[n], want[n])
				}
			}
		}
	}
}

// knowledgeTrace makes a random history. It returns it with a line of numbers per observation and
// per question, and Go's answers.
func knowledgeTrace(r *rand.Rand, limit int) (lines string, answers []string) {
	k := newKnowledge(limit)
	var b strings.Builder
	number := func(flag bool) int {
		if flag {
			return 1
		}
		return 0
	}
	chance := func(n int) bool { return r.IntN(n) == 0 }
	c := new(tcpConn).reset(new(rare.Lender))
	now := int64(0)
	var six, scan bool
	var orig, resp uint64
	var step, ports int
	for i := range 20000 {
		if i%40 == 0 { // for a while it is about the same hosts
			six, scan, orig, resp = chance(3), chance(3), uint64(r.IntN(1+limit)), uint64(r.IntN(1+limit))
			step, ports = 12+r.IntN(14), 2
			if scan {
				step, ports = 18, 20
			}
		}
		now += r.Int64N(1 << r.IntN(step))
		if chance(4) {
			resp = uint64(r.IntN(1 + limit))
		}
		if chance(8) {
			six, orig = chance(3), uint64(r.IntN(1+limit))
		}
		origPort := uint16(r.IntN(65536))
		o := observed{orig: knownAddr(six, orig), resp: knownAddr(six, resp), respPort: uint16(250 + r.IntN(ports))}
		if chance(2) {
			o.Observation = facts.Observation{Kind: 1 + r.Int64N(5), Time: now, From: r.Int64N(2), Ttl: 63 + r.Int64N(4), Label: r.Int64N(3), Rtt: r.Int64N(5) * 1000,
				Ecn: chance(2), Linux: chance(4)}
			n := &o.Observation
			if scan {
				n.Kind = 2 + r.Int64N(2)
			}
			n.Serves = n.Kind == 4 && n.From == 1 && chance(2)
			k.apply(&o)
			fmt.Fprintln(&b, 1, number(six), orig, resp, origPort, o.respPort, n.Kind, n.Time, n.From, n.Ttl, n.Label, n.Rtt, number(n.Ecn), number(n.Linux), number(n.Serves))
			continue
		}
		*c.tcp = tcpPart{Connection: facts.Connection{ConnectionRare: &facts.ConnectionRare{}}}
		c.tcp.Dir[0].DirectionRare, c.tcp.Dir[1].DirectionRare = &facts.DirectionRare{}, &facts.DirectionRare{}
		c.key = key{aHi: o.orig.Hi, aLo: o.orig.Lo, bHi: o.resp.Hi, bLo: o.resp.Lo, aPort: origPort, bPort: o.respPort, version: o.orig.Version}
		f := &c.tcp.Connection
		at := max(0, now-r.Int64N(1<<r.IntN(26)))
		f.Rst.Seen, f.Rst.Time, f.Rst.From = chance(2), at, uint8(r.IntN(2))
		f.Dir[0].SynTime, f.Dir[0].RtxTime, f.Dir[1].RtxTime = at, at+r.Int64N(1000), at+r.Int64N(1000)
		f.Dir[0].SynEcn = chance(2)
		e := facts.Ending{Teardown: schemas.TeardownSynUnanswered}
		if chance(2) {
			e.Teardown = schemas.TeardownTimeoutRetransmission
		}
		var known facts.Known
		k.consult(c, &e, &known)
		answers = append(answers, strings.Trim(fmt.Sprint(known), "{}"))
		fmt.Fprintln(&b, 2, number(six), orig, resp, origPort, o.respPort, number(f.Rst.Seen), at, f.Rst.From, f.Dir[0].RtxTime, f.Dir[1].RtxTime, uint16(e.Teardown), number(f.Dir[0].SynEcn))
	}
	return b.String(), answers
}

// knownAddr is the address of a host by its number.
func knownAddr(six bool, host uint64) table.Addr {
	var b [16]byte
	if six {
		copy(b[:], "\x20\x01\x0d\xb8")
		b[15] = byte(host)
		return table.AddrFrom16(b[:])
	}
	binary.BigEndian.PutUint32(b[:], 10<<24|uint32(host))
	return table.AddrFrom4(b[:4])
}
