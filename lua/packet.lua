-- Reads an IP packet: the TCP header in it, or the one that an ICMP error in it quotes. What it
-- says is what package capture says.
--
-- Offsets count from 0, as in the specifications; string.byte wants them plus 1.
local byte, sub, floor = string.byte, string.sub, math.floor
local M = {}

-- What ip4 and ip6 return: a TCP segment, the quote of one, or that they need the whole frame.
-- They return nil where something else follows, which may be a tunnel, and false where the
-- packet is understood and holds neither.
M.TCP, M.QUOTE, M.MORE = 1, 2, 3

-- The segment: record Segment of the rules, without From, Time and Frame.
M.segment = nil
-- So many bytes of a frame that may wait (batch.lua) are always enough: tags of a VLAN and a provider, headers with as
-- many options as there can be, and as much of the payload as M.text may have.
M.HEAD = 14 + 2 * 4 + 40 + 60 + 64
-- Source and destination address, source and destination port as on the wire.
M.key = nil
-- The length of the payload is known. Wireshark numbers streams by such packets only.
M.analysed = false
-- The payload of an RST, where it is printable ASCII; nil otherwise. Only its first 64 bytes count.
M.text = nil
-- Of a quoted header: sequence number, acknowledgment number and flags; flags is nil if cut.
-- What the error is: six for ICMPv6, type and code.
M.quoted = { key = "", seq = 0, ack = 0, flags = nil, fromPeer = false, six = false, type = 0, code = 0 }

-- init gives the record to fill.
function M.init(segment) M.segment = segment end

-- reverse returns the key of the opposite direction.
function M.reverse(key)
  if #key == 12 then
    return sub(key, 5, 8) .. sub(key, 1, 4) .. sub(key, 11, 12) .. sub(key, 9, 10)
  end
  return sub(key, 17, 32) .. sub(key, 1, 16) .. sub(key, 35, 36) .. sub(key, 33, 34)
end

-- ports returns source and destination port of a key.
function M.ports(key)
  local a, b, c, d = byte(key, -4, -1)
  return a * 256 + b, c * 256 + d
end

-- ends returns source and destination of a key of IPv4 as numbers, address before port, and nil for one of IPv6.
function M.ends(key)
  if #key ~= 12 then
    return nil
  end
  local a1, a2, a3, a4, b1, b2, b3, b4, p1, p2, q1, q2 = byte(key, 1, 12)
  return ((((a1 * 256 + a2) * 256 + a3) * 256 + a4) * 256 + p1) * 256 + p2, ((((b1 * 256 + b2) * 256 + b3) * 256 + b4) * 256 + q1) * 256 + q2
end

local HOP_BY_HOP, ROUTING, FRAGMENT, AH, DESTINATION = 0, 43, 44, 51, 60
local MOBILITY, HIP, SHIM6 = 135, 139, 140
local ICMP, TCP, ICMP6 = 1, 6, 58

-- options reads the values of the options between from and to (RFC 9293 3.2).
local function options(s, from, to)
  local S = M.segment
  if to - from == 12 then
    local a, b, c, d, v1, v2, v3, v4, e1, e2, e3, e4 = byte(s, from + 1, to)
    if a == 1 and b == 1 and c == 8 and d == 10 then -- NOP, NOP, timestamps: most segments
      S.HasTs = true
      S.TsVal = ((v1 * 256 + v2) * 256 + v3) * 256 + v4
      S.TsEcr = ((e1 * 256 + e2) * 256 + e3) * 256 + e4
      return
    end
  end
  while from < to do
    local kind, n = byte(s, from + 1, from + 2)
    if kind <= 1 then -- end of list, where only more of them may follow, or NOP
      if kind == 0 and from + 1 < to and n ~= 0 then
        return
      end
      n = 1
    elseif from + 1 >= to or n < 2 or from + n > to then
      return
    elseif kind == 2 and n == 4 then
      local a, b = byte(s, from + 3, from + 4)
      S.Mss = a * 256 + b
    elseif kind == 3 and n == 3 then
      S.Scale = byte(s, from + 3)
      if S.Scale > 127 then
        S.Scale = 127
      end
    elseif kind == 8 and n == 10 then
      local v1, v2, v3, v4, e1, e2, e3, e4 = byte(s, from + 3, from + 10)
      S.HasTs = true
      S.TsVal = ((v1 * 256 + v2) * 256 + v3) * 256 + v4
      S.TsEcr = ((e1 * 256 + e2) * 256 + e3) * 256 + e4
    end
    from = from + n
  end
end

-- printable returns the payload between from and to as text. Zero bytes at the end do not count.
local function printable(s, from, to)
  local text = sub(s, from + 1, to):gsub("\0+$", "")
  if text ~= "" and not text:find("[^ -~]") then
    return text
  end
  return nil
end

local another = true -- the segment was not filled by fill
local reason -- the reader of reasons
local first_says, fifth_says -- its tables
local said = false -- the segment has ReasonKind or App

-- reasons gives the reader of reasons.
function M.reasons(r) reason, first_says, fifth_says = r, r.first, r.fifth end

-- reset reads what an RST says: its options begin at from, its payload at payload.
local function reset(s, from, payload, cap)
  local S = M.segment
  if S.Length > 0 and cap > payload then
    local to = cap < payload + 64 and cap or payload + 64
    if #s < to then
      return M.MORE
    end
    M.text = printable(s, payload, to)
  end
  if S.Length > 0 or S.HasOptions then
    reason.reset(S, s, from, payload, cap, M.text)
    said = true
  end
  return M.TCP
end

-- tcp reads a TCP header at t. It ends at cap at the latest in what was captured, and at stop
-- by the IP header. first says that it is in the first of several fragments.
local function tcp(s, t, cap, stop, first)
  if cap - t < 16 then
    return false
  end
  local _, _, _, _, s1, s2, s3, s4, a1, a2, a3, a4, offset, flags, w1, w2 = byte(s, t + 1, t + 16)
  local header = floor(offset / 16) * 4
  if header < 20 then
    return false
  end
  another = true
  local S = M.segment
  S.Seq = ((s1 * 256 + s2) * 256 + s3) * 256 + s4
  S.Ack = ((a1 * 256 + a2) * 256 + a3) * 256 + a4
  S.Fin = flags % 2 == 1
  S.Syn = flags % 4 >= 2
  S.Rst = flags % 8 >= 4
  S.HasAck = flags % 32 >= 16
  S.Flags = offset % 16 * 256 + flags
  S.Window = w1 * 256 + w2
  S.HasOptions = header > 20
  S.HasTs = false
  S.TsVal = 0
  S.TsEcr = 0
  S.Mss = 0
  S.Scale = -1
  S.Length = 0
  M.analysed = false
  local payload = t + header
  if header > 20 and cap > t + 20 then
    options(s, t + 20, payload < cap and payload or cap)
  end
  if not first and payload <= stop then
    S.Length = stop - payload
    M.analysed = true
  end
  M.text = nil
  if said then
    S.ReasonKind, S.Reason, S.App = 0, 0, 0
    said = false
  end
  if S.Rst then
    return reset(s, t + 20, payload, cap)
  elseif S.Length > 3 and cap > payload + 3 then
    if #s < payload + 16 and #s < cap then
      return M.MORE
    end
    local a, _, _, _, e = byte(s, payload + 1, payload + 5)
    if first_says[a] or fifth_says[e] then
      S.App = reason.app(s, payload, cap, S.Length)
      said = S.App ~= 0
    end
  end
  return M.TCP
end

local FIN_ACK = 17 -- flags

-- fill makes the segment what batch.lua has read of a packet of the form that most have: with ACK, without SYN and
-- RST, whose payload says nothing. TSecr means something in RSTs only.
function M.fill(key, seq, ack, length, flags, window, ttl, tos, id, label, hasTime, time)
  local S = M.segment
  if said then
    S.ReasonKind, S.Reason, S.App = 0, 0, 0
    said = false
  end
  if another then
    another = false
    S.Syn, S.Rst, S.HasAck = false, false, true
    S.Mss, S.Scale = 0, -1
    M.text = nil
    M.analysed = true
  end
  S.HasOptions = hasTime
  S.HasTs, S.TsVal, S.TsEcr = hasTime, time, 0
  S.Flags = flags
  S.Fin = flags == FIN_ACK
  S.Seq, S.Ack = seq, ack
  S.Window = window
  S.Length = length
  S.Ttl, S.Tos = ttl, tos
  S.IpId, S.FlowLabel = id, label
  M.key = key
end

-- quotedTransport reads the ports and what there is of a TCP header behind the addresses.
local function quotedTransport(s, t, cap, addresses, outer)
  if cap - t < 4 then
    return false
  end
  local q = M.quoted
  q.key = addresses .. sub(s, t + 1, t + 4)
  q.fromPeer = outer == sub(addresses, #addresses / 2 + 1)
  q.flags = nil
  if cap - t >= 20 then
    local s1, s2, s3, s4, a1, a2, a3, a4, offset, flags = byte(s, t + 5, t + 14)
    q.seq = ((s1 * 256 + s2) * 256 + s3) * 256 + s4
    q.ack = ((a1 * 256 + a2) * 256 + a3) * 256 + a4
    q.flags = offset % 16 * 256 + flags
  end
  return M.QUOTE
end

-- quote reads the packet that begins at i, quoted by an error from the address outer.
local function quote(s, i, cap, outer)
  local v = cap > i and floor(byte(s, i + 1) / 16)
  if v == 4 and cap - i >= 20 then
    local hlen = byte(s, i + 1) % 16 * 4
    local f1, f2, _, proto = byte(s, i + 7, i + 10)
    if proto ~= TCP or hlen < 20 or f1 % 32 * 256 + f2 ~= 0 then
      return false
    end
    return quotedTransport(s, i + hlen, cap, sub(s, i + 13, i + 20), outer)
  elseif v == 6 and cap - i >= 40 then
    local proto, t = byte(s, i + 7), i + 40
    for _ = 1, 64 do
      local size = 8
      if proto == TCP then
        return quotedTransport(s, t, cap, sub(s, i + 9, i + 40), outer)
      elseif proto == HOP_BY_HOP or proto == ROUTING or proto == DESTINATION or proto == MOBILITY or proto == HIP or proto == SHIM6 then
        size = cap - t >= 2 and 8 + 8 * byte(s, t + 2) or 8
      elseif proto == AH then
        size = cap - t >= 2 and 8 + 4 * byte(s, t + 2) or 8
      elseif proto ~= FRAGMENT or cap - t < 4 then
        return false
      else
        local a, b = byte(s, t + 3, t + 4)
        if a * 256 + b >= 8 then
          return false
        end
      end
      if cap - t < size then
        return false
      end
      proto, t = byte(s, t + 1), t + size
    end
  end
  return false
end

-- icmp looks for a quoted packet in ICMP (RFC 792) or ICMPv6 (RFC 4443) at i.
local function icmp(s, i, cap, six, outer)
  if cap - i <= 8 then
    return false
  end
  local kind, code = byte(s, i + 1, i + 2)
  local q = M.quoted
  q.six, q.type, q.code = six, kind, code
  if six and kind >= 1 and kind <= 4 or not six and (kind >= 3 and kind <= 5 or kind == 11 or kind == 12) then
    return quote(s, i + 8, cap, outer)
  end
  return false
end

-- extensions walks the extension headers (RFC 8200 4) from t on to the header of proto, and
-- reads that. addresses are those of the IP header.
local function extensions(s, proto, t, cap, stop, addresses)
  local first = false
  for _ = 1, 64 do
    if proto == TCP then
      M.key = addresses .. sub(s, t + 1, t + 4)
      return tcp(s, t, cap, stop, first)
    elseif proto == ICMP6 or proto == ICMP then
      return icmp(s, t, cap, proto == ICMP6, sub(addresses, 1, #addresses / 2))
    end
    local size = 8
    if cap - t < 2 or proto == FRAGMENT and cap - t < 8 then
      return false
    elseif proto == FRAGMENT then
      local x, y = byte(s, t + 3, t + 4)
      first = y % 2 == 1
      if x * 256 + y >= 8 then
        return false
      end
    elseif proto == AH then
      size = 8 + 4 * byte(s, t + 2)
    elseif proto == HOP_BY_HOP or proto == ROUTING or proto == DESTINATION or proto == MOBILITY or proto == HIP or proto == SHIM6 then
      size = 8 + 8 * byte(s, t + 2)
    else
      return nil
    end
    proto, t = byte(s, t + 1), t + size
    if cap < t then
      return false
    end
  end
  return false
end

-- ip4 reads an IPv4 packet (RFC 791) at i. cap is where the captured bytes end, wire where the
-- frame did.
function M.ip4(s, i, cap, wire)
  if cap - i < 20 then
    return false
  end
  local version, tos, l1, l2, d1, d2, f1, f2, ttl, proto = byte(s, i + 1, i + 10)
  local hlen, total = version % 16 * 4, l1 * 256 + l2
  if version < 64 or version >= 80 or hlen < 20 then
    return nil
  elseif total < hlen and total ~= 0 or f1 % 32 * 256 + f2 ~= 0 then
    return false
  end
  if proto ~= TCP and proto ~= ICMP and proto ~= ICMP6 and proto ~= AH then
    return nil
  end
  local stop = total == 0 and wire or i + total -- 0: segmentation offload
  if stop > wire then
    stop = wire
  end
  if cap > stop then
    cap = stop
  end
  local t = i + hlen
  if cap < t then
    return false
  end
  if #s < cap and (t + 60 > #s or proto ~= TCP) then
    return M.MORE
  end
  local S = M.segment
  S.Ttl = ttl
  S.Tos = tos
  S.IpId = d1 * 256 + d2
  S.FlowLabel = 0
  if proto ~= TCP then
    return extensions(s, proto, t, cap, stop, sub(s, i + 13, i + 20))
  elseif hlen == 20 then
    M.key = sub(s, i + 13, i + 24)
  else
    M.key = sub(s, i + 13, i + 20) .. sub(s, t + 1, t + 4)
  end
  return tcp(s, t, cap, stop, f1 % 64 >= 32)
end

-- ip6 reads an IPv6 packet (RFC 8200) at i.
function M.ip6(s, i, cap, wire)
  if cap - i < 40 then
    return false
  end
  local a, b, c, d, l1, l2, proto, ttl = byte(s, i + 1, i + 8)
  if a < 96 or a >= 112 then
    return nil
  end
  local length = l1 * 256 + l2
  local stop = wire
  if length > 0 and i + 40 + length < wire then
    stop = i + 40 + length
  end
  if cap > stop then
    cap = stop
  end
  if #s < cap and (i + 100 > #s or proto ~= TCP) then
    return M.MORE
  end
  local S = M.segment
  S.Ttl = ttl
  S.Tos = a % 16 * 16 + floor(b / 16)
  S.IpId = 0
  S.FlowLabel = (b % 16 * 256 + c) * 256 + d
  if proto == TCP then
    M.key = sub(s, i + 9, i + 44)
    return tcp(s, i + 40, cap, stop, false)
  end
  return extensions(s, proto, i + 40, cap, stop, sub(s, i + 9, i + 40))
end

return M
