-- How long Lua's garbage collector waits between its rounds. Each packet leaves a few hundred bytes behind, most of
-- them objects of Wireshark, and each round looks through all that is remembered of connections and at the program.
-- The heap of most captures is small: there the rounds may be rare. The setting counts for all plugins, so it is
-- left alone where somebody else has changed it, and a large heap gets what Lua begins with.
local M = {}

local USUAL, LONG = 200, 400 -- percent of the heap after a round at which the next begins; Lua's own choice first
local SMALL = 128 * 1024 -- KiB of heap

local pause = collectgarbage("setpause", USUAL) -- what is set; nil: it is not for us to set
if pause ~= USUAL then
  collectgarbage("setpause", pause)
  pause = nil
end

-- adapt chooses by the size of the heap.
function M.adapt()
  local best = collectgarbage("count") < SMALL and LONG or USUAL
  if pause and pause ~= best then
    pause = best
    collectgarbage("setpause", best)
  end
end

return M
