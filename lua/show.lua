-- The fields of the protocol and what the packet details show, top down: this packet, its
-- connection, how that ended, why.
local M = { sentences = true }

local words, facts, connection, classes, story, alert
local field = {} -- ProtoField by column
local list = {} -- words by column
local frameField
local parts -- ProtoField of each part of the story
local packet, ended = {}, {} -- what connection.lua fills

-- Columns that are frame numbers: a click in Wireshark follows them.
local frames = { rst_offender_frame = true, teardown_frame = true, first_rst_frame = true, first_rst_offender_frame = true }

local function newField(f)
  local name, title = "teardown." .. f.field, story.title(f.column)
  if frames[f.column] then
    return ProtoField.framenum(name, title, base.NONE, frametype.NONE, 0, f.meaning)
  elseif f.type == "Bool" then
    return ProtoField.bool(name, title, base.NONE, nil, 0, f.meaning)
  elseif f.type == "Int64" then
    return ProtoField.uint32(name, title, base.DEC, nil, 0, f.meaning)
  elseif f.type == "Int32" or f.type == "Int16" then
    return ProtoField.int32(name, title, base.DEC, nil, 0, f.meaning)
  end
  return ProtoField.string(name, title, base.UNICODE, f.meaning)
end

-- init makes the fields and returns them for the protocol.
function M.init(w, f, c, s, a)
  words, facts, connection, classes, story, alert = w.words, f, c, w.classes, s, a
  local all = {}
  for _, f in ipairs(w.fields) do
    field[f.column] = newField(f)
    list[f.column] = words[f.words]
    all[#all + 1] = field[f.column]
  end
  frameField = ProtoField.framenum("teardown.conn_first_frame", "conn first frame", base.NONE, frametype.NONE, 0,
    "frame of the first packet of the connection")
  all[#all + 1] = frameField
  parts = {}
  for _, p in ipairs { { "packet", "This packet" }, { "connection", "This connection" }, { "end", "How it ended" }, { "why", "Why" } } do
    parts[p[1]] = ProtoField.string("teardown.story." .. p[1], p[2], base.UNICODE, "in a sentence; only in packet details")
    all[#all + 1] = parts[p[1]]
  end
  return all
end

-- What is added to trees goes through these. Sentences are for trees that somebody looks at.
local sentences

-- word adds a column that holds a word; 0 and nil are null.
local function word(tree, column, n)
  local w = list[column][n]
  if not w then
    return
  elseif sentences then
    tree:add(field[column], w, story.label[column][n])
  else
    tree:add(field[column], w)
  end
end

-- all adds a column that holds a list of words.
local function all(tree, column, numbers)
  for i = 1, numbers and #numbers or 0 do
    word(tree, column, numbers[i])
  end
end

-- value adds a column that holds a number or text.
local function value(tree, column, v)
  if v ~= nil then
    return tree:add(field[column], v)
  end
end

local function flag(tree, column, v)
  if v and sentences then
    tree:add(field[column], v, story.flag[column])
  elseif v ~= nil then
    tree:add(field[column], v)
  end
end

-- part begins a part of the story; without sentences there is only one.
local function part(tree, name, text)
  if sentences then
    return tree:add(parts[name], text)
  end
  return tree
end

local function thisPacket(tree, kind)
  local p = packet
  word(tree, "segment_kind", kind)
  word(tree, "rule", p.Rule)
  word(tree, "direction", p.From + 1)
  word(tree, "conn_phase", p.Phase)
  word(tree, "rst_form", p.RstForm)
  word(tree, "rst_role", p.RstRole)
  value(tree, "rst_offender_frame", p.Offender)
end

local function thisConnection(tree, final)
  tree:add(frameField, packet.FirstFrame)
  if final then
    local e = ended
    word(tree, "pickup", e.Pickup)
    word(tree, "direction_basis", e.Basis)
    value(tree, "late_packets", e.Late)
  end
end

-- firstRst adds what is known of the first effective RST.
local function firstRst(tree)
  local e = ended
  word(tree, "first_rst_effect", e.Effect)
  if not e.RstFrame then
    return
  end
  value(tree, "first_rst_frame", e.RstFrame)
  word(tree, "first_rst_form", e.RstForm)
  word(tree, "first_rst_role", e.RstRole)
  value(tree, "first_rst_offender_frame", e.RstOffender)
  value(tree, "first_rst_window", e.RstWindow)
  value(tree, "first_rst_payload_text", e.RstText)
end

local function howItEnded(tree)
  local e = ended
  word(tree, "teardown", e.Teardown)
  word(tree, "teardown_class", classes.teardown[e.Teardown])
  word(tree, "teardown_side", e.Side)
  word(tree, "fin_variant", e.FinVariant)
  value(tree, "teardown_frame", e.Frame)
  word(tree, "teardown_rule", e.Rule)
  firstRst(tree)
  flag(tree, "rst_ignored", e.Ignored)
  flag(tree, "stalled", e.Stalled)
  flag(tree, "keepalive_race", e.Race)
end

local function why(tree)
  local e = ended
  word(tree, "cause", e.Cause)
  word(tree, "cause_class", classes.cause[e.Cause])
  value(tree, "cause_confidence", e.CauseConfidence)
  word(tree, "cause_tier", e.CauseTier)
  word(tree, "cause_rule", e.CauseRule)
  all(tree, "cause_evidence", e.CauseEvidence)
  all(tree, "cause_alternatives", e.CauseAlternatives)
  value(tree, "reason_code", e.ReasonCode)
  word(tree, "rst_origin", e.RstOrigin)
  value(tree, "origin_score", e.OriginScore)
  word(tree, "middlebox_mode", e.MiddleboxMode)
end

-- show adds to the tree what is known of a frame. The columns of its connection are final, and
-- shown, once all frames have been seen. latest is how many there have been.
function M.show(tree, proto, pinfo, final, latest)
  local frame = pinfo.number
  if not connection.verdict(frame, packet) then
    if final and alert.at(frame, latest) then -- an ICMP error
      alert.tell(tree:add(proto), frame)
    end
    return
  end
  sentences = M.sentences and tree.visible
  local p, e = packet, ended
  local kind = facts.SegmentKindWord(p.Rule)
  local says = story.says
  local item = tree:add(proto)
  item:set_generated()
  if final then
    connection.ending(p.Connection, e)
  end
  if sentences then
    item:append_text(": " .. words.segment_kind[kind] .. ", connection " .. (final and words.teardown[e.Teardown] or words.conn_phase[p.Phase]))
  end
  thisPacket(part(item, "packet", says.segment_kind[kind]), kind)
  local who
  if sentences then
    local orig, resp = story.ends(pinfo, p.From == 1)
    who = "client " .. orig .. " → server " .. resp
  end
  thisConnection(part(item, "connection", who), final)
  if not final then
    part(item, "end", "not known before all packets have been read")
    return
  end
  howItEnded(part(item, "end", sentences and story.ending(e)))
  if e.Cause and e.Cause ~= 0 then
    why(part(item, "why", sentences and story.cause(e)))
  end
  if alert.at(frame, latest) then
    alert.tell(item, frame)
  end
end

return M
