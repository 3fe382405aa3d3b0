"""The ledger's steps as Lua, each atomic: `core/ledger.py` calls them, and no other file."""

NOW = "local t = redis.call('TIME'); local now = t[1] + t[2] / 1000000\n"

# KEYS: job, due, tenants, gesture ("" = none), then one for each limit
# ARGV: id, work, tenant, hold, kept, kind, then for each limit its seconds per question, then fields and their values
# -> 1 admitted, 0 known, -n: come again in n milliseconds. A limit is GCRA (ITU-T I.371) with a minute's burst: its key holds
# when all that was asked will have been paid for.
ADMIT = (
    NOW
    + """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if KEYS[4] ~= '' and redis.call('EXISTS', KEYS[4]) == 1 then return 0 end
local wait, paid = 0, {}
for i = 5, #KEYS do
  paid[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now) + ARGV[i + 2]
  wait = math.max(wait, paid[i] - now - 60)
end
if wait > 0 then return -math.ceil(wait * 1000) end
for i = 5, #KEYS do redis.call('SET', KEYS[i], string.format('%.6f', paid[i]), 'EX', 61) end
if KEYS[4] ~= '' then redis.call('SET', KEYS[4], ARGV[1], 'EX', ARGV[5]) end
redis.call('HSET', KEYS[1], 'work', ARGV[2], 'kind', ARGV[6], 'state', 'open', 'admitted', tostring(now))
redis.call('HSET', KEYS[1], 'attempts', 0, 'token', 0, 'lease', 0)
for i = 3 + #KEYS, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
redis.call('SADD', KEYS[3], ARGV[3])
return 1"""
)

# KEYS: job, due   ARGV: id, lease -> the record, or nothing while another holds it or when it is finished
CLAIM = (
    NOW
    + """
if redis.call('HGET', KEYS[1], 'state') ~= 'open' then redis.call('ZREM', KEYS[2], ARGV[1]); return nil end
local lease = tonumber(redis.call('HGET', KEYS[1], 'lease'))
if lease > now then return nil end
if lease > 0 then redis.call('HINCRBY', KEYS[1], 'drops', 1) end
redis.call('HINCRBY', KEYS[1], 'token', 1)
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
redis.call('HSET', KEYS[1], 'lease', tostring(now + ARGV[2]))
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
return redis.call('HGETALL', KEYS[1])"""
)

HELD = "if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] or redis.call('HGET', KEYS[1], 'state') ~= 'open' then return 0 end\n"

# KEYS: job, due   ARGV: id, token, seconds
RENEW = (
    HELD
    + NOW
    + """
if redis.call('HGET', KEYS[1], 'lease') == '0' then return 0 end
redis.call('HSET', KEYS[1], 'lease', tostring(now + ARGV[3]))
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1"""
)

# KEYS: job, due   ARGV: id, token, state
FINISH = (
    HELD
    + NOW
    + """
redis.call('HSET', KEYS[1], 'state', ARGV[3], 'finished', tostring(now))
redis.call('HDEL', KEYS[1], 'work', 'answer')
redis.call('ZREM', KEYS[2], ARGV[1])
return 1"""
)

# KEYS: job, due   ARGV: id, token, seconds until the next attempt, 1 = the attempt does not count
RELEASE = (
    HELD
    + NOW
    + """
redis.call('HSET', KEYS[1], 'lease', 0)
redis.call('HINCRBY', KEYS[1], 'attempts', -ARGV[4])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1"""
)

# KEYS: job   ARGV: id, token, field, value, field, value, ...
PUT = HELD + "for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end return 1"
CLEAR = HELD + "for i = 3, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end return 1"

# KEYS: job   ARGV: 'any', token, field, value -> the value that stands; only the holder writes, the first writer wins
SETTLE = """
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then return nil end
redis.call('HSETNX', KEYS[1], ARGV[3], ARGV[4])
return redis.call('HGET', KEYS[1], ARGV[3])"""

# KEYS: due   ARGV: seconds to wait until a job may be swept again, how many, the jobs' key without the id, kinds -> job ids
# A due job without a record (expired, lost) is nobody's promise any more; one of another kind must not hide ours.
SWEEP = (
    NOW
    + """
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  if #found >= tonumber(ARGV[2]) then break end
  local kind = redis.call('HGET', ARGV[3] .. id, 'kind')
  if not kind then
    redis.call('ZREM', KEYS[1], id)
  elseif string.find(ARGV[4], kind, 1, true) then
    redis.call('ZADD', KEYS[1], now + ARGV[1], id)
    table.insert(found, id)
  end
end
return found"""
)
