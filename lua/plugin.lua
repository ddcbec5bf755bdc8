-- Teardown in Wireshark and tshark: what every TCP segment does, and how its connection ended.
--
--   tshark -X lua_script:lua/plugin.lua -r CAPTURE -T fields -e teardown.segment_kind
--
-- The order of things:
--
--   frame ─ clock ─ header ─ packet ─ connection ─ causes (rules: facts_gen) ─ show
--
-- On the first pass over the frames, which is in order, each packet is decided and remembered
-- as a number. Whenever Wireshark shows a frame, in any order, the number is turned into
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
local summary, window = load("summary"), load("window")

local teardown = Proto("teardown", "TCP Teardown")
header.init(ip)
reason.init(facts, words)
ip.reasons(reason)
causes.init(facts)
clock.pause, connection.grown = causes.pause, collector.adapt
connection.init(facts, words, ip, load("expiry"), causes)
story.init(words)
summary.init(words, facts, connection)
window.init(words, summary)
prefs.init(teardown)
teardown.experts = alert.init(words, story, connection)
teardown.fields = show.init(words, facts, connection, story, alert)

local TCP, QUOTE, MORE = ip.TCP, ip.QUOTE, ip.MORE
local tick, take, quote, display = clock.frame, connection.take, connection.quote, show.show
local common, takeCommon, read = ip.common, connection.common, header.read
local alarm, tell = alert.at, alert.tellAt
local HEAD = 160 -- bytes that hold the headers of nearly all packets

local raw, length, referenced -- methods of Wireshark: looking for them costs as much as calling them

-- decide takes a frame on the first pass.
local function decide(tvb, pinfo, number)
  local now = tick(pinfo, number)
  if not raw then
    raw, length = tvb.raw, tvb.len
  end
  local cap = length(tvb)
  if cap == 0 then
    return connection.tick(now)
  end
  local head = raw(tvb, 0, cap < HEAD and cap or HEAD)
  if takeCommon(number, now, common(head, cap)) then
    return
  end
  local wire = pinfo.len
  if wire < cap then
    wire = cap
  end
  local found = read(head, cap, wire, pinfo)
  if found == MORE then
    found = read(raw(tvb, 0, cap), cap, wire, pinfo)
  end
  if found == TCP then
    take(number, now)
  elseif found == QUOTE then
    quote(number, now, ip.quoted)
  else
    connection.tick(now)
  end
end

local handle
local latest = 0 -- frame decided last

function teardown.dissector(tvb, pinfo, tree)
  local number = pinfo.number
  local first = number > latest -- else it is shown again
  if first then
    latest = number
    decide(tvb, pinfo, number)
  end
  if not handle then
    handle, referenced = Dissector.get("teardown"), tree.referenced
  end
  if referenced(tree, handle) then
    display(tree, teardown, pinfo, number, pinfo.visited, latest)
  elseif not first and alarm(number, latest) then
    tell(tree:add(teardown), number)
  end
end

function teardown.prefs_changed()
  if prefs.summary() then
    window.print()
  end
end

function teardown.init()
  latest = 0
  collector.adapt()
  prefs.apply(connection, show)
  clock.reset()
  connection.reset()
  alert.reset()
end

register_postdissector(teardown)
