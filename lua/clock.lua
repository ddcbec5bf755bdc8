-- The clock of the capture: microseconds since the first frame that has a time. It never goes
-- back, and every frame counts, not only those of TCP.
--
-- Wireshark hands times to Lua as doubles of seconds. An absolute time is then good to 240 ns
-- only, and asking for the field frame.time_epoch would make Wireshark build a tree for every
-- frame. The difference to the frame before is exact below 48 days, so positions are added up
-- from differences, in whole microseconds and nanoseconds.
local floor, abs = math.floor, math.abs
local M = {}

local NEAR = 59 -- s: a double of seconds times 1e9 is exact to the nanosecond far beyond; below the least break in a recording
local EXACT = 4194304 -- 2^22 s: below it a double of seconds holds nanoseconds
local EARLY = 100000000 -- s after 1970: below it, a time of 0 is a time and not the lack of one

local last -- the frame before, 0 for none
local adds -- the frame before has a time, and it is known to be one
local started -- a frame has had a time
local zero -- all times so far were 0: perhaps there is none
local usec, nsec -- position of the last frame with a time: microseconds, and nanoseconds below 1000
local firstRel, firstAbs -- rel_ts and abs_ts of the first frame with a time
local now -- highest position, microseconds

-- pause is called with the clock before and after a frame that may have come a minute or more behind all others.
function M.pause(before, after) end

-- reset begins another capture.
function M.reset()
  last, adds, started, zero = 0, false, false, false
  usec, nsec, now = 0, 0, 0
  firstRel, firstAbs = 0, 0
end

-- move moves the position by a number of seconds.
local function move(seconds)
  local whole = floor(seconds)
  local n = nsec + floor((seconds - whole) * 1e9 + 0.5)
  nsec = n % 1000
  usec = usec + whole * 1000000 + floor(n / 1000)
end

-- jump finds the position of a frame that the difference to the frame before does not give:
-- the first one, one after frames without time, one after a very long silence. It leaves adds
-- false where the frame has no time: Wireshark says 0 then.
local function jump(pinfo)
  local time = pinfo.abs_ts
  adds = false
  if not started or zero and time > EARLY then
    started, zero, adds = true, time == 0, time ~= 0
    usec, nsec = 0, 0
    firstRel, firstAbs = pinfo.rel_ts, time
  elseif time ~= 0 or not zero and firstAbs <= EARLY then
    zero, adds = false, true
    usec, nsec = 0, 0
    local t, rough = pinfo.rel_ts - firstRel, time - firstAbs
    if abs(t - rough) > 0.001 then
      t = rough -- rel_ts has nothing to refer to: frame 1 has no time
    end
    move(t)
  end
end

-- frame moves the clock to the frame at hand and returns it.
function M.frame(pinfo, number)
  local delta = pinfo.delta_ts
  if adds and delta < NEAR and delta > -NEAR and number == last + 1 then
    local n = delta * 1e9 + 0.5
    n = nsec + n - n % 1 -- without calls of floor
    if n < 1000 and n >= 0 then
      nsec = n
    else
      nsec = n % 1000
      usec = usec + (n - nsec) / 1000
    end
  else
    if adds and delta < EXACT and delta > -EXACT and number == last + 1 then
      move(delta)
    else
      jump(pinfo)
    end
    M.pause(now, usec)
  end
  last = number
  if usec > now then
    now = usec
  end
  return now
end

M.reset()
return M
