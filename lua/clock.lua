-- The clock of the capture: microseconds since the first frame that has a time. It never goes
-- back, and every frame counts, not only those of TCP.
--
-- Wireshark hands times to Lua as doubles of seconds. An absolute time is then good to 240 ns
-- only, and asking for the field frame.time_epoch would make Wireshark build a tree for every
-- frame. The difference to the frame before is exact below 48 days, so positions are added up
-- from differences, in whole seconds and nanoseconds.
local floor, abs = math.floor, math.abs
local M = {}

local EXACT = 4194304 -- 2^22 s: below it a double of seconds holds nanoseconds
local EARLY = 100000000 -- s after 1970: below it, a time of 0 is a time and not the lack of one

local last -- the frame before, 0 for none
local timed -- it has a time
local started -- a frame has had a time
local zero -- all times so far were 0: perhaps there is none
local sec, nsec -- position of the last frame with a time
local topSec, topNsec -- highest position
local firstRel, firstAbs -- rel_ts and abs_ts of the first frame with a time
M.now = 0

-- reset begins another capture.
function M.reset()
  last, timed, started, zero = 0, false, false, false
  sec, nsec, topSec, topNsec = 0, 0, 0, 0
  firstRel, firstAbs = 0, 0
  M.now = 0
end

-- start makes the frame at hand the first one.
local function start(pinfo)
  started, timed = true, true
  sec, nsec, topSec, topNsec = 0, 0, 0, 0
  firstRel, firstAbs = pinfo.rel_ts, pinfo.abs_ts
  zero = firstAbs == 0
end

-- split turns seconds since the first frame into whole seconds and nanoseconds.
local function split(t)
  local s = floor(t)
  return s, floor((t - s) * 1e9 + 0.5)
end

-- jump finds the position of a frame that the difference to the frame before does not give:
-- the first one, one after frames without time, one after a very long silence. It returns nil
-- where the frame has no time: Wireshark says 0 then.
local function jump(pinfo)
  local time = pinfo.abs_ts
  if not started or zero and time > EARLY then
    start(pinfo)
    return 0, 0
  end
  if time == 0 then
    if zero then
      return 0, 0
    elseif firstAbs > EARLY then
      return nil
    end
  end
  zero = false
  local t, rough = pinfo.rel_ts - firstRel, time - firstAbs
  if abs(t - rough) > 0.001 then
    t = rough -- rel_ts has nothing to refer to: frame 1 has no time
  end
  return split(t)
end

-- frame moves the clock to the frame at hand and returns it.
function M.frame(pinfo, number)
  local delta = pinfo.delta_ts
  local s, n
  if timed and number == last + 1 and delta < EXACT and delta > -EXACT and not zero then
    s = floor(delta)
    n = nsec + floor((delta - s) * 1e9 + 0.5)
    s = sec + s
  else
    s, n = jump(pinfo)
  end
  last = number
  if not s then
    timed = false
    return M.now
  end
  if n >= 1000000000 then
    s, n = s + 1, n - 1000000000
  end
  timed, sec, nsec = true, s, n
  if s > topSec or s == topSec and n > topNsec then
    topSec, topNsec = s, n
    M.now = s * 1000000 + floor(n / 1000)
  end
  return M.now
end

M.reset()
return M
