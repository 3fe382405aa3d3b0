"""Whether this process lives (`/healthz`) and whether questions would be answered (`/readyz`); no text, no keys."""

from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.health import health


def health_routes(redis: Redis) -> list[web.RouteDef]:
    """`/healthz` is 200 while the loop runs; `/readyz` 200 when Redis answers and an answering worker beats, else 503 with the reason."""

    async def alive(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_: web.Request) -> web.Response:
        try:
            found = await health(redis)
        except (RedisError, OSError, TimeoutError):
            return web.json_response({"ready": False, "reason": "redis does not answer"}, status=503)
        body = {
            "ready": found.answering,
            "workers": found.workers,
            "waiting": found.waiting,
            "oldest_due_seconds": round(found.oldest, 1),
        }
        return web.json_response(body, status=200 if found.answering else 503)

    return [web.get("/healthz", alive), web.get("/readyz", ready)]
