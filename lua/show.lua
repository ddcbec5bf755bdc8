-- The fields of the protocol and what the packet details show, top down: this packet, its
-- connection, how that ended, why.
local M = {}

local words, facts, connection, classes, story, alert
local field = {} -- ProtoField by column
local put = {} -- function that adds a column, by column
local frameField
local parts -- ProtoField of each part of the story
local packet, ended = {}, nil -- what connection.lua fills

-- How connections ended, for those that were shown last: a live one is asked of the rules each time.
local MOST = 4096
local known, ring, place, asOf = {}, {}, 0, 0 -- by number; in order of asking; last place; frames there had been

-- ending returns how a connection ended, as far as known after so many frames.
local function ending(number, latest)
  if asOf ~= latest then
    known, asOf = {}, latest
  end
  local e = known[number]
  if not e then
    place = place % MOST + 1
    e = ring[place]
    if not e then
      e = {}
      ring[place] = e
    elseif known[e.Number] == e then
      known[e.Number] = nil
    end
    e.Number, known[number] = number, e
    connection.ending(number, e)
  end
  return e
end

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

-- What is added to trees goes through these. Sentences are for trees that somebody looks at.
local shown, told, sentences = true, true, true

-- mode says whether to add to trees at all, and whether sentences. Another capture begins.
function M.mode(tree, story) shown, told, known = tree, story, {} end

local add -- TreeItem.add; finding it by name takes as long as calling it

-- column returns a function that adds a column to a tree: a word by its number, where 0 and nil
-- are null, or a value, where nil is.
local function column(f)
  local field, texts, labels = field[f.column], words[f.words], story.label[f.column]
  if texts then
    return function(tree, n)
      local text = texts[n]
      if not text then
        return
      elseif sentences then
        add(tree, field, text, labels[n])
      else
        add(tree, field, text)
      end
    end
  elseif f.type == "Bool" then
    local label = story.flag[f.column]
    return function(tree, v)
      if v and sentences then
        add(tree, field, v, label)
      elseif v ~= nil then
        add(tree, field, v)
      end
    end
  end
  return function(tree, v)
    if v ~= nil then
      add(tree, field, v)
    end
  end
end

-- init makes the fields and returns them for the protocol.
function M.init(w, f, c, s, a)
  words, facts, connection, classes, story, alert = w.words, f, c, w.classes, s, a
  local all = {}
  for _, f in ipairs(w.fields) do
    field[f.column] = newField(f)
    put[f.column] = column(f)
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

-- part begins a part of the story; without sentences there is only one.
local function part(tree, name, text)
  if sentences then
    return add(tree, parts[name], text)
  end
  return tree
end

-- each adds a list of words.
local function each(tree, put, numbers)
  for i = 1, numbers and #numbers or 0 do
    put(tree, numbers[i])
  end
end

local function thisPacket(tree, kind)
  local p = packet
  put.segment_kind(tree, kind)
  put.rule(tree, p.Rule)
  put.direction(tree, p.From + 1)
  put.conn_phase(tree, p.Phase)
  put.rst_form(tree, p.RstForm)
  put.rst_role(tree, p.RstRole)
  put.rst_offender_frame(tree, p.Offender)
end

local function thisConnection(tree, final)
  add(tree, frameField, packet.FirstFrame)
  if final then
    local e = ended
    put.pickup(tree, e.Pickup)
    put.direction_basis(tree, e.Basis)
    put.late_packets(tree, e.Late)
  end
end

-- firstRst adds what is known of the first effective RST.
local function firstRst(tree)
  local e = ended
  put.first_rst_effect(tree, e.Effect)
  if not e.RstFrame then
    return
  end
  put.first_rst_frame(tree, e.RstFrame)
  put.first_rst_form(tree, e.RstForm)
  put.first_rst_role(tree, e.RstRole)
  put.first_rst_offender_frame(tree, e.RstOffender)
  put.first_rst_window(tree, e.RstWindow)
  put.first_rst_payload_text(tree, e.RstText)
end

local function howItEnded(tree)
  local e = ended
  put.teardown(tree, e.Teardown)
  put.teardown_class(tree, classes.teardown[e.Teardown])
  put.teardown_side(tree, e.Side)
  put.fin_variant(tree, e.FinVariant)
  put.teardown_frame(tree, e.Frame)
  put.teardown_rule(tree, e.Rule)
  firstRst(tree)
  put.rst_ignored(tree, e.Ignored)
  put.stalled(tree, e.Stalled)
  put.keepalive_race(tree, e.Race)
end

-- why reads what connection.ending says of the cause: Cause, CauseRule, CauseTier, RstOrigin and
-- MiddleboxMode are numbers of words, CauseConfidence, OriginScore and ReasonCode values,
-- CauseAlternatives and CauseEvidence lists of numbers of words. Absent or 0 is null.
local function why(tree)
  local e = ended
  put.cause(tree, e.Cause)
  put.cause_confidence(tree, e.CauseConfidence)
  put.cause_tier(tree, e.CauseTier)
  each(tree, put.cause_evidence, e.CauseEvidence)
  each(tree, put.cause_alternatives, e.CauseAlternatives)
  put.cause_class(tree, classes.cause[e.Cause])
  put.cause_rule(tree, e.CauseRule)
  put.rst_origin(tree, e.RstOrigin)
  put.origin_score(tree, e.OriginScore)
  put.middlebox_mode(tree, e.MiddleboxMode)
  put.reason_code(tree, e.ReasonCode)
end

-- show adds to the tree what is known of a frame. The columns of its connection are final, and
-- shown, once all frames have been seen. latest is how many there have been.
function M.show(tree, proto, pinfo, frame, final, latest)
  if not shown then
    return
  elseif not connection.verdict(frame, packet) then
    if final and alert.at(frame, latest) then -- an ICMP error
      alert.tellAt(tree:add(proto), frame)
    end
    return
  end
  sentences = told and tree.visible
  local p = packet
  local e = final and ending(p.Connection, latest)
  ended = e
  local kind = facts.SegmentKindWord(p.Rule)
  add = add or tree.add
  local item = add(tree, proto)
  local orig, resp
  if sentences then
    orig, resp = story.ends(pinfo, p.From == 1)
    item:set_generated()
    item:append_text(": " .. story.headline(p, kind, e))
  end
  thisPacket(part(item, "packet", sentences and story.packet(p, kind)), kind)
  thisConnection(part(item, "connection", orig and "client " .. orig .. " → server " .. resp), final)
  if not final then
    part(item, "end", "not known before all packets have been read")
    return
  end
  howItEnded(part(item, "end", sentences and story.ending(e)))
  if e.Cause and e.Cause ~= 0 then
    why(part(item, "why", sentences and story.cause(e)))
  end
  alert.tell(item, e, frame)
end

return M
