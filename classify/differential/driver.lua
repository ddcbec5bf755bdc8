-- Applies the commands of package classify/differential to the generated classification.
-- Arguments: the file of facts, the file of walkers, the command after which to dump (0: never).
-- A command is a line of numbers, the answer the digest of the whole record.
local facts = dofile(arg[1])
local walk = dofile(arg[2])(facts)
local dump_after = tonumber(arg[3])

local established, transitory, lookahead = walk.established, walk.transitory, walk.lookahead

local at = facts.position.Connection
local ended, last_time, phase = at.Ended, at.LastTime, at.Phase

local r -- the record, as type Record in model.go

local function reset()
  r = {
    Live = false, Orig = 0, New = false, Idle = 0, Deadline = 0, Segment = facts.NewSegment(), Connection = facts.NewConnection(),
    Verdict = facts.NewVerdict(), Clock = 0, Breaks = facts.NewBreaks(), Finish = facts.NewFinish(), Ending = facts.NewEnding(),
    Port = 0, Observation = facts.NewObservation(), Hosts = { [0] = facts.NewHost(), facts.NewHost() },
    Services = { [0] = facts.NewService(), facts.NewService() }, Pairs = { [0] = facts.NewPair(), facts.NewPair() },
    Known = facts.NewKnown(), Why = facts.NewWhy(),
  }
end

local function finish(reason, at)
  r.Finish = facts.NewFinish()
  r.Finish.Reason = reason
  r.Finish.Time = at
  facts.Finished(r.Connection, r.Finish, r.Ending)
  local orig, resp = r.Orig, 1 - r.Orig
  facts.Consult(r.Connection, r.Ending, r.Hosts[orig], r.Hosts[resp], r.Services[resp], r.Pairs[orig], r.Port, r.Known)
  r.Finish.Break = facts.BreakAfter(r.Breaks, r.Connection[last_time], at)
  facts.Explain(r.Connection, r.Finish, r.Ending, r.Known, r.Why)
end

local function apply(orig, port)
  local o = r.Observation
  if facts.ConcernsSender(o) then
    facts.NoteHost(r.Hosts[o.From == 1 and 1 - orig or orig], o)
  end
  if facts.ConcernsService(o) then
    facts.NoteService(r.Services[1 - orig], o)
  end
  if facts.ConcernsPair(o) and facts.NotePair(r.Pairs[orig], o, port) then
    facts.NoteTarget(r.Hosts[orig], o)
  end
end

local args, unpack = {}, table.unpack or unpack

-- step takes a packet with the version of Step that takes it, as batch.lua and connection.lua do. Every fourth one that is
-- usual goes through the version for plain segments, too.
local function step(c, s, v)
  local calm = c[facts.calm]
  if calm and s.HasAck and not s.Syn and not s.Fin and not s.Rst then
    for i, name in ipairs(facts.usual) do args[i] = s[name] end
    local rule = calm == 2 and s.Frame % 4 ~= 0 and facts.StepUsual(c, unpack(args))
    local observes = 0
    if not rule then
      rule, observes = facts.StepPlain(c, unpack(args))
    end
    for name in pairs(v) do v[name] = 0 end
    v.Rule, v.Kind, v.Phase, v.Observes = rule, facts.SegmentKindWord(rule), c[phase], observes
    return
  end
  facts.Step(c, s, v)
  v.Missing, v.Skipped = 0, 0 -- the plugin counts no bytes
end

local zero = facts.NewSegment()

local function packet(sender, s, port)
  for name, value in pairs(zero) do
    if s[name] == nil then s[name] = value end
  end
  r.Segment = s
  facts.NoteBreak(r.Breaks, r.Clock, s.Time)
  r.Clock = math.max(r.Clock, s.Time)
  if r.Live and s.Time > r.Deadline then
    finish(r.Connection[ended] and walk.lookahead_over or walk.idle_over, r.Deadline)
    r.Live = false
  end
  if r.Live then
    s.From = 0
    if sender ~= r.Orig then s.From = 1 end
    if facts.StartsNew(r.Connection, s) then
      finish(walk.superseded, s.Time)
      r.Live = false
    end
  end
  if not r.Live then
    s.From = 0
    r.Orig = sender
    if facts.FirstIsFlipped(s) then
      s.From = 1
      r.Orig = 1 - sender
    end
    r.Connection = facts.NewConnection()
    r.Port = port
    facts.Start(r.Connection, s)
    r.Live = true
    r.New = true
  end
  step(r.Connection, s, r.Verdict)
  if r.Verdict.Observes ~= 0 then
    facts.Observe(r.Connection, s, r.Verdict, r.Observation)
    apply(r.Orig, r.Port)
  end
end

local function forget()
  r.Live = false
  r.Connection = facts.NewConnection()
end

reset()
local read, format, write = io.read, string.format, io.write
local n = "*n"
local count = 0
io.stdout:setvbuf("full")
while true do
  local op, sender, time, frame, seq, ack, length, flags, window, ttl, tos, ip_id, flow, has_ts, ts_val, ts_ecr, mss, scale,
    has_options, from_port, to_port, reason_kind, reason_code, app, ask, at, port = read(n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n)
  if not op then break end
  r.New = false
  local reason = ask % 8
  if op == 1 then
    packet(sender, {
      From = 0, Time = time, Frame = frame, Seq = seq, Ack = ack, Length = length, Flags = flags,
      Fin = flags % 2 >= 1, Syn = flags % 4 >= 2, Rst = flags % 8 >= 4, HasAck = flags % 32 >= 16,
      Window = window, Ttl = ttl, Tos = tos, IpId = ip_id, FlowLabel = flow, HasTs = has_ts == 1, TsVal = ts_val, TsEcr = ts_ecr,
      Mss = mss, Scale = scale, HasOptions = has_options == 1, FromServerPort = from_port == 1, ToServerPort = to_port == 1,
      ReasonKind = reason_kind, Reason = reason_code, App = app,
    }, port)
  elseif op == 2 then
    if r.Live then facts.Icmp(r.Connection, frame, ask % 16 >= 8, (ask - ask % 16) / 16) end
  elseif op == 3 then
    finish(reason, at)
    forget()
  elseif op == 4 then
    forget()
  elseif op == 6 then
    r.Observation = { Kind = mss, Time = time, From = scale, Ttl = ttl, Label = flow, HasLabel = false, Rtt = length, Ecn = has_ts == 1,
      Linux = has_options == 1, Serves = from_port == 1 }
    apply(sender, port)
  elseif op == 7 then
    r.Hosts = { [0] = facts.NewHost(), facts.NewHost() }
    r.Services = { [0] = facts.NewService(), facts.NewService() }
    r.Pairs = { [0] = facts.NewPair(), facts.NewPair() }
  else
    reset()
  end
  if op <= 2 then
    r.Idle = facts.IdleLimit(r.Connection, established, transitory, lookahead)
    r.Deadline = facts.Deadline(r.Connection, established, transitory, lookahead)
    if reason ~= 0 then finish(reason, at) end
  end
  count = count + 1
  if count == dump_after then
    walk.dump(r)
    break
  elseif dump_after == 0 then
    write(format("%d\n", walk.digest(r)))
    if op == 5 then io.stdout:flush() end
  end
end
