-- Finds the IP packet in a frame. One call takes the bytes out of Wireshark, as a Lua string.
-- Extractors of fields would do the walk for us, but every one of them costs microseconds per
-- packet, and the first makes Wireshark build a tree for frames that nobody looks at.
--
-- Ethernet and the link layers without tunnels are walked, as package capture does. Behind
-- anything else the TCP header is looked for that Wireshark has found: its ports, behind an IP
-- header that announces TCP.
--
-- Offsets count from 0, as in the specifications; string.byte wants them plus 1.
local byte, char, find, floor = string.byte, string.char, string.find, math.floor
local M = {}

local packet, ip4, ip6, TCP, MORE

-- init takes the reader of packets.
function M.init(p)
  packet, ip4, ip6, TCP, MORE = p, p.ip4, p.ip6, p.TCP, p.MORE
end

local TCP_TYPE = 2 -- port_type of Wireshark
local ICMP, ICMP6 = 1, 58
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

-- agrees reports whether Wireshark has found the ports of the key, too.
local function agrees(pinfo)
  local source, destination = packet.ports(packet.key)
  return pinfo.src_port == source and pinfo.dst_port == destination
end

-- holds does so for a frame whose first bytes may be those of an IP header, but which looks like TCP at t behind
-- Ethernet: Wireshark has found the ports there, and read finds the same. stop is where the IP packet ends.
function M.holds(s, t, stop, cap, pinfo)
  if cap < t + 20 or stop < t + 20 then
    return false
  end
  local a, b, c, d = byte(s, t + 1, t + 4)
  return byte(s, t + 13) >= 80 and pinfo.src_port == a * 256 + b and pinfo.dst_port == c * 256 + d
end

-- try reads the IP packet at i and reports what it is, if it holds the TCP header that
-- Wireshark has found. If that is quoted by an ICMP error, the packet around counts.
local function try(s, i, cap, wire, pinfo, six)
  local found
  if six then
    found = ip6(s, i, cap, wire)
  else
    found = ip4(s, i, cap, wire)
  end
  if found ~= TCP or not agrees(pinfo) then
    return nil
  end
  local q = i - 28
  if q >= 0 and byte(s, q + 1) == 0x45 and byte(s, q + 10) == ICMP then
    return ip4(s, q, cap, wire)
  end
  q = i - 48
  if q >= 0 and version(s, q) == 6 and byte(s, q + 7) == ICMP6 then
    return ip6(s, q, cap, wire)
  end
  return found
end

-- search looks for the TCP header with the ports that Wireshark has found, in a frame that is
-- none of the above: behind a tunnel or a link header that this file does not know.
local function search(s, cap, wire, pinfo)
  local source, destination = pinfo.src_port, pinfo.dst_port
  local ports = char(floor(source / 256), source % 256, floor(destination / 256), destination % 256)
  local at = find(s, ports, 1, true)
  while at do
    for back = 21, 121, 4 do -- the IP header begins before it, with options or extension headers
      local i = at - back
      local v = i >= 0 and version(s, i)
      if v == 4 or v == 6 and back >= 41 then
        local found = try(s, i, cap, wire, pinfo, v == 6)
        if found ~= nil then
          return found
        end
      end
    end
    at = find(s, ports, at + 1, true)
  end
  return false
end

-- read finds the packet in the first bytes s of a frame of which cap bytes were captured and
-- which was wire bytes long. It returns what ip4 and ip6 return.
function M.read(s, cap, wire, pinfo)
  local found
  local k1, k2 = byte(s, 13, 14)
  if k2 then
    found = typed(s, k1 * 256 + k2, 14, cap, wire)
    if found ~= nil and not (version(s, 0) and (found ~= TCP or not agrees(pinfo))) then
      return found
    end
  end
  if found == nil or version(s, 0) then
    local other = unlike(s, cap, wire)
    if other and (other ~= TCP or agrees(pinfo)) then
      return other
    end
  end
  if pinfo.port_type ~= TCP_TYPE then
    return false
  end
  if #s < cap then
    return MORE
  end
  return search(s, cap, wire, pinfo)
end

return M
