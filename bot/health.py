"""Whether this process lives (`/healthz`) and whether questions would be answered (`/readyz`); no text, no keys."""

from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.health import Health, health

REDIS_GONE = (RedisError, OSError, TimeoutError)


def health_routes(redis: Redis) -> list[web.RouteDef]:
    """`/healthz` is 200 while the loop runs; `/readyz` 200 when Redis answers and an answering worker beats, else 503 with the reason."""

    async def alive(_: web.Request) -> web.Response:
        try:
            return web.json_response({"alive": True, **_shown(await health(redis))})
        except REDIS_GONE:
            return web.json_response({"alive": True, "redis": False})

    async def ready(_: web.Request) -> web.Response:
        try:
            found = await health(redis)
        except REDIS_GONE:
            return web.json_response({"ready": False, "reason": "redis does not answer"}, status=503)
        body = {"ready": found.answering, **_shown(found)}
        return web.json_response(body, status=200 if found.answering else 503)

    return [web.get("/healthz", alive), web.get("/readyz", ready)]


def _shown(found: Health) -> dict[str, object]:
    told: dict[str, object] = {"workers": found.workers, "waiting": found.waiting}
    told["oldest_due_seconds"] = round(found.oldest, 1)
    return told | ({"troubles": found.troubles} if found.troubles else {})
