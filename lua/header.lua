-- Reads the headers of a frame: from its first byte to the TCP header of the innermost packet,
-- or to the one that an ICMP error quotes. What it says is what package capture says.
--
-- One call takes the bytes out of Wireshark, as a Lua string. Extractors of fields would do
-- the walk for us, but every one of them costs microseconds per packet, and the first makes
-- Wireshark build a tree for frames that nobody looks at.
--
-- Offsets count from 0, as in the specifications; string.byte wants them plus 1.
local byte, sub, find, floor = string.byte, string.sub, string.find, math.floor
local M = {}

-- What read returns: a TCP segment, the quote of one, or read again with the whole frame. The
-- functions below also return nil where something else follows, which may be a tunnel, and
-- false where the frame is understood and holds neither.
M.TCP, M.QUOTE, M.MORE = 1, 2, 3

-- The packet that read has found: record Segment of the rules, without From, Time and Frame.
M.segment = nil
-- Source and destination address, source and destination port as on the wire.
M.key = nil
-- The length of the payload is known. Wireshark numbers streams by such packets only.
M.analysed = false
-- Of a quoted header: sequence number, acknowledgment number and flags; flags is nil if cut.
M.quoted = { key = "", seq = 0, ack = 0, flags = nil, fromPeer = false }

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

local TCP_TYPE = 2 -- port_type of Wireshark
local HOP_BY_HOP, ROUTING, FRAGMENT, AH, NONE, DESTINATION = 0, 43, 44, 51, 59, 60
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
    if kind <= 1 then -- end of list, which tshark and we step over, or NOP
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

-- tcp reads a TCP header at t. It ends at cap at the latest in what was captured, and at stop
-- by the IP header. first says that it is in the first of several fragments.
local function tcp(s, t, cap, stop, first)
  if cap - t < 14 then
    return false
  end
  local _, _, _, _, s1, s2, s3, s4, a1, a2, a3, a4, offset, flags, w1, w2 = byte(s, t + 1, t + 16)
  local header = floor(offset / 16) * 4
  if header < 20 then
    return false
  end
  local S = M.segment
  S.Seq = ((s1 * 256 + s2) * 256 + s3) * 256 + s4
  S.Ack = ((a1 * 256 + a2) * 256 + a3) * 256 + a4
  S.Fin = flags % 2 == 1
  S.Syn = flags % 4 >= 2
  S.Rst = flags % 8 >= 4
  S.HasAck = flags % 32 >= 16
  S.Flags = offset % 16 * 256 + flags
  S.Window = cap - t >= 16 and w1 * 256 + w2 or 0
  S.HasOptions = header > 20
  S.HasTs = false
  S.TsVal = 0
  S.TsEcr = 0
  S.Mss = 0
  S.Scale = -1
  S.Length = 0
  M.analysed = false
  if cap - t >= 20 then
    local stopHeader = t + header
    if header > 20 then
      options(s, t + 20, stopHeader < cap and stopHeader or cap)
    end
    if not first and stopHeader <= stop then
      S.Length = stop - stopHeader
      M.analysed = true
    end
  end
  return M.TCP
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
  local kind = byte(s, i + 1)
  if six and kind >= 1 and kind <= 4 or not six and (kind >= 3 and kind <= 5 or kind == 11 or kind == 12) then
    return quote(s, i + 8, cap, outer)
  end
  return false
end

-- ip4 reads an IPv4 packet (RFC 791) at i. cap is where the captured bytes end, wire where the
-- frame did.
local function ip4(s, i, cap, wire)
  if cap - i < 20 then
    return false
  end
  local first, tos, l1, l2, d1, d2, f1, f2, ttl, proto = byte(s, i + 1, i + 10)
  local hlen, total = first % 16 * 4, l1 * 256 + l2
  if first < 64 or first >= 80 or hlen < 20 or total < hlen and total ~= 0 or f1 % 32 * 256 + f2 ~= 0 then
    return false
  end
  if proto ~= TCP and proto ~= ICMP and proto ~= ICMP6 then
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
  if t + 60 > #s and #s < cap or proto ~= TCP and #s < cap then
    return M.MORE
  end
  if proto ~= TCP then
    return icmp(s, t, cap, proto == ICMP6, sub(s, i + 13, i + 16))
  end
  local S = M.segment
  S.Ttl = ttl
  S.Tos = tos
  S.IpId = d1 * 256 + d2
  S.FlowLabel = 0
  if hlen == 20 then
    M.key = sub(s, i + 13, i + 24)
  else
    M.key = sub(s, i + 13, i + 20) .. sub(s, t + 1, t + 4)
  end
  return tcp(s, t, cap, stop, f1 % 64 >= 32)
end

-- ip6 reads an IPv6 packet (RFC 8200) at i.
local function ip6(s, i, cap, wire)
  if cap - i < 40 then
    return false
  end
  local a, b, c, d, l1, l2, proto, ttl = byte(s, i + 1, i + 8)
  if a < 96 or a >= 112 then
    return false
  end
  local length = l1 * 256 + l2
  local stop = wire
  if length > 0 and i + 40 + length < wire then
    stop = i + 40 + length
  end
  if cap > stop then
    cap = stop
  end
  local t, first = i + 40, false
  for _ = 1, 64 do
    if proto == TCP then
      if t + 60 > #s and #s < cap then
        return M.MORE
      end
      local S = M.segment
      S.Ttl = ttl
      S.Tos = a % 16 * 16 + floor(b / 16)
      S.IpId = 0
      S.FlowLabel = (b % 16 * 256 + c) * 256 + d
      M.key = sub(s, i + 9, i + 40) .. sub(s, t + 1, t + 4)
      return tcp(s, t, cap, stop, first)
    end
    if proto ~= HOP_BY_HOP and proto ~= ROUTING and proto ~= DESTINATION and proto ~= FRAGMENT and proto ~= ICMP6 and
      proto ~= ICMP and proto ~= AH and proto ~= MOBILITY and proto ~= HIP and proto ~= SHIM6 then
      return nil
    end
    if #s < cap then
      return M.MORE
    end
    if proto == ICMP6 or proto == ICMP then
      return icmp(s, t, cap, proto == ICMP6, sub(s, i + 9, i + 24))
    end
    if cap - t < 2 or proto == FRAGMENT and cap - t < 8 then
      return false
    end
    local size = 8
    if proto == FRAGMENT then
      local x, y = byte(s, t + 3, t + 4)
      first = y % 2 == 1
      if x * 256 + y >= 8 then
        return false
      end
    elseif proto == AH then
      size = 8 + 4 * byte(s, t + 2)
    else
      size = 8 + 8 * byte(s, t + 2)
    end
    proto, t = byte(s, t + 1), t + size
    if cap < t then
      return false
    end
  end
  return false
end

local IPV4, IPV6, VLAN, PROVIDER, QINQ = 0x0800, 0x86dd, 0x8100, 0x88a8, 0x9100

-- typed follows a field that is an EtherType or a length (IEEE 802.3 3.2.6); i is behind it.
-- nil: it leads to something else than IP.
local function typed(s, kind, i, cap, wire)
  for _ = 1, 16 do
    if kind == IPV4 then
      return ip4(s, i, cap, wire)
    elseif kind == IPV6 then
      return ip6(s, i, cap, wire)
    elseif kind == VLAN or kind == PROVIDER or kind == QINQ then
      if #s < i + 4 then
        return false
      end
      local a, b = byte(s, i + 3, i + 4)
      kind, i = a * 256 + b, i + 4
    elseif kind <= 1500 then -- LLC (IEEE 802.2)
      if wire > i + kind then
        wire = i + kind
      end
      if cap > wire then
        cap = wire
      end
      if cap - i < 8 or #s < i + 8 then
        return nil
      end
      local a, b, c, o1, o2, o3, k1, k2 = byte(s, i + 1, i + 8)
      if a - a % 2 == 0xaa and b - b % 2 == 0xaa and c == 3 and o1 == 0 and o2 == 0 and (o3 == 0 or o3 == 0xf8) then
        kind, i = k1 * 256 + k2, i + 8
        if kind <= 1500 then
          return nil
        end
      elseif a == 6 and c == 3 then
        return ip4(s, i + 3, cap, wire)
      else
        return nil
      end
    else
      return nil
    end
  end
  return nil
end

-- version returns 4 or 6 where an IP header may begin at i.
local function version(s, i)
  local v = byte(s, i + 1)
  if v and v >= 0x45 and v <= 0x4f then
    return 4
  elseif v and v >= 0x60 and v <= 0x6f then
    return 6
  end
  return nil
end

local function ip(s, i, cap, wire)
  if version(s, i) == 4 then
    return ip4(s, i, cap, wire)
  end
  return ip6(s, i, cap, wire)
end

-- unlike reads a frame without Ethernet header. Lua is not told the link type, so it goes by
-- the form: raw IP, BSD loopback, Linux cooked (LINKTYPE_ values 101, 0 and 108, 113, 276).
local function unlike(s, cap, wire)
  if version(s, 0) then
    return ip(s, 0, cap, wire)
  end
  local a, b, c, d = byte(s, 1, 4)
  if not d then
    return nil
  end
  if version(s, 4) and (a == 0 and b == 0 and c == 0 or b == 0 and c == 0 and d == 0) then
    return ip(s, 4, cap, wire)
  end
  local k1, k2 = byte(s, 15, 16)
  if a == 0 and b <= 7 and k2 and version(s, 16) then
    return typed(s, k1 * 256 + k2, 16, cap, wire)
  end
  if c == 0 and d == 0 and version(s, 20) then
    return typed(s, a * 256 + b, 20, cap, wire)
  end
  return nil
end

-- search looks for the TCP header with the ports that Wireshark has found, in a frame that is
-- none of the above: behind a tunnel or a link header that this file does not know.
local function search(s, cap, wire, source, destination)
  local ports = string.char(floor(source / 256), source % 256, floor(destination / 256), destination % 256)
  local at = find(s, ports, 1, true)
  while at do
    local t = at - 1
    for hlen = 20, 60, 4 do
      local i = t - hlen
      if i < 0 then
        break
      end
      local a, _, l1, l2, _, _, _, _, _, proto = byte(s, i + 1, i + 10)
      if a == 64 + hlen / 4 and proto == TCP and l1 * 256 + l2 <= wire - i then
        local q = i - 28 -- an ICMP error quotes it
        if q >= 0 and byte(s, q + 1) == 0x45 and byte(s, q + 10) == ICMP then
          return false
        end
        return ip4(s, i, cap, wire)
      end
    end
    local i = t - 40
    if i >= 0 and byte(s, i + 7) == TCP and version(s, i) == 6 then
      local q = i - 48
      if q >= 0 and version(s, q) == 6 and byte(s, q + 7) == ICMP6 then
        return false
      end
      return ip6(s, i, cap, wire)
    end
    at = find(s, ports, at + 1, true)
  end
  return false
end

-- agrees reports whether Wireshark has found the ports of the key, too.
local function agrees(pinfo)
  local source, destination = M.ports(M.key)
  return pinfo.src_port == source and pinfo.dst_port == destination
end

-- read finds the packet in the first bytes s of a frame of which cap bytes were captured and
-- which was wire bytes long. It returns TCP, QUOTE, MORE, or something false for neither.
function M.read(s, cap, wire, pinfo)
  local found
  local k1, k2 = byte(s, 13, 14)
  if k2 then
    found = typed(s, k1 * 256 + k2, 14, cap, wire)
    if found ~= nil and not (version(s, 0) and (found ~= M.TCP or not agrees(pinfo))) then
      return found
    end
  end
  if found == nil or version(s, 0) then
    local other = unlike(s, cap, wire)
    if other and (other ~= M.TCP or agrees(pinfo)) then
      return other
    end
  end
  if pinfo.port_type ~= TCP_TYPE then
    return false
  end
  if #s < cap then
    return M.MORE
  end
  return search(s, cap, wire, pinfo.src_port, pinfo.dst_port)
end

return M
