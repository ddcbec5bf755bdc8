-- The preferences of the protocol: Edit > Preferences > Protocols > TEARDOWN, or -o
-- teardown.NAME:VALUE. They are read when a capture begins.
local M = {}

-- What the packet details show. Sentences take time, and programs that read tshark's output do
-- not want them.
local AUTO, STORY, FIELDS, OFF = 0, 1, 2, 3

local prefs

-- init makes the preferences of the protocol. The limits are those of teardown convert.
function M.init(proto)
  prefs = proto.prefs
  prefs.tree = Pref.enum("Packet details", AUTO,
    "Sentences and fields, fields only, or nothing; auto is sentences in Wireshark and fields in tshark",
    { { 1, "auto", AUTO }, { 2, "story", STORY }, { 3, "fields", FIELDS }, { 4, "off", OFF } }, false)
  prefs.cause = Pref.bool("Causes", true, "Say why connections ended, not only how")
  prefs.idle_established = Pref.uint("Idle limit in use (seconds)", 7440,
    "A packet after this time of silence starts a new connection")
  prefs.idle_transitory = Pref.uint("Idle limit during handshake and close (seconds)", 240,
    "The same while a connection begins or ends")
  prefs.max_connections = Pref.uint("Most connections", 2000000,
    "Live connections to remember; beyond that, some are given up and marked")
  prefs.summary = Pref.bool("Summary (tshark)", false, "tshark prints the endings, causes and services at the end of the capture")
end

-- positive is the number, or nil where it is 0, which would be no limit to work with.
local function positive(n) return n > 0 and n or nil end

-- apply passes the preferences on.
function M.apply(connection, show)
  show.mode(prefs.tree ~= OFF, prefs.tree == STORY or prefs.tree == AUTO and gui_enabled())
  connection.configure {
    established = positive(prefs.idle_established),
    transitory = positive(prefs.idle_transitory),
    connections = positive(prefs.max_connections),
    cause = prefs.cause,
  }
end

-- summary reports whether tshark is to print the summary.
function M.summary() return prefs.summary end

return M
