"""A language model that means harm: it floods, never ends, or says a word now and then."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from tests.platforms.openai_server import OpenAIServer

PIECE = 4_096  # characters at a time of a flood
DRIP = 30.0  # seconds between two tokens


@dataclass
class HostileModel(OpenAIServer):
    """`fault` may also be "flood" (the reply in large pieces), "endless" and "drip"."""

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make a worker ask it."""
        return {"DAEDAP_LLM": "openai:test", "OPENAI_API_KEY": "test-key", "OPENAI_BASE_URL": self.url}

    async def _stream(self, response: web.StreamResponse, request: web.Request) -> None:
        if self.fault not in ("flood", "endless", "drip"):
            await super()._stream(response, request)
            return
        try:
            await self._harm(response)
        except ConnectionError:
            return  # the worker has heard enough

    async def _harm(self, response: web.StreamResponse) -> None:
        pieces = [self.reply[at : at + PIECE] for at in range(0, len(self.reply), PIECE)]
        while True:
            for piece in pieces:
                await response.write(self._event({"role": "assistant", "content": piece}))
                await asyncio.sleep(DRIP if self.fault == "drip" else 0)
            if self.fault != "endless":
                break
        await response.write(self._event({}, finish="stop") + b"data: [DONE]\n\n")
