-- The table of connections: which connection a packet belongs to, what the rules say of it,
-- and how connections ended. It does what package classify does, with the same limits of memory.
--
-- What stays of a packet is one number, what stays of a finished connection a few. A live
-- connection has its record of state; it is looked at again when somebody asks how it ended.
--
-- Memory in Lua 5.2: about 4 KB per live connection; of one that is finished, with ports of its own, below
-- 400 bytes (most of them for Wireshark's stream); of a frame 16 to 32. limits_test.go watches it.
local floor, sort = math.floor, table.sort
local M = {}

-- Numbers below which the parts of a packed number stay.
local RULES, PHASES, FORMS, ROLES = 64, 16, 16, 8
local RESET = 2 * RULES * PHASES
local VERDICT = RESET * FORMS * ROLES
local TEARDOWNS, TEARDOWN_RULES, SIDES, VARIANTS, EFFECTS, PICKUPS, BASES = 64, 64, 8, 8, 8, 4, 8
local WINDOWS = 65536

-- Limits: those of teardown convert. Time is in microseconds.
local limit = { established = 7440000000, transitory = 240000000, lookahead = 130000000, connections = 2000000, streams = 10000000 }

local facts, packet, expiry
local causes -- the stage of causes
local why -- the same where causes are wanted
local Step, StartsNew, reverse, ends
local segment, verdict, finishing, ending
local server
local FINISH, FIRST -- by word of list finish; word of list rst_role
-- Positions in the record of a connection, and in front of it.
local ENDED, LATE, PICKUP, BASIS, RACE, LAST_FRAME
local RARE -- the array of its rare fields; positions in that
local IGNORED, RST_SEEN, RST_FRAME, RST_FORM, RST_WINDOW, RST_OFFENDER
local NUMBER, KEY, BACK, ORIG, RESP, SETTLED, TEXT, OVER
local CALM -- whether its segments can be plain; then it is settled
local STAMP -- what the number and the phase of the connection are in a verdict

local live -- connection by key, of both directions
local byEnds -- connection of IPv4 by the sum of its ends as numbers; of several with one sum, the last
local byNumber -- live connection by its number
local base, streams -- first sequence number of a sender's key in Wireshark's stream; how many there are
local count, alive, clock
local over -- numbers of connections that the frame at hand finishes
local verdicts, offenders -- by frame
local firstFrame, endings, endFrame, late, resets, resetOffender, texts -- by number of connection

-- pending decides the frames that wait; everything that asks about packets or connections calls it first.
function M.pending() end

-- grown is called now and then while the number of connections grows.
function M.grown() end

local GROWS = 1024 -- connections between two calls of it

-- init takes the generated rules, the words, the reader of packets, the times of connections and
-- the stage of causes.
function M.init(f, words, p, e, w)
  facts, packet, expiry, causes, why, server = f, p, e, w, w, words.server_ports
  Step, StartsNew, reverse, ends = f.Step, f.StartsNew, p.reverse, p.ends
  segment, verdict = f.NewSegment(), f.NewVerdict()
  finishing, ending = f.NewFinish(), f.NewEnding()
  p.init(segment)
  FINISH, FIRST = words.number.finish, words.number.rst_role.first
  local w = words.words
  for list, below in pairs { segment_rule = RULES, conn_phase = PHASES, rst_form = FORMS, rst_role = ROLES, teardown = TEARDOWNS,
    teardown_rule = TEARDOWN_RULES, teardown_side = SIDES, fin_variant = VARIANTS, rst_effect = EFFECTS, pickup = PICKUPS,
    direction_basis = BASES } do
    assert(#w[list] < below, "more words than fit: " .. list)
  end
  local at = f.position.Connection
  ENDED, LATE, PICKUP, BASIS, RACE, LAST_FRAME, RARE = at.Ended, at.Late, at.Pickup, at.Basis, at.KeepAliveRace, at.LastFrame, at.Rare
  at = f.position.ConnectionRare
  IGNORED = at["Rst.Ignored"]
  RST_SEEN, RST_FRAME, RST_FORM = at["Rst.Seen"], at["Rst.Frame"], at["Rst.Form"]
  RST_WINDOW, RST_OFFENDER = at["Rst.Window"], at["Rst.Offender"]
  local free = e.init(f, f.room)
  TEXT, BACK, KEY, OVER = free, free + 1, free + 2, e.OVER
  NUMBER, RESP, SETTLED, CALM = free + 3, free + 4, free + 5, f.calm
  ORIG, STAMP = free + 6, free + 7 -- what batch.lua asks for stands next to the record
  M.reset()
end

-- configure sets limits: established and transitory (idle) and lookahead in seconds, connections
-- (live ones, at most) and streams, and whether to find causes. It counts from the next capture on.
function M.configure(values)
  for _, name in ipairs { "established", "transitory", "lookahead" } do
    limit[name] = values[name] and values[name] * 1000000 or limit[name]
  end
  limit.connections = values.connections or limit.connections
  limit.streams = values.streams or limit.streams
  if values.cause ~= nil then
    why = values.cause and causes or nil
  end
end

-- reset forgets everything: another capture begins.
function M.reset()
  live, byEnds, byNumber, base, over = {}, {}, {}, {}, {}
  count, alive, clock, streams = 0, 0, 0, 0
  verdicts, offenders = {}, {}
  firstFrame, endings, endFrame, late, resets, resetOffender, texts = {}, {}, {}, {}, {}, {}, {}
  causes.reset()
  expiry.limits(limit.established, limit.transitory, limit.lookahead)
  expiry.reset(byNumber)
end

-- close lets the rules decide how a connection ended.
local function close(c, reason, time)
  finishing.Reason, finishing.Time = reason, time
  facts.Finished(c, finishing, ending)
end

-- finish takes a connection out and keeps its ending and the number of the answer why; there are
-- never 2^24 different answers.
local function finish(c, reason, time)
  close(c, reason, time)
  local e, n = ending, c[NUMBER]
  local answer = why and why.explain(c, finishing, e, c[KEY]) or 0
  local rst = c[RARE]
  local seen = rst[RST_SEEN]
  local bits = (e.Stalled and 1 or 0) + (c[RACE] and 2 or 0) + (rst[IGNORED] and not seen and 4 or 0)
  endings[n] = (((((((answer * 8 + bits) * TEARDOWNS + e.Teardown) * TEARDOWN_RULES + e.Rule) * SIDES + e.Side) * VARIANTS + e.FinVariant)
    * EFFECTS + e.Effect) * PICKUPS + c[PICKUP]) * BASES + c[BASIS]
  if e.Frame ~= 0 then
    endFrame[n] = e.Frame
  end
  if c[LATE] ~= 0 then
    late[n] = c[LATE]
  end
  if seen then
    resets[n] = ((facts.FrameOf(rst[RST_FRAME], c[LAST_FRAME]) * FORMS + rst[RST_FORM]) * ROLES + FIRST) * WINDOWS + rst[RST_WINDOW]
    if rst[RST_OFFENDER] ~= 0 then
      resetOffender[n] = facts.FrameOf(rst[RST_OFFENDER], c[LAST_FRAME])
    end
    texts[n] = c[TEXT] or nil
  end
  live[c[KEY]] = nil
  live[c[BACK]] = nil
  if c[ORIG] and byEnds[c[ORIG] + c[RESP]] == c then
    byEnds[c[ORIG] + c[RESP]] = nil
  end
  byNumber[n] = nil
  alive = alive - 1
end

-- collect moves the clock and finds the connections whose time is over.
local function collect(now)
  clock = now
  if now > expiry.due then
    expiry.collect(now, over)
  end
end

-- settle finishes what the frame at hand finishes, in the order of first packets: the connections
-- whose time is over, and superseded, which its own packet ends.
local function settle(superseded)
  if #over == 0 then
    if superseded then
      finish(superseded, FINISH.superseded, clock)
    end
    return
  end
  if superseded then
    over[#over + 1] = superseded[NUMBER]
  end
  sort(over)
  for i = 1, #over do
    local c = byNumber[over[i]]
    if c == superseded then
      finish(c, FINISH.superseded, clock)
    else
      finish(c, c[ENDED] and FINISH.lookahead or FINISH.idle, c[OVER])
    end
  end
  over = {}
end

-- stream follows where Wireshark begins another stream between the same ends, and reports
-- whether it does so with this packet; the second result: later packets without SYN do not.
local function stream(key, back, seq, ack, syn, hasAck, analysed)
  local mine, other = base[key], base[back]
  local begins = false
  if syn and not hasAck and mine and seq ~= mine then
    mine, other, begins = nil, nil, true
    base[key], base[back] = nil, nil
    streams = streams - 1
  end
  if analysed then
    if not mine and not other then
      if streams >= limit.streams then
        return begins, false
      end
      streams = streams + 1
    end
    if not mine then
      mine = syn and seq or (seq - 1) % 4294967296
      base[key] = mine
    end
    if not other and hasAck then
      other = (ack - 1) % 4294967296
      base[back] = other
    end
  end
  return begins, mine ~= nil and other ~= nil
end

-- begin makes the segment the first packet of a new connection.
local function begin(key, back)
  local s = segment
  local from, to = packet.ports(key)
  s.FromServerPort, s.ToServerPort = server[from] == true, server[to] == true
  if alive >= limit.connections then
    local c = expiry.victim()
    if c then
      finish(c, FINISH.evicted, clock)
    end
  end
  local c = facts.NewConnection()
  count, alive = count + 1, alive + 1
  c[NUMBER] = count
  if count % GROWS == 0 then
    M.grown()
  end
  s.From = 0
  if facts.FirstIsFlipped(s) then
    s.From = 1
    c[KEY], c[BACK] = back, key
  else
    c[KEY], c[BACK] = key, back
  end
  live[key], live[back] = c, c
  local orig, resp = ends(c[KEY])
  if orig then
    c[ORIG], c[RESP] = orig, resp
    byEnds[orig + resp] = c
  end
  byNumber[count] = c
  firstFrame[count] = s.Frame
  facts.Start(c, s)
  return c
end

-- observed takes what StepPlain says that the segment tells about hosts.
function M.observed(c, from, now, frame, observes)
  local s, v = segment, verdict
  s.From, s.Time, s.Frame, v.Observes = from, now, frame, observes
  if why then
    why.observe(c, s, v, c[KEY])
  end
end

-- take takes the TCP packet that the packet reader has found in a frame, at the given time.
function M.take(frame, now)
  local s, key, v = segment, packet.key, verdict
  s.Time, s.Frame = now, frame
  local c = live[key]
  clock = now
  if now > expiry.due then
    expiry.collect(now, over)
    if c and c[OVER] then
      c = nil
    end
  end
  local back, superseded
  local settled = false
  if c and c[SETTLED] and (s.HasAck or not s.Syn) then
    settled = true
  else
    back = c and (c[KEY] == key and c[BACK] or c[KEY]) or reverse(key)
    local begins
    begins, settled = stream(key, back, s.Seq, s.Ack, s.Syn, s.HasAck, packet.analysed)
    if begins and c then
      c, superseded = nil, c
    end
  end
  if c then
    s.From = c[KEY] == key and 0 or 1
    if StartsNew(c, s) then
      c, superseded = nil, c
    end
  end
  if superseded or #over > 0 then
    settle(superseded)
  end
  local isNew = not c
  if isNew then
    c = begin(key, back or reverse(key))
  end
  Step(c, s, v)
  if why and v.Observes ~= 0 then
    why.observe(c, s, v, c[KEY])
  end
  local phase = v.Phase
  if isNew then
    s.FromServerPort, s.ToServerPort = false, false
    expiry.add(c, count, alive)
  else
    c[SETTLED] = settled
    if not settled then
      c[CALM] = false -- batch.lua asks for that alone
    end
    expiry.changed(c, c[NUMBER])
  end
  local stamp = phase * (RULES * 2) + c[NUMBER] * VERDICT
  c[STAMP] = stamp
  local n = stamp + v.Rule * 2 + s.From
  if s.Rst then
    n = n + (v.RstRole * FORMS + v.RstForm) * RESET
    if v.Offender ~= 0 then
      offenders[frame] = v.Offender
    end
    if v.RstRole == FIRST then
      c[TEXT] = packet.text
    end
  end
  verdicts[frame] = n
end

-- layout returns where batch.lua finds key and originator of a connection, and what a verdict is without rule and
-- direction: plain segments leave the phase as it is.
function M.layout() return KEY, ORIG, STAMP end

-- tables returns the live connections by key, those of IPv4 by the sum of their ends, and the verdicts by frame, until
-- the next reset.
function M.tables() return live, byEnds, verdicts end

-- at tells the time of a frame that batch.lua has decided alone: it moves no deadline to an earlier time.
function M.at(now) clock = now end

-- quote takes the TCP packet that an ICMP error quotes: evidence for its connection.
function M.quote(frame, now, q)
  M.tick(now)
  if q.flags then
    stream(q.key, reverse(q.key), q.seq, q.ack, q.flags % 4 >= 2, q.flags % 32 >= 16, true)
  end
  local c = live[q.key]
  if c and c[KEY] == q.key then
    facts.Icmp(c, frame, q.fromPeer, facts.IcmpKind(q.six, q.type, q.code))
  end
end

-- tick tells the time of a frame that holds neither.
function M.tick(now)
  collect(now)
  if #over > 0 then
    settle(nil)
  end
end

-- verdict fills out with what the rules said of a frame, as numbers of words; false: nothing.
function M.verdict(frame, out)
  M.pending()
  local n = verdicts[frame]
  if not n then
    return false
  end
  out.From = n % 2
  n = floor(n / 2)
  out.Rule = n % RULES
  n = floor(n / RULES)
  out.Phase = n % PHASES
  n = floor(n / PHASES)
  out.RstForm = n % FORMS
  n = floor(n / FORMS)
  out.RstRole = n % ROLES
  out.Connection = floor(n / ROLES)
  out.Offender = offenders[frame]
  out.FirstFrame = firstFrame[out.Connection]
  return true
end

-- live returns how many connections are remembered in full.
function M.live()
  M.pending()
  return alive
end

-- connections returns how many connections there have been. Their numbers are 1 to that.
function M.connections()
  M.pending()
  return count
end

-- ending fills out with how a connection ended; of a live one, with how it ends if the
-- capture ends here.
function M.ending(number, out)
  M.pending()
  local c = byNumber[number]
  if c then
    close(c, FINISH.capture_end, clock)
    local e, rst = ending, c[RARE]
    local seen = rst[RST_SEEN]
    out.Teardown, out.Rule, out.Side, out.FinVariant, out.Effect = e.Teardown, e.Rule, e.Side, e.FinVariant, e.Effect
    out.Stalled, out.Race, out.Ignored = e.Stalled, c[RACE], rst[IGNORED] and not seen
    out.Pickup, out.Basis, out.Late = c[PICKUP], c[BASIS], c[LATE]
    out.Frame = e.Frame ~= 0 and e.Frame or nil
    out.RstFrame = seen and facts.FrameOf(rst[RST_FRAME], c[LAST_FRAME]) or nil
    out.RstForm, out.RstRole, out.RstWindow = rst[RST_FORM], seen and FIRST or 0, rst[RST_WINDOW]
    out.RstOffender = seen and rst[RST_OFFENDER] ~= 0 and facts.FrameOf(rst[RST_OFFENDER], c[LAST_FRAME]) or nil
    out.RstText = c[TEXT] or nil
    causes.tell(why and why.explain(c, finishing, e, c[KEY]) or 0, out)
    return
  end
  local n = endings[number]
  out.Basis = n % BASES
  n = floor(n / BASES)
  out.Pickup = n % PICKUPS
  n = floor(n / PICKUPS)
  out.Effect = n % EFFECTS
  n = floor(n / EFFECTS)
  out.FinVariant = n % VARIANTS
  n = floor(n / VARIANTS)
  out.Side = n % SIDES
  n = floor(n / SIDES)
  out.Rule = n % TEARDOWN_RULES
  n = floor(n / TEARDOWN_RULES)
  out.Teardown = n % TEARDOWNS
  n = floor(n / TEARDOWNS)
  out.Stalled, out.Race, out.Ignored = n % 2 == 1, floor(n / 2) % 2 == 1, n % 8 >= 4
  causes.tell(floor(n / 8), out)
  out.Late = late[number] or 0
  out.Frame = endFrame[number]
  out.RstFrame = nil
  out.RstOffender = nil
  local r = resets[number]
  if r then
    out.RstWindow = r % WINDOWS
    r = floor(r / WINDOWS)
    out.RstRole = r % ROLES
    r = floor(r / ROLES)
    out.RstForm = r % FORMS
    out.RstFrame = floor(r / FORMS)
    out.RstOffender = resetOffender[number]
    out.RstText = texts[number]
  end
end

return M
