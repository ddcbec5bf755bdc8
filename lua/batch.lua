-- Frames wait here and are decided many at a time. Between two frames Wireshark touches so much memory that
-- nothing of this program is left in the processor's caches; of frames that are decided together, the first one
-- brings it there for all. Nobody sees that frames wait: whoever asks about packets or connections has those that
-- wait decided before.
--
-- A frame can wait when its bytes tell all that the reader of packets wants to know. What Wireshark knows of a frame
-- is gone when the next one comes.
local M = {}

local MOST = 64 -- frames that wait; more make the program no faster

local ip4, ip6, common, TCP, takeCommon, take, tick
local count, numbers, times, heads = 0, {}, {}, {}
local captured, wires = {}, {} -- bytes captured, negative where there were more on the wire

-- init takes the reader of packets and the connections.
function M.init(packet, connection)
  ip4, ip6, common, TCP = packet.ip4, packet.ip6, packet.common, packet.TCP
  takeCommon, take, tick = connection.common, connection.take, connection.tick
  connection.pending = M.decide
end

-- reset forgets what waits: another capture begins.
function M.reset() count = 0 end

-- decide decides all frames that wait, in order, and reports whether there were any.
function M.decide()
  local n = count
  count = 0
  for i = 1, n do
    local number, now, head, cap = numbers[i], times[i], heads[i], captured[i]
    local wire = cap
    if cap < 0 then
      cap, wire = -cap, wires[i]
    end
    if not head then
      tick(now)
    elseif not takeCommon(number, now, common(head, cap, wire)) then
      local found = ip4(head, 14, cap, wire)
      if found == nil then
        found = ip6(head, 14, cap, wire)
      end
      if found == TCP then
        take(number, now)
      else
        tick(now)
      end
    end
  end
  return n > 0
end

-- add makes a frame wait that packet.waits has found fit for it: its first bytes, and how many were captured. Without
-- bytes, it is one that only tells the time.
function M.add(number, now, head, cap)
  local n = count + 1
  count = n
  numbers[n], times[n], heads[n], captured[n] = number, now, head, cap
  if n == MOST then
    M.decide()
  end
end

-- addCut does so for a frame of which fewer bytes were captured than there were on the wire.
function M.addCut(number, now, head, cap, wire)
  wires[count + 1] = wire
  M.add(number, now, head, -cap)
end

return M
