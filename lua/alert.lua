-- Expert information: connections that did not end well, once each, on the packet that decided.
local M = {}

local number, classes, story, connection
local kinds = {} -- ProtoExpert by kind
local byClass -- kind by number of a class of endings
local marks, seen = {}, 0 -- number of the connection by frame that decided; frames when they were made
local live = gui_enabled() -- more frames may come
local pending, since, took = 0, 0, 0 -- frames there were, since when (s); CPU seconds to make marks
local ended = {}

-- init takes the words, the sentences and the connections, and returns the kinds for the protocol.
function M.init(w, s, c)
  number, classes, story, connection = w.number, w.classes, s, c
  local group, severity = expert.group, expert.severity
  local function kind(name, text, g, s)
    kinds[name] = ProtoExpert.new("teardown.expert." .. name, text, g, s)
    return kinds[name]
  end
  local all = {
    kind("refused", "Connection refused", group.SEQUENCE, severity.WARN),
    kind("failed", "Handshake failed", group.SEQUENCE, severity.WARN),
    kind("reset", "Connection aborted", group.SEQUENCE, severity.WARN),
    kind("timeout", "Connection timed out", group.SEQUENCE, severity.WARN),
    kind("stalled", "Connection stalled while half-closed", group.SEQUENCE, severity.NOTE),
    kind("suspicious", "Connection ended by a third party", group.SECURITY, severity.ERROR),
  }
  local c = number.teardown_class
  byClass = { [c.refused] = "refused", [c.handshake_failed] = "failed", [c.reset] = "reset", [c.timeout] = "timeout" }
  return all
end

-- reset forgets everything: another capture begins.
function M.reset() marks, seen = {}, 0 end

-- kindOf returns what is wrong with an ending, or nil.
local function kindOf(e)
  if e.RstOrigin == number.rst_origin.third_party and e.RstFrame then
    return "suspicious"
  end
  return byClass[classes.teardown[e.Teardown]] or e.Stalled and "stalled" or nil
end

-- frameOf is the frame that says so.
local function frameOf(e) return e.Frame or e.RstFrame end

-- tell adds the expert information about an ending to a tree, if this frame decided it and it is
-- worth telling.
function M.tell(tree, e, frame)
  local kind = frame == frameOf(e) and kindOf(e)
  if kind then
    local text = story.says.teardown[e.Teardown] -- the same for all that ended so: Wireshark counts them
    if e.Cause and e.Cause ~= 0 then
      text = text .. "; cause: " .. story.says.cause[e.Cause]
    end
    tree:add_proto_expert_info(kinds[kind], text)
  end
end

-- read looks at all connections again.
local function read(latest)
  local began = os.clock()
  marks, seen = {}, latest
  for n = 1, connection.connections() do
    connection.ending(n, ended)
    local frame = kindOf(ended) and frameOf(ended)
    if frame then
      marks[frame] = n
    end
  end
  took = os.clock() - began
end

-- still reports whether no frames come at the moment: in a live capture, reading everything again
-- for every few frames would take too long.
local function still(latest)
  if not live then
    return true
  elseif pending ~= latest then
    pending, since = latest, os.time()
    return false
  end
  return os.time() - since >= 2 + 20 * took
end

-- at reports whether this frame decided how a connection ended, and that is worth telling. It is
-- for frames whose connection is not at hand. latest is how many frames there have been.
function M.at(frame, latest)
  if seen ~= latest and still(latest) then
    read(latest)
  end
  return marks[frame] ~= nil
end

-- tellAt adds the expert information that a frame is worth to a tree.
function M.tellAt(tree, frame)
  connection.ending(marks[frame], ended)
  M.tell(tree, ended, frame)
end

return M
