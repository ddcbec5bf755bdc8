-- The table of connections: which connection a packet belongs to, what the rules say of it,
-- and how connections ended. It does what package classify does, without limits of memory.
--
-- What stays of a packet is one number, what stays of a finished connection a few. A live
-- connection has its record of state; it is looked at again when somebody asks how it ended.
local floor = math.floor
local M = {}

-- The idle limits of package classify, microseconds.
local ESTABLISHED, TRANSITORY, LOOKAHEAD = 7440000000, 240000000, 130000000
-- Words of the list finish.
local FINISH_LOOKAHEAD, FINISH_IDLE, FINISH_SUPERSEDED, FINISH_CAPTURE_END = 1, 2, 3, 5

-- Word of the list rst_role.
local FIRST = 1

-- Numbers below which the parts of a packed number stay.
local RULES, PHASES, FORMS, ROLES = 64, 16, 16, 8
local VERDICT = 2 * RULES * PHASES * FORMS * ROLES
local TEARDOWNS, TEARDOWN_RULES, SIDES, VARIANTS, EFFECTS, PICKUPS, BASES = 64, 64, 8, 8, 8, 4, 8
local WINDOWS = 65536

local facts, packet
local Step, StartsNew, Deadline, reverse
local segment, derived, verdict, finishing, ending
local server

local live -- connection by key, of both directions
local byNumber -- live connection by its number
local base -- first sequence number of a sender's key in Wireshark's stream
local count, alive, sweepAt, clock
local verdicts, offenders -- by frame
local firstFrame, endings, endFrame, late, resets, resetOffender, texts -- by number of connection

-- init takes the generated rules, the words and the reader of packets.
function M.init(f, words, p)
  facts, packet, server = f, p, words.server_ports
  Step, StartsNew, Deadline, reverse = f.Step, f.StartsNew, f.Deadline, p.reverse
  segment, derived, verdict = f.NewSegment(), f.NewDerived(), f.NewVerdict()
  finishing, ending = f.NewFinish(), f.NewEnding()
  p.init(segment)
  local w = words.words
  for list, limit in pairs { segment_rule = RULES, conn_phase = PHASES, rst_form = FORMS, rst_role = ROLES, teardown = TEARDOWNS,
    teardown_rule = TEARDOWN_RULES, teardown_side = SIDES, fin_variant = VARIANTS, rst_effect = EFFECTS, pickup = PICKUPS,
    direction_basis = BASES } do
    assert(#w[list] < limit, "more words than fit: " .. list)
  end
  M.reset()
end

-- reset forgets everything: another capture begins.
function M.reset()
  live, byNumber, base = {}, {}, {}
  count, alive, sweepAt, clock = 0, 0, 4096, 0
  verdicts, offenders = {}, {}
  firstFrame, endings, endFrame, late, resets, resetOffender, texts = {}, {}, {}, {}, {}, {}, {}
end

-- close lets the rules decide how a connection ended.
local function close(c, reason, time)
  finishing.Reason, finishing.Time = reason, time
  facts.Finished(c, finishing, ending)
end

-- finish takes a connection out and keeps its ending.
local function finish(c, reason, time)
  close(c, reason, time)
  local e, r, n = ending, c.Rst, c.number
  local bits = (e.Stalled and 1 or 0) + (c.KeepAliveRace and 2 or 0) + (r.Ignored and not r.Seen and 4 or 0)
  endings[n] = ((((((bits * TEARDOWNS + e.Teardown) * TEARDOWN_RULES + e.Rule) * SIDES + e.Side) * VARIANTS + e.FinVariant)
    * EFFECTS + e.Effect) * PICKUPS + c.Pickup) * BASES + c.Basis
  if e.Frame ~= 0 then
    endFrame[n] = e.Frame
  end
  if c.Late ~= 0 then
    late[n] = c.Late
  end
  if r.Seen then
    resets[n] = ((facts.FrameOf(r.Frame, c.LastFrame) * FORMS + r.Form) * ROLES + r.Role) * WINDOWS + r.Window
    if r.Offender ~= 0 then
      resetOffender[n] = facts.FrameOf(r.Offender, c.LastFrame)
    end
    texts[n] = c.text
  end
  live[c.key] = nil
  live[c.back] = nil
  byNumber[n] = nil
  alive = alive - 1
end

-- expire finishes a connection whose time is over, and reports whether it was.
local function expire(c)
  local deadline = Deadline(c, ESTABLISHED, TRANSITORY, LOOKAHEAD)
  if deadline < clock then
    finish(c, c.Ended and FINISH_LOOKAHEAD or FINISH_IDLE, deadline)
    return true
  end
  return false
end

-- sweep finishes all connections whose time is over, so that memory follows the live ones.
local function sweep()
  for _, c in pairs(byNumber) do
    expire(c)
  end
  sweepAt = alive * 2
  if sweepAt < 4096 then
    sweepAt = 4096
  end
end

-- stream follows where Wireshark begins another stream between the same ends, and reports
-- whether it does so with this packet; the second result: later packets without SYN do not.
local function stream(key, back, seq, ack, syn, hasAck, analysed)
  local mine, other = base[key], base[back]
  local begins = false
  if syn and not hasAck and mine and seq ~= mine then
    mine, other, begins = nil, nil, true
    base[key], base[back] = nil, nil
  end
  if analysed then
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
  if alive >= sweepAt then
    sweep()
  end
  local c = facts.NewConnection()
  count, alive = count + 1, alive + 1
  c.number, c.settled = count, false
  s.From = 0
  if facts.FirstIsFlipped(s) then
    s.From = 1
    c.key, c.back = back, key
  else
    c.key, c.back = key, back
  end
  live[key], live[back] = c, c
  byNumber[count] = c
  firstFrame[count] = s.Frame
  facts.Start(c, s)
  s.FromServerPort, s.ToServerPort = false, false
  return c
end

-- take takes the TCP packet that the packet reader has found in a frame, at the given time.
function M.take(frame, now)
  clock = now
  local s, key = segment, packet.key
  s.Time, s.Frame = now, frame
  local c = live[key]
  if c and expire(c) then
    c = nil
  end
  local back
  local settled = false
  if c and c.settled and (s.HasAck or not s.Syn) then
    settled = true
  else
    back = c and (c.key == key and c.back or c.key) or reverse(key)
    local begins
    begins, settled = stream(key, back, s.Seq, s.Ack, s.Syn, s.HasAck, packet.analysed)
    if begins and c then
      finish(c, FINISH_SUPERSEDED, now)
      c = nil
    end
  end
  if c then
    s.From = c.key == key and 0 or 1
    if StartsNew(c, s) then
      finish(c, FINISH_SUPERSEDED, now)
      c = begin(key, back or reverse(key))
    else
      c.settled = settled
    end
  else
    c = begin(key, back)
  end
  local v = verdict
  Step(c, s, derived, v)
  verdicts[frame] = ((((c.number * ROLES + v.RstRole) * FORMS + v.RstForm) * PHASES + v.Phase) * RULES + v.Rule) * 2 + s.From
  if v.Offender ~= 0 then
    offenders[frame] = v.Offender
  end
  if v.RstRole == FIRST then
    c.text = packet.text
  end
end

-- quote takes the TCP packet that an ICMP error quotes: evidence for its connection.
function M.quote(frame, now, q)
  clock = now
  if q.flags then
    stream(q.key, reverse(q.key), q.seq, q.ack, q.flags % 4 >= 2, q.flags % 32 >= 16, true)
  end
  local c = live[q.key]
  if c and not expire(c) and c.key == q.key then
    facts.Icmp(c, frame, q.fromPeer, facts.IcmpKind(q.six, q.type, q.code))
  end
end

-- tick tells the time of a frame that holds neither.
function M.tick(now) clock = now end

-- verdict fills out with what the rules said of a frame, as numbers of words; false: nothing.
function M.verdict(frame, out)
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

-- connections returns how many connections there have been. Their numbers are 1 to that.
function M.connections() return count end

-- ending fills out with how a connection ended; of a live one, with how it ends if the
-- capture ends here.
function M.ending(number, out)
  local c = byNumber[number]
  if c then
    local deadline = Deadline(c, ESTABLISHED, TRANSITORY, LOOKAHEAD)
    if deadline < clock then
      close(c, c.Ended and FINISH_LOOKAHEAD or FINISH_IDLE, deadline)
    else
      close(c, FINISH_CAPTURE_END, clock)
    end
    local e, r = ending, c.Rst
    out.Teardown, out.Rule, out.Side, out.FinVariant, out.Effect = e.Teardown, e.Rule, e.Side, e.FinVariant, e.Effect
    out.Stalled, out.Race, out.Ignored = e.Stalled, c.KeepAliveRace, r.Ignored and not r.Seen
    out.Pickup, out.Basis, out.Late = c.Pickup, c.Basis, c.Late
    out.Frame = e.Frame ~= 0 and e.Frame or nil
    out.RstFrame = r.Seen and facts.FrameOf(r.Frame, c.LastFrame) or nil
    out.RstForm, out.RstRole, out.RstWindow = r.Form, r.Role, r.Window
    out.RstOffender = r.Seen and r.Offender ~= 0 and facts.FrameOf(r.Offender, c.LastFrame) or nil
    out.RstText = c.text
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
  out.Stalled, out.Race, out.Ignored = n % 2 == 1, floor(n / 2) % 2 == 1, n >= 4
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
