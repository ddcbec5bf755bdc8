-- The sentences of the packet details. All of them are made of the vocabulary's meanings.
local M = {}

local words, meanings, titles

-- told caches what make(number) returns for the words of a list.
local function told(make)
  return setmetatable({}, { __index = function(t, n)
    local text = make(n)
    t[n] = text
    return text
  end })
end

-- says is the word and what it means. Evidence is told by sentences, whose names matter less.
local function says(list)
  if list == "evidence" then
    return function(n) return meanings[list][n] .. " (" .. words[list][n] .. ")" end
  end
  return function(n) return words[list][n] .. " – " .. meanings[list][n] end
end

-- init takes the generated words. It fills
--
--   label[column][number]   what stands in the line of a column that holds this word
--   says[list][number]      the word and what it means
function M.init(w)
  words, meanings, titles = w.words, w.meanings, {}
  M.says, M.label, M.flag = {}, {}, {}
  for list in pairs(words) do
    M.says[list] = told(says(list))
  end
  for _, f in ipairs(w.fields) do
    local title, list = f.column:gsub("_", " "), M.says[f.words]
    titles[f.column] = title
    if list then
      M.label[f.column] = told(function(n) return title .. ": " .. list[n] end)
    elseif f.type == "Bool" then
      M.flag[f.column] = title .. ": True – " .. f.meaning
    end
  end
end

-- title is the name of a column for people.
function M.title(column) return titles[column] end

-- ends names the two ends of the connection that a packet belongs to, the originator first.
function M.ends(pinfo, fromResponder)
  local a, b = tostring(pinfo.src), tostring(pinfo.dst)
  if a:find(":", 1, true) then
    a, b = "[" .. a .. "]", "[" .. b .. "]"
  end
  a, b = a .. ":" .. pinfo.src_port, b .. ":" .. pinfo.dst_port
  if fromResponder then
    a, b = b, a
  end
  return a, b
end

-- packet says what a packet does; of an RST, which of the different resets it is.
function M.packet(p, kind)
  local form = p.RstForm
  if not words.rst_form[form] then
    return M.says.segment_kind[kind]
  end
  local text = words.segment_kind[kind] .. " " .. M.says.rst_form[form]
  if p.Offender then
    text = text .. "; it answers frame " .. p.Offender
  end
  return text
end

-- headline is all in one line: the packet, and what became of its connection where that is known.
function M.headline(p, kind, e)
  local text = words.segment_kind[kind] .. ", connection " .. (e and words.teardown[e.Teardown] or words.conn_phase[p.Phase])
  if e and e.Cause and e.Cause ~= 0 then
    text = text .. ", " .. words.cause[e.Cause] .. " " .. e.CauseConfidence .. " %"
  end
  return text
end

-- ending says how a connection ended and in which frame that was decided.
function M.ending(e)
  local text = M.says.teardown[e.Teardown]
  if e.Frame then
    text = text .. "; frame " .. e.Frame .. " decided"
  end
  return text
end

-- cause says why, and how sure that is.
function M.cause(e)
  local text = M.says.cause[e.Cause]
  if e.CauseConfidence then
    text = text .. "; confidence " .. e.CauseConfidence .. " %"
  end
  return text
end

return M
