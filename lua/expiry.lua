-- When the time of connections is over, and which of them goes first where there is no room. Every
-- frame tells the time; a connection is finished at the first one behind its deadline, as in Go.
--
-- Ended connections wait in a queue, since their time runs from the end. The others are in a heap
-- by a time that their deadline does not come before: most packets move the deadline and touch
-- nothing here. At that time the deadline is looked at again.
local M = {}

local Deadline, established, transitory, lookahead
local ENDED, END_TIME, LAST_TIME -- positions in the record of a connection
local DUE, QUEUED, OVER -- positions in front of it: its time in the heap, its end in the queue, the deadline that is over
local NEVER = math.huge

local byNumber -- live connections
local heap, oldest -- the second, by the time of the last packet, exists only once there is no room
local queue, queueTime, first, last -- ended connections: number and time of the end
M.due = NEVER -- nothing is over before

-- init takes the rules and the first free position in front of the record, and returns the next free one.
function M.init(facts, free)
  local p = facts.position.Connection
  Deadline, ENDED, END_TIME, LAST_TIME = facts.Deadline, p.Ended, p.EndTime, p.LastTime
  DUE, QUEUED, OVER = free, free + 1, free + 2
  M.OVER = OVER
  return free + 3
end

-- limits sets how long a connection may be silent, and how long it is kept after its end.
function M.limits(e, t, l) established, transitory, lookahead = e, t, l end

local function newHeap() return { size = 0, time = {}, number = {} } end

-- reset forgets everything. live is where connections will be, by number.
function M.reset(live)
  byNumber, heap, oldest = live, newHeap(), nil
  queue, queueTime, first, last = {}, {}, 1, 0
  M.due = NEVER
end

local function push(h, time, number)
  local times, numbers = h.time, h.number
  local i = h.size + 1
  h.size = i
  while i > 1 do
    local up = (i - i % 2) / 2
    if times[up] <= time then
      break
    end
    times[i], numbers[i] = times[up], numbers[up]
    i = up
  end
  times[i], numbers[i] = time, number
end

local function pop(h)
  local times, numbers, size = h.time, h.number, h.size
  local number, time, moved = numbers[1], times[size], numbers[size]
  times[size], numbers[size] = nil, nil
  size = size - 1
  h.size = size
  local i = 1
  while size > 0 do
    local down = 2 * i
    if down < size and times[down + 1] < times[down] then
      down = down + 1
    end
    if down > size or times[down] >= time then
      times[i], numbers[i] = time, moved
      break
    end
    times[i], numbers[i] = times[down], numbers[down]
    i = down
  end
  return number
end

-- wait puts a connection into the heap.
local function wait(c, number, deadline)
  c[DUE] = deadline
  push(heap, deadline, number)
  if deadline < M.due then
    M.due = deadline
  end
end

-- add takes a new connection in, after its first packet.
function M.add(c, number, alive)
  c[DUE], c[QUEUED] = NEVER, NEVER
  M.changed(c, number)
  if oldest then
    push(oldest, c[LAST_TIME], number)
  end
  if heap.size > 2 * alive + 8192 then -- mostly connections that are gone
    heap = newHeap()
    for n, other in pairs(byNumber) do
      if other[DUE] ~= NEVER then
        push(heap, other[DUE], n)
      end
    end
  end
end

-- changed notes that a packet may have ended a connection or moved its deadline to an earlier time.
function M.changed(c, number)
  if not c[ENDED] then
    local deadline = Deadline(c, established, transitory, lookahead)
    if deadline < c[DUE] then
      wait(c, number, deadline)
    end
  elseif c[QUEUED] ~= c[END_TIME] then
    local time = c[END_TIME]
    c[QUEUED] = time
    last = last + 1
    queue[last], queueTime[last] = number, time
    if time + lookahead < M.due then
      M.due = time + lookahead
    end
  end
end

-- head returns the connection that ended first, with its number.
local function head()
  while first <= last do
    local number = queue[first]
    local c = byNumber[number]
    if c and c[ENDED] and c[END_TIME] == queueTime[first] and not c[OVER] then
      return c, number
    end
    queue[first], queueTime[first] = nil, nil
    first = first + 1
  end
  return nil
end

-- collect appends the numbers of the connections whose deadline is before now to list.
function M.collect(now, list)
  local due = NEVER
  local c, number = head()
  while c do
    local deadline = c[END_TIME] + lookahead
    if deadline >= now then
      due = deadline
      break
    end
    c[OVER] = deadline
    list[#list + 1] = number
    c, number = head()
  end
  while heap.size > 0 and heap.time[1] < now do
    local time = heap.time[1]
    number = pop(heap)
    c = byNumber[number]
    if c and c[DUE] == time and not c[OVER] then
      c[DUE] = NEVER
      if not c[ENDED] then
        local deadline = Deadline(c, established, transitory, lookahead)
        if deadline < now then
          c[OVER] = deadline
          list[#list + 1] = number
        else
          wait(c, number, deadline)
        end
      end
    end
  end
  if heap.size > 0 and heap.time[1] < due then
    due = heap.time[1]
  end
  M.due = due
end

-- victim returns the connection to give up where there is no room: the one that ended first, else
-- the one that has been silent for longest.
function M.victim()
  local c = head()
  if c then
    return c
  end
  if not oldest then
    oldest = newHeap()
    for number, other in pairs(byNumber) do
      push(oldest, other[LAST_TIME], number)
    end
  end
  while oldest.size > 0 do
    local time = oldest.time[1]
    local number = pop(oldest)
    c = byNumber[number]
    if c and c[LAST_TIME] == time then
      return c
    elseif c then
      push(oldest, c[LAST_TIME], number)
    end
  end
  return nil
end

return M
