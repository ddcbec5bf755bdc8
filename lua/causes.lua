-- Why connections ended. What packets tell about hosts, services and pairs of hosts is remembered
-- across connections; when one is finished, the rules are asked with what is known by then. It does what
-- package classify does, and forgets in the same order.
--
-- An answer is a number; all connections with the same answer share it.
local sub, byte = string.sub, string.byte
local M = {}

-- Hosts, services and pairs that are remembered, of each: the one that was noted longest ago makes
-- place. Go has the same limit.
M.limit = 65536

local facts
local Observe, ConcernsSender, ConcernsService, ConcernsPair, MakesPair
local NoteHost, NoteService, NotePair, NoteTarget, NeedsKnown, Consult, Explain
local observation, known, unknown, why -- records that are used again and again; unknown: nothing is known
local hosts, services, between -- tables of what is known; between: of pairs
local noHost, noService, noPair -- what the tables do not have
local breaks -- where nothing was captured for a minute
local LAST_TIME -- position in the record of a connection
local answers, numberOf -- answer by number; tree of what answers say, value by value, with their numbers

-- A table has its records in places from 1 on. Places are linked in a ring in the order of their
-- last use, which begins and ends at 0.
local function newTable(new)
  return { new = new, size = 0, place = {}, key = {}, record = {}, newer = { [0] = 0 }, older = { [0] = 0 } }
end

-- ask returns the record of a key, or none where there is none. It changes nothing.
local function ask(t, key, none)
  local at = t.place[key]
  return at and t.record[at] or none
end

-- note returns the record of a key, a new one where there was none, and counts as its use.
local function note(t, key)
  local newer, older, place = t.newer, t.older, t.place
  local at = place[key]
  if at and at == older[0] then
    return t.record[at]
  end
  local isNew = not at
  if isNew and t.size < M.limit then
    at = t.size + 1
    t.size = at
  else
    at = at or newer[0]
    local n, o = newer[at], older[at]
    older[n], newer[o] = o, n
  end
  if isNew then
    -- In this order: Lua would else make room for exactly M.limit keys, a power of 2, and look
    -- through all of them each time that one takes another's place.
    place[key] = at
    if t.key[at] then
      place[t.key[at]] = nil
    end
    t.key[at], t.record[at] = key, t.new()
  end
  local o = older[0]
  newer[o], older[at], newer[at], older[0] = at, o, 0, at
  return t.record[at]
end

-- init takes the generated rules.
function M.init(f)
  facts = f
  Observe, ConcernsSender, ConcernsService, ConcernsPair = f.Observe, f.ConcernsSender, f.ConcernsService, f.ConcernsPair
  MakesPair, NoteHost, NoteService, NotePair, NoteTarget = f.MakesPair, f.NoteHost, f.NoteService, f.NotePair, f.NoteTarget
  NeedsKnown, Consult, Explain = f.NeedsKnown, f.Consult, f.Explain
  observation, known, unknown, why = f.NewObservation(), f.NewKnown(), f.NewKnown(), f.NewWhy()
  LAST_TIME = f.position.Connection.LastTime
  noHost, noService, noPair = f.NewHost(), f.NewService(), f.NewPair()
  M.reset()
end

-- reset forgets everything: another capture begins.
function M.reset()
  hosts, services, between = newTable(facts.NewHost), newTable(facts.NewService), newTable(facts.NewPair)
  answers, numberOf = {}, {}
  breaks = facts.NewBreaks()
end

-- pause remembers that nothing was captured between two times of the clock, if that is long.
function M.pause(before, after) facts.NoteBreak(breaks, before, after) end

-- apply remembers an observation. key has the addresses and ports of the originator and of the
-- responder, in this order.
function M.apply(o, key)
  local n = (#key - 4) / 2
  local resp = sub(key, n + 1, 2 * n)
  if ConcernsSender(o) then
    NoteHost(note(hosts, o.From == 1 and resp or sub(key, 1, n)), o)
  end
  if ConcernsService(o) then
    NoteService(note(services, resp .. sub(key, -2)), o)
  end
  if ConcernsPair(o) then
    local makes = MakesPair(o)
    if not makes and between.size == 0 then
      return
    end
    local pair = sub(key, 1, 2 * n)
    if not makes and not between.place[pair] then
      return
    end
    local a, b = byte(key, -2, -1)
    if NotePair(note(between, pair), o, a * 256 + b) then
      NoteTarget(note(hosts, sub(key, 1, n)), o)
    end
  end
end

-- observe remembers what a packet tells about hosts and services.
function M.observe(c, segment, verdict, key)
  Observe(c, segment, verdict, observation)
  M.apply(observation, key)
end

-- consult fills k with what is known about a connection that ends as e says.
function M.consult(c, e, key, k)
  local n = (#key - 4) / 2
  local resp = sub(key, n + 1, 2 * n)
  local a, b = byte(key, -2, -1)
  Consult(c, e, ask(hosts, sub(key, 1, n), noHost), ask(hosts, resp, noHost), ask(services, resp .. sub(key, -2), noService),
    ask(between, sub(key, 1, 2 * n), noPair), a * 256 + b, k)
end

-- copy returns the first n values of an array that begins at 0, as one that begins at 1.
local function copy(values, n)
  local all = {}
  for i = 1, n do
    all[i] = values[i - 1]
  end
  return all
end

-- branch returns the branch of a tree of tables that a value leads to.
local function branch(t, value)
  local next = t[value]
  if not next then
    next = {}
    t[value] = next
  end
  return next
end

-- explain lets the rules decide why a connection ended, and returns the number of the answer.
function M.explain(c, finish, e, key)
  local w = why
  local k = unknown
  if NeedsKnown(c, e) then
    k = known
    M.consult(c, e, key, k)
  end
  finish.Break = facts.BreakAfter(breaks, c[LAST_TIME], finish.Time)
  Explain(c, finish, e, k, w)
  local alternatives, evidence = w.Alternatives, w.Evidence
  local ids, t = evidence.Ids, numberOf
  t = branch(t, w.Cause)
  t = branch(t, w.Rule)
  t = branch(t, w.Confidence)
  t = branch(t, w.Origin)
  t = branch(t, w.Score)
  t = branch(t, w.Mode)
  t = branch(t, w.HasReason and w.Reason or -1)
  t = branch(t, w.Count)
  for i = 0, w.Count - 1 do
    t = branch(t, alternatives[i])
  end
  for i = 0, evidence.Count - 1 do
    t = branch(t, ids[i])
  end
  local number = t.number
  if not number then
    number = #answers + 1
    t.number = number
    answers[number] = { Cause = w.Cause, CauseRule = w.Rule, CauseTier = w.Tier, CauseConfidence = w.Confidence,
      RstOrigin = w.Origin, OriginScore = w.Origin ~= 0 and w.Score or nil, MiddleboxMode = w.Mode, ReasonCode = w.HasReason and w.Reason or nil,
      CauseAlternatives = copy(alternatives, w.Count), CauseEvidence = copy(ids, evidence.Count) }
  end
  return number
end

local nothing = {} -- answer 0

-- tell fills out with the answer of that number, or with nothing for 0. Lists are shared.
function M.tell(number, out)
  local a = answers[number] or nothing
  out.Cause, out.CauseRule, out.CauseTier, out.CauseConfidence = a.Cause, a.CauseRule, a.CauseTier, a.CauseConfidence
  out.RstOrigin, out.OriginScore, out.MiddleboxMode = a.RstOrigin, a.OriginScore, a.MiddleboxMode
  out.CauseAlternatives, out.CauseEvidence, out.ReasonCode = a.CauseAlternatives, a.CauseEvidence, a.ReasonCode
end

return M
