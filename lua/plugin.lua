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
local summary, window, batch = load("summary"), load("window"), load("batch")

local teardown = Proto("teardown", "TCP Teardown")
header.init(ip)
reason.init(facts, words)
ip.reasons(reason)
causes.init(facts)
connection.grown = collector.adapt
connection.init(facts, words, ip, load("expiry"), causes)
batch.init(ip, connection)
function clock.pause(before, after)
  batch.decide()
  causes.pause(before, after)
end
story.init(words)
summary.init(words, facts, connection)
window.init(words, summary)
prefs.init(teardown)
teardown.experts = alert.init(words, story, connection)
teardown.fields = show.init(words, facts, connection, story, alert)

local TCP, QUOTE, MORE = ip.TCP, ip.QUOTE, ip.MORE
local tick, take, quote, display = clock.frame, connection.take, connection.quote, show.show
local waits, add, read = ip.waits, batch.add, header.read
local alarm, tell = alert.at, alert.tellAt
local HEAD = ip.HEAD -- bytes that hold the headers of nearly all packets

local raw, length, referenced -- methods of Wireshark: looking for them costs as much as calling them

-- decide takes a frame on the first pass.
local function decide(tvb, pinfo, number)
  local now = tick(pinfo, number)
  if not raw then
    raw, length = tvb.raw, tvb.len
  end
  local cap = length(tvb)
  if cap == 0 then
    return add(number, now, false, 0)
  end
  local head = raw(tvb, 0, cap < HEAD and cap or HEAD)
  local stop = waits(head)
  if stop and stop <= cap then
    return add(number, now, head, cap)
  end
  local wire = pinfo.len
  if wire < cap then
    wire = cap
  end
  if stop then
    return batch.addCut(number, now, head, cap, wire)
  end
  local found = read(head, cap, wire, pinfo)
  if found == MORE then
    head = raw(tvb, 0, cap)
    found = read(head, cap, wire, pinfo)
  end
  if found ~= TCP and found ~= QUOTE then
    return add(number, now, false, 0)
  end
  if batch.decide() then -- other packets have been read
    read(head, cap, wire, pinfo)
  end
  if found == TCP then
    take(number, now)
  else
    quote(number, now, ip.quoted)
  end
end

local handle
local latest = 0 -- frame that came last for the first time
local constant = not gui_enabled() -- tshark wants fields from all frames of the first pass or from none
local wanted -- whether it does; nil: not known yet

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
  local asked
  if first and constant then
    if wanted == nil then
      wanted = referenced(tree, handle)
    end
    asked = wanted
  else
    asked = referenced(tree, handle)
  end
  if asked then
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
  latest, wanted = 0, nil
  collector.adapt()
  prefs.apply(connection, show)
  clock.reset()
  batch.reset()
  connection.reset()
  alert.reset()
end

register_postdissector(teardown)
