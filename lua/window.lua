-- Where the summary is shown: a window under Tools > Teardown, and what tshark prints at the end
-- of a capture when preference teardown.summary asks for it.
local M = {}

local words, summary

-- listen makes a tap that feeds the summary and calls draw when there is something new.
local function listen(draw)
  local tap = Listener.new()
  function tap.packet(pinfo) summary.packet(pinfo) end
  function tap.reset() summary.reset() end
  tap.draw = draw
  return tap
end

local printing

-- print makes tshark print the summary at the end of the capture.
function M.print()
  if not printing and not gui_enabled() then
    printing = listen(function() io.stdout:write(summary.text()) end)
  end
end

local open

-- button adds one that shows the connections of a class of endings, by its number.
local function button(window, label, class)
  window:add_button(label, function()
    set_filter(string.format('teardown.teardown_class == "%s"', words.words.teardown_class[class]))
    apply_filter()
  end)
end

local function show()
  if open then
    open:close()
  end
  local window = TextWindow.new("Teardown: how TCP connections ended")
  open = window
  local drawn, took = 0, 0 -- when it was counted last, and how long that took, seconds
  local behind = false
  local function count()
    local began = os.clock()
    window:set(summary.text(true))
    drawn, took, behind = os.time(), os.clock() - began, false
  end
  local class = words.number.teardown_class
  button(window, "Show refused", class.refused)
  button(window, "Show aborted", class.reset)
  button(window, "Show timed out", class.timeout)
  window:add_button("Count again", count)
  summary.reset()
  local tap = listen(function()
    -- Packets of a live capture come all the time; counting must not take all of it.
    if os.time() - drawn >= 10 * took then
      count()
    elseif not behind then
      window:append("\nMore packets have come since.\n")
      behind = true
    end
  end)
  window:set_atclose(function()
    tap:remove()
    if open == window then
      open = nil
    end
  end)
  retap_packets()
end

-- init registers the window where there is a graphical Wireshark.
function M.init(w, s)
  words, summary = w, s
  if gui_enabled() then
    register_menu("Teardown/Endings and causes", show, MENU_TOOLS_UNSORTED)
  end
end

return M
