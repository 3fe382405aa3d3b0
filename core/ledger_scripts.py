"""The ledger's steps as Lua, each atomic: `core/ledger.py` calls them, and no other file."""

NOW = "local t = redis.call('TIME'); local now = t[1] + t[2] / 1000000\n"

# KEYS: job, due, tenants, gesture (the job again: none), then one for each limit
# ARGV: id, work, tenant, hold, kept, kind, then for each limit its seconds per question, then fields and their values
# -> 1 admitted, 0 known, -n: come again in n milliseconds. A limit is GCRA (ITU-T I.371) with a minute's burst: its key holds
# when all that was asked will have been paid for.
ADMIT = (
    NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
local wait, paid = 0, {}
for i = 5, #KEYS do
  paid[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now) + ARGV[i + 2]
  wait = math.max(wait, paid[i] - now - 60)
end
if wait > 0 then return -math.ceil(wait * 1000) end
for i = 5, #KEYS do redis.call('SET', KEYS[i], string.format('%.6f', paid[i]), 'EX', 61) end
if KEYS[4] ~= KEYS[1] then redis.call('SET', KEYS[4], ARGV[1], 'EX', ARGV[5]) end
redis.call('HSET', KEYS[1], 'work', ARGV[2], 'kind', ARGV[6], 'state', 'open', 'admitted', tostring(now))
redis.call('HSET', KEYS[1], 'attempts', 0, 'token', 0, 'lease', 0)
for i = 3 + #KEYS, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
redis.call('SADD', KEYS[3], ARGV[3])
return 1"""
)

# KEYS: job, due   ARGV: id, lease -> the record, or nothing while another holds it or when it is finished; 'broken': no script of
# ours wrote that record, and nobody works on it any more (it would be claimed and fail for as long as it is kept).
CLAIM = (
    NOW
    + """
local state = redis.pcall('HGET', KEYS[1], 'state')
if state ~= 'open' then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return type(state) == 'table' and 'broken' or nil
end
local lease, whole = tonumber(redis.call('HGET', KEYS[1], 'lease')), true
for _, name in ipairs({'token', 'attempts', 'drops'}) do
  local count = redis.call('HGET', KEYS[1], name) or (name == 'drops' and '0') or ''
  whole = whole and #count < 16 and string.match(count, '^%d+$')
end
if not whole or not lease or lease > now + 86400 then
  redis.call('HSET', KEYS[1], 'state', 'dead', 'finished', tostring(now))
  redis.call('HDEL', KEYS[1], 'work', 'answer')
  redis.call('ZREM', KEYS[2], ARGV[1])
  return 'broken'
end
if lease > now then return nil end
if lease > 0 then redis.call('HINCRBY', KEYS[1], 'drops', 1) end
redis.call('HINCRBY', KEYS[1], 'token', 1)
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
redis.call('HSET', KEYS[1], 'lease', tostring(now + ARGV[2]))
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
return redis.call('HGETALL', KEYS[1])"""
)

# First words of what a holder does: when Redis is full nothing new is promised, and what was begun is brought to its end.
HOLDER = "#!lua flags=allow-oom\n"

HELD = "if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] or redis.call('HGET', KEYS[1], 'state') ~= 'open' then return 0 end\n"

# KEYS: job, due   ARGV: id, token, seconds
RENEW = (
    HOLDER
    + HELD
    + NOW
    + """
if redis.call('HGET', KEYS[1], 'lease') == '0' then return 0 end
redis.call('HSET', KEYS[1], 'lease', tostring(now + ARGV[3]))
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1"""
)

# KEYS: job, due   ARGV: id, token, state
FINISH = (
    HOLDER
    + HELD
    + NOW
    + """
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'finished', tostring(now))
redis.call('HDEL', KEYS[1], 'work', 'answer')
redis.call('ZREM', KEYS[2], ARGV[1])
return 1"""
)

# KEYS: job, due   ARGV: id, token, seconds until the next attempt, 1 = the attempt does not count
RELEASE = (
    HOLDER
    + HELD
    + NOW
    + """
redis.call('HSET', KEYS[1], 'lease', 0)
redis.call('HINCRBY', KEYS[1], 'attempts', -ARGV[4])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1"""
)

# KEYS: job   ARGV: id, token, field, value, field, value, ...
PUT = HOLDER + HELD + "for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end return 1"
CLEAR = HOLDER + HELD + "for i = 3, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end return 1"

# KEYS: job   ARGV: 'any', token, field, value -> the value that stands; only the holder writes, the first writer wins
SETTLE = (
    HOLDER
    + """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then return nil end
redis.call('HSETNX', KEYS[1], ARGV[3], ARGV[4])
return redis.call('HGET', KEYS[1], ARGV[3])"""
)

# KEYS: job, due   ARGV: id, asker, kept -> the state it was in: open, done, dead, unknown, or another's (another person's question)
# The holder's lease ends here: whoever claims it next finds the mark. What is not there yet will be found known when it comes.
WITHDRAW = (
    NOW
    + """
local state = redis.call('HGET', KEYS[1], 'state')
if not state then
  redis.call('HSET', KEYS[1], 'kind', 'question', 'state', 'dead', 'withdrawn', tostring(now))
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  return 'unknown'
end
local work = redis.call('HGET', KEYS[1], 'work')
if work then
  local read, asked = pcall(cjson.decode, work)
  if not read or type(asked) ~= 'table' or type(asked.asker) ~= 'table' or asked.asker.id ~= ARGV[2] then return 'another' end
end
if redis.call('HSETNX', KEYS[1], 'withdrawn', tostring(now)) == 1 and state == 'open' then
  redis.call('HINCRBY', KEYS[1], 'token', 1)
  redis.call('HSET', KEYS[1], 'lease', 0)
  redis.call('ZADD', KEYS[2], now, ARGV[1])
end
return state"""
)

# KEYS: due   ARGV: seconds to wait until a job may be swept again, how many, the jobs' key without the id, kinds -> job ids
# A due job without a record (expired, lost) is nobody's promise any more, nor is what is no job of this tenant (planted: one such
# must not keep all others from being swept); one of another kind must not hide ours.
SWEEP = (
    NOW
    + """
local found, tenant = {}, ':' .. string.match(KEYS[1], '{(.*)}') .. ':'
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  if #found >= tonumber(ARGV[2]) then break end
  local kind = redis.pcall('HGET', ARGV[3] .. id, 'kind')
  if type(kind) ~= 'string' or not string.find(id, tenant, 1, true) then
    redis.call('ZREM', KEYS[1], id)
  elseif string.find(ARGV[4], kind, 1, true) then
    redis.call('ZADD', KEYS[1], now + ARGV[1], id)
    table.insert(found, id)
  end
end
return found"""
)
