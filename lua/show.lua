-- The fields of the protocol and what the packet details show.
local M = {}

local words, facts, connection
local field = {} -- ProtoField by column
local frameField
local classes
local packet, ended = {}, {} -- what connection.lua fills
local ordered = { packets = {}, connections = {} } -- columns in the order of the words file

-- Columns that are frame numbers: a click in Wireshark follows them.
local frames = { rst_offender_frame = true, teardown_frame = true, first_rst_frame = true, first_rst_offender_frame = true }

local function newField(f)
  local name, title = "teardown." .. f.field, f.column:gsub("_", " ")
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
function M.init(w, f, c)
  words, facts, connection, classes = w.words, f, c, w.classes
  local all = {}
  for _, f in ipairs(w.fields) do
    field[f.column] = newField(f)
    all[#all + 1] = field[f.column]
    table.insert(ordered[f.table], f.column)
  end
  frameField = ProtoField.framenum("teardown.conn_first_frame", "conn first frame", base.NONE, frametype.NONE, 0,
    "frame of the first packet of the connection")
  all[#all + 1] = frameField
  return all
end

-- packetValues puts the columns of the packet into v.
local function packetValues(v)
  local p = packet
  v.direction = words.direction[p.From + 1]
  v.conn_phase = words.conn_phase[p.Phase]
  v.segment_kind = words.segment_kind[facts.SegmentKindWord(p.Rule)]
  v.rule = words.segment_rule[p.Rule]
  v.rst_form = words.rst_form[p.RstForm]
  v.rst_role = words.rst_role[p.RstRole]
  v.rst_offender_frame = p.Offender
end

-- connectionValues puts the columns of the connection into v.
local function connectionValues(v)
  local e = ended
  v.pickup = words.pickup[e.Pickup]
  v.direction_basis = words.direction_basis[e.Basis]
  v.late_packets = e.Late
  v.teardown = words.teardown[e.Teardown]
  v.teardown_class = words.teardown_class[classes.teardown[e.Teardown]]
  v.teardown_side = words.teardown_side[e.Side]
  v.fin_variant = words.fin_variant[e.FinVariant]
  v.teardown_frame = e.Frame
  v.teardown_rule = words.teardown_rule[e.Rule]
  v.first_rst_effect = words.rst_effect[e.Effect]
  v.first_rst_frame = e.RstFrame
  if e.RstFrame then
    v.first_rst_form = words.rst_form[e.RstForm]
    v.first_rst_role = words.rst_role[e.RstRole]
    v.first_rst_window = e.RstWindow
    v.first_rst_offender_frame = e.RstOffender
    v.first_rst_payload_text = e.RstText
  else
    v.first_rst_form, v.first_rst_role, v.first_rst_window, v.first_rst_offender_frame = nil, nil, nil, nil
    v.first_rst_payload_text = nil
  end
  v.rst_ignored, v.stalled, v.keepalive_race = e.Ignored, e.Stalled, e.Race
end

local values = {}

local function addAll(tree, columns)
  for i = 1, #columns do
    local name = columns[i]
    local v = values[name]
    if v ~= nil then
      tree:add(field[name], v)
    end
  end
end

-- show adds to the tree what is known of a frame. The columns of its connection are final, and
-- shown, once all frames have been seen.
function M.show(tree, proto, frame, final)
  if not connection.verdict(frame, packet) then
    return
  end
  local v = values
  packetValues(v)
  local item = tree:add(proto, "Teardown: " .. v.segment_kind .. ", " .. v.conn_phase)
  item:set_generated()
  addAll(item, ordered.packets)
  if not final then
    item:add(frameField, packet.FirstFrame)
    return
  end
  connection.ending(packet.Connection, ended)
  connectionValues(v)
  local sub = item:add(proto, "Connection: " .. v.teardown)
  sub:add(frameField, packet.FirstFrame)
  addAll(sub, ordered.connections)
end

return M
