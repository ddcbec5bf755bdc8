-- Reads what a packet says about the end of its connection: an RST in its payload and options,
-- an application in the first bytes of a payload. What the bytes mean stands in the rules:
-- AppError and DeclareReason of package classify/facts.
--
-- Offsets count from 0, as in the specifications; string.byte wants them plus 1.
local byte, sub, rep, find, lower = string.byte, string.sub, string.rep, string.find, string.lower
local M = {}

-- Whether a payload that has a byte in the first or in the fifth place may say something.
M.first, M.fifth = {}, {}

local facts, head, texts
local ZEROS = rep("\0", 16)
local MPTCP, FASTCLOSE, FASTCLOSE_LENGTH, RESET, RESET_LENGTH = 30, 7, 12, 8, 4

-- init takes the generated rules and words.
function M.init(f, words)
  facts, head, texts = f, f.NewHead(), words.reset_texts
  for b = 0, 255 do
    M.first[b], M.fifth[b] = f.AppFirst(b), f.AppFifth(b)
  end
end

-- fill makes head hold the first bytes of the payload between from and to, which is length
-- bytes long.
local function fill(s, from, to, length)
  if to > from + 16 then
    to = from + 16
  end
  local n = to > from and to - from or 0
  if n < 16 then
    s, from = sub(s, from + 1, from + n) .. ZEROS, 0
  end
  local B = head.Byte
  B[0], B[1], B[2], B[3], B[4], B[5], B[6], B[7], B[8], B[9], B[10], B[11], B[12], B[13], B[14], B[15] = byte(s, from + 1, from + 16)
  head.Length, head.Captured = length, n
end

-- multipath looks for the two options of Multipath TCP (RFC 8684 3.5, 3.6) that end a
-- connection, between from and to. What is cut says nothing.
local function multipath(s, from, to)
  head.MpReset, head.MpFastClose = -1, false
  while from < to do
    local kind, n, subtype, reason = byte(s, from + 1, from + 4)
    if kind <= 1 then -- end of list, where only more of them may follow, or NOP
      if kind == 0 and from + 1 < to and n ~= 0 then
        return
      end
      n = 1
    elseif from + 1 >= to or n < 2 or from + n > to then
      return
    elseif kind == MPTCP and n > 2 then
      subtype = (subtype - subtype % 16) / 16
      if subtype == FASTCLOSE and n == FASTCLOSE_LENGTH then
        head.MpFastClose = true
      elseif subtype == RESET and n == RESET_LENGTH then
        head.MpReset = reason
      end
    end
    from = from + n
  end
end

-- means returns what a text in an RST means, 0 where that is not known.
local function means(text)
  text = lower(text)
  for _, known in ipairs(texts) do
    if find(text, known[1], 1, true) then
      return known[2]
    end
  end
  return 0
end

-- reset fills what an RST declares. Its options begin at from, its payload at payload; the
-- capture ends at cap. text is the payload, if it is text.
function M.reset(segment, s, from, payload, cap, text)
  fill(s, payload, cap, segment.Length)
  multipath(s, from, payload < cap and payload or cap)
  head.Text = text ~= nil
  head.TextMeans = text and means(text) or 0
  facts.DeclareReason(segment, head)
end

-- app returns what the payload between from and to says, which is length bytes long.
function M.app(s, from, to, length)
  fill(s, from, to, length)
  return facts.AppError(head)
end

return M
