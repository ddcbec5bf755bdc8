-- Applies the commands of package classify/differential to the generated classification.
-- Arguments: the file of facts, the file of walkers, the command after which to dump (0: never).
-- A command is a line of numbers, the answer the digest of the whole record.
local facts = dofile(arg[1])
local walk = dofile(arg[2])(facts)
local dump_after = tonumber(arg[3])

local established, transitory, lookahead = walk.established, walk.transitory, walk.lookahead

local ended = facts.position.Connection.Ended

local r -- the record, as type Record in model.go

local function reset()
  r = {
    Live = false, Orig = 0, New = false, Idle = 0, Deadline = 0, Segment = facts.NewSegment(), Connection = facts.NewConnection(),
    Verdict = facts.NewVerdict(), Finish = facts.NewFinish(), Ending = facts.NewEnding(),
  }
end

local function finish(reason, at)
  r.Finish = facts.NewFinish()
  r.Finish.Reason = reason
  r.Finish.Time = at
  facts.Finished(r.Connection, r.Finish, r.Ending)
end

local zero = facts.NewSegment()

local function packet(sender, s)
  for name, value in pairs(zero) do
    if s[name] == nil then s[name] = value end
  end
  r.Segment = s
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
    facts.Start(r.Connection, s)
    r.Live = true
    r.New = true
  end
  facts.Step(r.Connection, s, r.Verdict)
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
    has_options, from_port, to_port, reason_kind, reason_code, app, ask, at = read(n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n)
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
    })
  elseif op == 2 then
    if r.Live then facts.Icmp(r.Connection, frame, ask % 16 >= 8, (ask - ask % 16) / 16) end
  elseif op == 3 then
    finish(reason, at)
    forget()
  elseif op == 4 then
    forget()
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
