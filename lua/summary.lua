-- Endings and causes counted, and the services that failed or were slow: the text of the window
-- under Tools and of what tshark prints at the end. A tap feeds it, packet by packet, while
-- somebody wants it.
local M = {}

local words, number, meanings, classes, facts, connection
local failed -- classes of endings in which a service failed its client
local packet, ended = {}, {}

local service = {} -- "address port" of the responder, by connection
local started, answered, rtt = {}, {}, {} -- by connection: time of the SYN; a SYN-ACK was seen; microseconds, or false

local MOST = 10 -- services in a list

-- init takes the words, the rules and the connections.
function M.init(w, f, c)
  words, number, meanings, classes, facts, connection = w.words, w.number, w.meanings, w.classes, f, c
  local class = number.teardown_class
  failed = { [class.refused] = true, [class.handshake_failed] = true, [class.timeout] = true, [class.reset] = true }
end

-- reset forgets what the tap has told.
function M.reset() service, started, answered, rtt = {}, {}, {}, {} end

-- handshake follows the handshake of the packet's connection, as column handshake_rtt_ns does:
-- from the first SYN to the packet of the originator that completes it.
local function handshake(p, time)
  local n, kind, phase = p.Connection, number.segment_kind, number.conn_phase
  local k = facts.SegmentKindWord(p.Rule)
  if p.From == 0 and (k == kind.syn or k == kind.tfo_data) then
    started[n] = started[n] or time
  elseif p.From == 1 and k == kind.syn_ack then
    answered[n] = true
  end
  if p.Phase > phase.syn_received then
    local complete = p.Phase <= phase.closing and p.From == 0 and answered[n] and started[n]
    rtt[n] = complete and math.floor((time - started[n]) * 1e6 + 0.5) or false
  end
end

-- packet takes a packet from a tap.
function M.packet(pinfo)
  local p = packet
  if not connection.verdict(pinfo.number, p) then
    return
  end
  local n = p.Connection
  if not service[n] then
    if p.From == 0 then
      service[n] = tostring(pinfo.dst) .. " " .. pinfo.dst_port
    else
      service[n] = tostring(pinfo.src) .. " " .. pinfo.src_port
    end
  end
  if rtt[n] == nil then
    handshake(p, pinfo.rel_ts)
  end
end

-- ranked returns the numbers that were counted, most frequent first, ties in the order of the list.
local function ranked(counts, length)
  local all = {}
  for n = 1, length do
    if counts[n] then
      all[#all + 1] = n
    end
  end
  table.sort(all, function(a, b) return counts[a] > counts[b] or counts[a] == counts[b] and a < b end)
  return all
end

-- thousands writes a number in groups of three digits.
local function thousands(n)
  local s = string.format("%d", n):reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (s:gsub("^,", ""))
end

-- columns writes rows of text one below the other. Columns of right are aligned to the right.
local function columns(out, rows, right)
  local width = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      width[i] = math.max(width[i] or 0, #cell)
    end
  end
  for _, row in ipairs(rows) do
    local line = {}
    for i, cell in ipairs(row) do
      local pad = row[i + 1] and not row[i + 1]:find("^\n") and (" "):rep(width[i] - #cell) or ""
      line[i] = right[i] and (" "):rep(width[i] - #cell) .. cell or cell .. pad
    end
    out[#out + 1] = "  " .. table.concat(line, "  ")
  end
end

-- counted writes the words of a list with their counts. The filter tells the word, too: narrow is
-- for windows, where long lines would be broken.
local function counted(out, title, list, field, counts, whole, narrow)
  local rows = {}
  for _, n in ipairs(ranked(counts, #words[list])) do
    local class = words[list .. "_class"][classes[list][n]]
    local show = string.format('%s == "%s"', field, words[list][n])
    local row = { thousands(counts[n]), string.format("%.1f %%", 100 * counts[n] / whole) }
    if narrow then
      row[3] = show
      row[4] = "\n      " .. class .. ": " .. meanings[list][n]
    else
      row[3], row[4], row[5], row[6] = words[list][n], class, show, meanings[list][n]
    end
    rows[#rows + 1] = row
  end
  if #rows > 0 then
    out[#out + 1] = ""
    out[#out + 1] = title .. ":"
    columns(out, rows, { true, true })
  end
end

-- collect counts all connections.
local function collect()
  local c = { whole = connection.connections(), teardown = {}, cause = {}, services = {} }
  local byName = {}
  local function add(list, n)
    if n and n ~= 0 then
      c[list][n] = (c[list][n] or 0) + 1
    end
  end
  for n = 1, c.whole do
    connection.ending(n, ended)
    add("teardown", ended.Teardown)
    add("cause", ended.Cause)
    local name = service[n]
    local s = name and byName[name]
    if name and not s then
      s = { name = name, all = 0, failed = 0, times = 0, sum = 0, most = 0 }
      byName[name] = s
      c.services[#c.services + 1] = s
    end
    if s then
      s.all = s.all + 1
      s.failed = s.failed + (failed[classes.teardown[ended.Teardown]] and 1 or 0)
      local t = rtt[n]
      if t then
        s.times, s.sum, s.most = s.times + 1, s.sum + t, math.max(s.most, t)
      end
    end
  end
  return c
end

-- filter is the display filter that shows a service.
local function filter(name)
  local address, port = name:match("^(%S+) (%d+)$")
  if address:find(":", 1, true) then
    return string.format("ipv6.addr == %s && tcp.port == %s", address, port)
  elseif address:find("^[%d.]+$") then
    return string.format("ip.addr == %s && tcp.port == %s", address, port)
  end
  return string.format('(ip.host == "%s" || ipv6.host == "%s") && tcp.port == %s', address, address, port) -- resolved
end

local function milliseconds(t) return string.format("%.3f", t / 1000) end

-- served writes the services that want says, in the order of before.
local function served(out, title, services, want, before, narrow)
  local chosen = {}
  for _, s in ipairs(services) do
    if want(s) then
      chosen[#chosen + 1] = s
    end
  end
  table.sort(chosen, function(a, b)
    if before(a) ~= before(b) then
      return before(a) > before(b)
    end
    return a.name < b.name
  end)
  local rows = { { "failed", "of", "RTT ms", "most", "service" } }
  for i = 1, math.min(MOST, #chosen) do
    local s = chosen[i]
    local address, port = s.name:match("^(%S+) (%d+)$")
    local row = { thousands(s.failed), thousands(s.all), "-", "-", filter(s.name) }
    if s.times > 0 then
      row[3], row[4] = milliseconds(s.sum / s.times), milliseconds(s.most)
    end
    if not narrow then
      row[5], row[6] = (address:find(":", 1, true) and "[" .. address .. "]" or address) .. ":" .. port, row[5]
    end
    rows[#rows + 1] = row
  end
  if #chosen > 0 then
    out[#out + 1] = ""
    out[#out + 1] = title .. ":"
    columns(out, rows, { true, true, true, true })
  end
end

local function hasFailed(s) return s.failed > 0 end
local function failures(s) return s.failed end
local function wasTimed(s) return s.times > 0 end
local function mean(s) return s.sum / s.times end

-- text is the whole summary.
function M.text(narrow)
  local c = collect()
  local out = { thousands(c.whole) .. (c.whole == 1 and " TCP connection" or " TCP connections") }
  counted(out, "how TCP connections ended", "teardown", "teardown.type", c.teardown, c.whole, narrow)
  counted(out, "probable causes", "cause", "teardown.cause", c.cause, c.whole, narrow)
  served(out, "services that failed most", c.services, hasFailed, failures, narrow)
  served(out, "services with the slowest handshakes", c.services, wasTimed, mean, narrow)
  return table.concat(out, "\n") .. "\n"
end

return M
