-- Frames wait here and are decided many at a time. Between two frames Wireshark touches so much memory that
-- nothing of this program is left in the processor's caches; of frames that are decided together, the first one
-- brings it there for all. Nobody sees that frames wait: whoever asks about packets or connections has those that
-- wait decided before.
--
-- A frame can wait when its bytes tell all that the reader of packets wants to know. What Wireshark knows of a frame
-- is gone when the next one comes.
--
-- Most packets go the short way: they are read here, and StepUsual or StepPlain decides them. A call costs more than
-- what most functions would do; so all that is done for every packet stands in the two functions wait and decide.
local byte, sub, huge = string.byte, string.sub, math.huge
local M = {}

local MOST = 64 -- frames that wait; more make the program no faster

local connection, clock, expiry
local ip4, ip6, fill, holds, take, observed, tick, StepUsual, StepPlain, FOUND, app, first_says, fifth_says
local CALM, KEY, ORIG, STAMP
local count, first = 0, 0 -- frames that wait, and the number of the first of them; the others have the numbers behind it
local deltas, heads = {}, {} -- seconds since the frame before, first bytes
local captured, wires, cuts = {}, {}, 0 -- of frames that end before their packet does: bytes captured, bytes on the wire; how many wait

-- init takes the rules, the finder and the reader of packets, the reader of reasons, connections, their times, and
-- the clock.
function M.init(facts, header, packet, reason, c, e, k)
  connection, clock, expiry = c, k, e
  ip4, ip6, fill, holds, FOUND = packet.ip4, packet.ip6, packet.fill, header.holds, packet.TCP
  app, first_says, fifth_says = reason.app, reason.first, reason.fifth
  take, observed, tick, StepUsual, StepPlain, CALM = c.take, c.observed, c.tick, facts.StepUsual, facts.StepPlain, facts.calm
  assert(table.concat(facts.usual, " ") == "From Time Frame Seq Ack Length Flags Window Ttl Tos IpId FlowLabel HasTs TsVal App",
    "StepUsual wants something else than is read here")
  KEY, ORIG, STAMP = c.layout()
  c.pending = M.decide
end

-- reset forgets what waits: another capture begins.
function M.reset() count, cuts, captured = 0, 0, {} end

local TCP, ACK, FIN_ACK, PSH_ACK = 6, 16, 17, 24
local TAG, MOST_TAGS = 4, 8 -- bytes of a tag; of two, for which packet.HEAD has room

-- wait makes a frame wait if it may: its number, the seconds since the frame before, its first bytes, and how many
-- were captured. It reports whether it does. The frame is TCP in IPv4 without options and fragments or in IPv6
-- without extension headers, on Ethernet: then all that is wanted of it are these bytes and its length. gone is how many
-- bytes of tags have been taken out of the frame, nil for none. A frame that only tells the time has false for bytes.
function M.wait(number, delta, head, cap, pinfo, gone)
  local n = count + 1
  if head then
    local a, _, _, _, _, _, _, _, _, _, _, _, k1, k2, v, _, l1, l2, d1, d2, f1, f2, _, proto = byte(head, 1, 24)
    local stop -- where the IP packet ends, beyond that of every frame where its header does not say
    if proto == TCP and v == 0x45 and k1 == 8 and k2 == 0 and f2 == 0 and (f1 == 64 or f1 == 0) then
      stop = 14 + l1 * 256 + l2
      if stop == 14 then
        stop = huge
      end
    elseif proto and k1 == 0x86 and k2 == 0xdd and f1 == TCP and v >= 0x60 and v <= 0x6f then
      stop = 54 + d1 * 256 + d2
      if stop == 54 then
        stop = huge
      end
    elseif k1 == 0x81 and k2 == 0 and (gone or 0) < MOST_TAGS then -- without its tag (IEEE 802.1Q) the frame is like others
      return M.wait(number, delta, sub(head, 1, 12) .. sub(head, 17), cap - TAG, pinfo, (gone or 0) + TAG)
    else
      return false
    end
    if (a >= 0x60 and a <= 0x6f or a >= 0x45 and a <= 0x4f) and not holds(head, v == 0x45 and 34 or 54, stop, cap, pinfo) then
      return false -- the address may be the beginning of an IP header
    end
    if stop > cap then
      local wire = pinfo.len - (gone or 0)
      captured[n], wires[n] = cap, wire < cap and cap or wire
      cuts = cuts + 1
    end
  end
  deltas[n], heads[n] = delta, head
  count = n
  if n == 1 then
    first = number
  elseif n == MOST then
    M.decide()
  end
  return true
end

-- tell makes a frame wait that only tells the time.
function M.tell(number, delta) return M.wait(number, delta, false) end

-- long takes a packet whose form is not that of most: byte 15 of the frame tells which IP it is.
local function long(frame, now, s, cap, wire)
  local found
  if byte(s, 15) == 0x45 then
    found = ip4(s, 14, cap, wire)
  else
    found = ip6(s, 14, cap, wire)
  end
  if found == FOUND then
    take(frame, now)
  else
    tick(now)
  end
end

-- decide decides all frames that wait, in order, and reports whether there were any.
function M.decide()
  local n = count
  if n == 0 then
    return false
  end
  count = 0
  local byte, sub, heads, deltas, cut, first_says, fifth_says = byte, sub, heads, deltas, cuts > 0, first_says, fifth_says
  local CALM, KEY, ORIG, STAMP, StepUsual, StepPlain = CALM, KEY, ORIG, STAMP, StepUsual, StepPlain
  local ACK, FIN_ACK, PSH_ACK = ACK, FIN_ACK, PSH_ACK
  local expiry, due, before = expiry, expiry.due, first - 1
  local live, byEnds, verdicts = connection.tables()
  local usec, nsec, now = clock.position()
  for i = 1, n do
    local move = deltas[i] * 1e9 + 0.5 -- as clock.step does
    move = nsec + move - move % 1
    if move < 1000 and move >= 0 then
      nsec = move
    else
      nsec = move % 1000
      usec = usec + (move - nsec) / 1000
      if usec > now then
        now = usec
      end
    end
    local s, frame = heads[i], before + i
    if not s then
      tick(now)
      due = expiry.due
    else
      -- Of the form that most have: TCP with ACK, perhaps PSH or FIN, no options but timestamps, headers captured whole.
      local v, tos, l1, l2, d1, d2, _, hops, ttl = byte(s, 15, 23) -- as IPv4 has them; of IPv6 two are the length of the payload
      local tcp, stop, id, label, key = 34, 14 + l1 * 256 + l2, d1 * 256 + d2, 0, nil
      if v ~= 0x45 then
        tcp, stop, id, ttl = 54, 54 + id, 0, hops
        tos, label = v % 16 * 16 + (tos - tos % 16) / 16, (tos % 16 * 256 + l1) * 256 + l2
      end
      local short = cut and captured[i] -- how much of a packet was captured that is not all there
      -- From source and destination on, of which IPv6 addresses have more.
      local h1, h2, h3, h4, i1, i2, i3, i4, x1, x2, y1, y2, s1, s2, s3, s4, a1, a2, a3, a4, offset, flags, w1, w2, _, _, _, _,
        o1, o2, o3, o4, v1, v2, v3, v4, _, _, _, _, p1, _, _, _, p5 = byte(s, tcp - 7, tcp + 37)
      local payload, time, stamped = tcp + 20, 0, offset == 128
      if stamped then
        payload = tcp + 32
        if o1 ~= 1 or o2 ~= 1 or o3 ~= 8 or o4 ~= 10 then
          offset = 0
        end
      elseif offset == 80 then
        p1, p5 = o1, v1
      else
        offset = 0
      end
      local length = stop - payload
      if offset > 0 and (flags == ACK or flags == PSH_ACK or flags == FIN_ACK) and length >= 0 and
        not (short and (stop > wires[i] or payload > short)) and
        not (length > 3 and (first_says[p1] or fifth_says[p5]) and (short or stop) > payload + 3 and app(s, payload, short or stop, length) ~= 0) then
        if stamped then
          time = v1 * 16777216 + v2 * 65536 + v3 * 256 + v4
        end
        local seq, ack, window = s1 * 16777216 + s2 * 65536 + s3 * 256 + s4, a1 * 16777216 + a2 * 65536 + a3 * 256 + a4, w1 * 256 + w2
        local c, from = nil, 0
        if tcp == 34 then
          local orig = ((((h1 * 256 + h2) * 256 + h3) * 256 + h4) * 256 + x1) * 256 + x2
          local resp = ((((i1 * 256 + i2) * 256 + i3) * 256 + i4) * 256 + y1) * 256 + y2
          c = byEnds[orig + resp]
          if c then -- one of its ends tells the other, since it is found by their sum
            local first = c[ORIG]
            if first ~= orig then
              from = 1
              if first ~= resp then
                c = nil
              end
            end
          end
        else
          key = sub(s, 23, 58)
          c = live[key]
          if c and c[KEY] ~= key then
            from = 1
          end
        end
        local calm = c and flags ~= FIN_ACK and c[CALM]
        if calm and now <= due then
          local rule = calm == 2 and StepUsual(c, from, now, frame, seq, ack, length, flags, window, ttl, tos, id, label, stamped, time, 0)
          if not rule then
            local observes
            rule, observes = StepPlain(c, from, now, frame, seq, ack, length, flags, window, ttl, tos, id, label, stamped, time, 0)
            if observes ~= 0 then
              fill(key or sub(s, 27, 38), seq, ack, length, flags, window, ttl, tos, id, label, stamped, time)
              observed(c, from, now, frame, observes)
            end
          end
          verdicts[frame] = rule * 2 + from + c[STAMP]
        else
          fill(key or sub(s, 27, 38), seq, ack, length, flags, window, ttl, tos, id, label, stamped, time)
          take(frame, now)
          due = expiry.due
        end
      else
        long(frame, now, s, short or stop, short and wires[i] or stop)
        due = expiry.due
      end
    end
  end
  for i = 1, cut and n or 0 do
    captured[i] = nil
  end
  cuts = 0
  clock.moved(usec, nsec, now)
  connection.at(now)
  return true
end

return M
