-- Teardown in Wireshark and tshark: what every TCP segment does, and how its connection ended.
--
--   tshark -X lua_script:lua/plugin.lua -r CAPTURE -T fields -e teardown.segment_kind
--
-- The order of things:
--
--   frame ─ clock ─ batch ─ header ─ packet ─ connection ─ causes (rules: facts_gen) ─ show
--
-- On the first pass over the frames, which is in order, each packet is decided, at the latest when
-- somebody asks, and remembered as a number. Whenever Wireshark shows a frame, in any order, the number is turned into
-- words. This file is the only one that talks to Wireshark about more than a field or a time.

-- Installed, this file is called teardown.lua, and its neighbours do not end in .lua, because
-- Wireshark starts all files that do.
local folder, name = debug.getinfo(1, "S").source:match("^@?(.-)([^/\\]*)$")
local suffix = name == "teardown.lua" and ".module" or ".lua"

-- Installed plugins are loaded before those of the command line, and there can be only one.
local ok, loaded = pcall(Dissector.get, "teardown")
if ok and loaded then
  io.stderr:write("teardown: a plugin is installed and loaded, and " .. name .. " is left out\n")
  return
end

local function load(name) return dofile(folder .. name .. suffix) end

local facts, words = load("facts_gen"), load("words_gen")
local clock, header, ip, connection, show = load("clock"), load("header"), load("packet"), load("connection"), load("show")
local reason, causes, collector = load("reason"), load("causes"), load("collector")
local story, alert, prefs = load("story"), load("alert"), load("prefs")
local summary, window, batch, expiry = load("summary"), load("window"), load("batch"), load("expiry")

local teardown = Proto("teardown", "TCP Teardown")
header.init(ip)
reason.init(facts, words)
ip.reasons(reason)
causes.init(facts)
connection.grown = collector.adapt
connection.init(facts, words, ip, expiry, causes)
batch.init(facts, header, ip, reason, connection, expiry, clock)
clock.pause = causes.pause
story.init(words)
summary.init(words, facts, connection)
window.init(words, summary)
prefs.init(teardown)
teardown.experts = alert.init(words, story, connection)
teardown.fields = show.init(words, facts, connection, story, alert)

local TCP, QUOTE, MORE = ip.TCP, ip.QUOTE, ip.MORE
local take, quote, display = connection.take, connection.quote, show.show
local wait, tell, read = batch.wait, batch.tell, header.read
local alarm, warn = alert.at, alert.tellAt
local NEAR, BACK, HEAD = clock.NEAR, -clock.NEAR, ip.HEAD -- HEAD: bytes that hold the headers of nearly all packets

-- Methods and attributes of Wireshark: looking for them costs as much as calling them.
local raw, length, referenced, numberOf, deltaOf

-- attribute returns the function that reads an attribute of an object; Wireshark keeps them in a table.
local function attribute(object, name)
  local meta = debug.getmetatable(object)
  local getters = type(meta) == "table" and meta.__getters
  local read = type(getters) == "table" and getters[name]
  return type(read) == "function" and read or function(o) return o[name] end
end

-- prepare looks for them.
local function prepare(tvb, pinfo, tree)
  raw, length, referenced = tvb.raw, tvb.len, tree.referenced
  numberOf, deltaOf = attribute(pinfo, "number"), attribute(pinfo, "delta_ts")
end

-- decide takes a frame that batch.lua has not made wait: its number, the seconds since the frame before, its first bytes
-- and how many were captured.
local function decide(tvb, pinfo, number, delta, head, cap)
  if cap == 0 then
    return tell(number, delta)
  end
  local wire = pinfo.len
  if wire < cap then
    wire = cap
  end
  local found = read(head, cap, wire, pinfo)
  if found == MORE then
    head = raw(tvb, 0, cap)
    found = read(head, cap, wire, pinfo)
  end
  if found ~= TCP and found ~= QUOTE then
    return tell(number, delta)
  end
  if batch.decide() then -- other packets have been read
    read(head, cap, wire, pinfo)
  end
  local now = clock.step(delta)
  if found == TCP then
    take(number, now)
  else
    quote(number, now, ip.quoted)
  end
end

local handle
local latest = 0 -- frame that came last for the first time
local steady = false -- as the clock was behind it
local constant = not gui_enabled() -- tshark wants fields from all frames of the first pass or from none
local wanted -- whether it does; nil: not known yet

function teardown.dissector(tvb, pinfo, tree)
  if not handle then
    handle = Dissector.get("teardown")
    prepare(tvb, pinfo, tree)
  end
  local number = numberOf(pinfo)
  local first = false -- else it is shown again
  if number > latest then
    local delta, cap = deltaOf(pinfo), length(tvb)
    if number ~= latest + 1 or delta >= NEAR or delta <= BACK or not steady then
      batch.decide()
      clock.frame(pinfo, number == latest + 1)
      steady = clock.steady
      delta = 0
    end
    latest = number
    local head = cap > 0 and raw(tvb, 0, cap < HEAD and cap or HEAD)
    if not (head and wait(number, delta, head, cap, pinfo)) then
      decide(tvb, pinfo, number, delta, head, cap)
    end
    if wanted == false then
      return
    end
    first = true
  end
  local asked = first and wanted
  if not asked then
    asked = referenced(tree, handle)
    if first and constant then
      wanted = asked
    end
  end
  if asked then
    display(tree, teardown, pinfo, number, pinfo.visited, latest)
  elseif not first and alarm(number, latest) then
    warn(tree:add(teardown), number)
  end
end

function teardown.prefs_changed()
  if prefs.summary() then
    window.print()
  end
end

function teardown.init()
  latest, wanted = 0, nil
  collector.adapt()
  prefs.apply(connection, show)
  clock.reset()
  steady = false
  batch.reset()
  connection.reset()
  alert.reset()
end

register_postdissector(teardown)
