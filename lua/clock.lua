-- The clock of the capture: microseconds since the first frame that has a time. It never goes
-- back, and every frame counts, not only those of TCP.
--
-- Wireshark hands times to Lua as doubles of seconds. An absolute time is then good to 240 ns
-- only, and asking for the field frame.time_epoch would make Wireshark build a tree for every
-- frame. The difference to the frame before is exact below 48 days, so positions are added up
-- from differences, in whole microseconds and nanoseconds.
local floor, abs = math.floor, math.abs
local M = {}

M.NEAR = 59 -- s: a double of seconds times 1e9 is exact to the nanosecond far beyond; below the least break in a recording
local EXACT = 4194304 -- 2^22 s: below it a double of seconds holds nanoseconds
local EARLY = 100000000 -- s after 1970: below it, a time of 0 is a time and not the lack of one

M.steady = false -- the frame before has a time, and it is known to be one
local started -- a frame has had a time
local zero -- all times so far were 0: perhaps there is none
local usec, nsec -- position of the last frame with a time: microseconds, and nanoseconds below 1000
local firstRel, firstAbs -- rel_ts and abs_ts of the first frame with a time
local now -- highest position, microseconds

-- pause is called with the clock before and after a frame that may have come a minute or more behind all others.
function M.pause(before, after) end

-- reset begins another capture.
function M.reset()
  M.steady, started, zero = false, false, false
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
-- the first one, one after frames without time, one after a very long silence. It leaves steady
-- false where the frame has no time: Wireshark says 0 then.
local function jump(pinfo)
  local time = pinfo.abs_ts
  M.steady = false
  if not started or zero and time > EARLY then
    started, zero, M.steady = true, time == 0, time ~= 0
    usec, nsec = 0, 0
    firstRel, firstAbs = pinfo.rel_ts, time
  elseif time ~= 0 or not zero and firstAbs <= EARLY then
    zero, M.steady = false, true
    usec, nsec = 0, 0
    local t, rough = pinfo.rel_ts - firstRel, time - firstAbs
    if abs(t - rough) > 0.001 then
      t = rough -- rel_ts has nothing to refer to: frame 1 has no time
    end
    move(t)
  end
end

-- step moves the clock by the seconds since the frame before, less than NEAR, and returns it.
function M.step(delta)
  local n = delta * 1e9 + 0.5
  n = nsec + n - n % 1 -- without calls of floor
  nsec = n % 1000
  usec = usec + (n - nsec) / 1000
  if usec > now then
    now = usec
  end
  return now
end

-- frame moves the clock to a frame that step is not enough for, and returns it. follows: the frame before it was the
-- last one.
function M.frame(pinfo, follows)
  local delta = pinfo.delta_ts
  if M.steady and follows and delta < EXACT and delta > -EXACT then
    move(delta)
  else
    jump(pinfo)
  end
  M.pause(now, usec)
  if usec > now then
    now = usec
  end
  return now
end

-- position and moved are for batch.lua, which moves the clock over many frames at once: microseconds, nanoseconds below
-- 1000, highest position.
function M.position() return usec, nsec, now end
function M.moved(u, n, highest) usec, nsec, now = u, n, highest end

M.reset()
return M
