-- What a script does with the system: files, time, environment, memory, and what needs a second process.
local function say(...) print(...) end
say(_VERSION, string.format('%q', 1 / 3), math.type(2 ^ 53))

local name = os.tmpname()
local file = assert(io.open(name, 'w+'))
file:setvbuf('full', 64)
for i = 1, 1000 do file:write(i, '\n') end
file:seek('set', 0)
local sum = 0
for line in file:lines('n') do sum = sum + line end
say(sum, file:seek('end'), file:close())
say(os.rename(name, name .. 'x'), os.remove(name .. 'x'), select(2, os.remove(name .. 'x')) ~= nil)
say(io.open('nowhere/at/all'))

say(os.date('!%Y-%m-%d %H:%M:%S', 86400 * 365), os.time { year = 2001, month = 2, day = 3, hour = 12 } > 0)
say(os.difftime(os.time(), os.time()) <= 0, os.clock() >= 0)

local words = {}
for i = 1, 50000 do words[#words + 1] = ('%05d'):format(i * 7919 % 50000) end
table.sort(words)
say(#table.concat(words, ' '), words[1], words[50000])
words = nil
collectgarbage()
say(collectgarbage('count') < 4096)

local ping = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
say(ping(), ping(), ping(), select(2, pcall(error, { code = 5 })).code)
say(utf8.char(8364, 128578), #utf8.char(8364), ('x'):rep(3, '-'))
os.exit(7, true)
