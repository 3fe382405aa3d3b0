"""An OpenAI-compatible server over real HTTP: checks requests, streams Korean cut in the middle of characters, and fails on demand."""

import asyncio
import json
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

Watch = Callable[[str, dict, str], Awaitable[None]]


async def nobody(_caller: str, _body: dict, _when: str) -> None:
    """Watches nothing."""


@dataclass
class OpenAIServer:
    """`reply` is what it says ({unique} differs each time); `fault` is one of "", "500", "hang", "empty", "cut", "slow"."""

    reply: str = "연차는 최대 5일까지 이월됩니다 [1]."
    fault: str = ""
    thinks: tuple[float, float] = (0.0, 0.0)  # seconds before the first word, from and to
    requests: list[dict] = field(default_factory=list)
    url: str = ""
    watch: Watch = nobody  # is told of each request that is well, by whom (of /as/CALLER/v1) and when

    async def start(self) -> None:
        app = web.Application()
        for path in ("/v1/chat/completions", "/as/{caller}/v1/chat/completions"):
            app.router.add_post(path, self.complete)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        await self.runner.cleanup()

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.requests.append(body)
        if request.headers.get("Authorization") != "Bearer test-key":
            return web.json_response(
                {"error": {"message": "Incorrect API key", "type": "invalid_request_error"}}, status=401
            )
        roles = [message["role"] for message in body["messages"]]
        if not body.get("model") or body.get("stream") is not True or roles != ["system", "user"]:
            return web.json_response({"error": {"message": "bad request", "type": "invalid_request_error"}}, status=400)
        await self.watch(request.match_info.get("caller", ""), body, "before")
        if self.fault == "500":
            return web.json_response({"error": {"message": "overloaded", "type": "server_error"}}, status=500)
        if self.fault == "hang":
            await asyncio.sleep(3600)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await self._stream(response, request)
        return response

    async def _stream(self, response: web.StreamResponse, request: web.Request) -> None:
        await asyncio.sleep(random.uniform(*self.thinks))
        reply = self.reply.replace("{unique}", uuid.uuid4().hex[:8])
        pieces = [] if self.fault == "empty" else [reply[i : i + 3] for i in range(0, len(reply), 3)]
        for number, piece in enumerate(pieces):
            if self.fault == "cut" and number == len(pieces) // 2:
                assert request.transport is not None
                request.transport.close()
                return
            if number == len(pieces) // 2:
                await self.watch(request.match_info.get("caller", ""), await request.json(), "midway")
            data = self._event({"role": "assistant", "content": piece})
            middle = len(data) // 2 + 1  # inside a multi-byte character as often as not
            await response.write(data[:middle])
            await asyncio.sleep(0.5 if self.fault == "slow" else 0.001)
            await response.write(data[middle:])
        await response.write(self._event({}, finish="stop") + b"data: [DONE]\n\n")

    @staticmethod
    def _event(delta: dict, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        event = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "test", "choices": [choice]}
        return b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"
