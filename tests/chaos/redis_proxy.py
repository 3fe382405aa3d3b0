"""A proxy between one process and Redis that slows, freezes, cuts and refuses, and lets a test see each command pass."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from tests.chaos.resp import Command, Commands

WAKE_UP = b'"correlation_id"'  # what only a Celery message holds
When = Literal["before", "after"]
Watch = Callable[[Command, When, bytes], Awaitable[bool]]


async def nobody(_command: Command, _when: When, _reply: bytes) -> bool:
    """Lets everything pass."""
    return True


class RedisProxy:
    """`watch(command, when, reply)` says False to keep a command, or its reply, from going on; the connection ends there."""

    def __init__(self, port: int, *, watch: Watch = nobody) -> None:
        self.redis, self.watch = port, watch
        self.port = 0
        self.latency = 0.0  # seconds, each way
        self.refusing = False
        self.losing = 0  # so many of the next wake-ups get lost on their way to a worker
        self.lost = 0
        self.brought = 0  # wake-ups that reached a worker
        self.last: dict[str, float] = {}  # command -> when one passed last, time.monotonic()
        self._frozen = False
        self._links: set[Link] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        while self._links:
            await asyncio.sleep(0.01)

    def freeze(self, *, whole: bool) -> None:
        """Nothing passes: on the connections there are (half-open: they never come back), or `whole`, until thawed."""
        self._frozen = whole
        for link in self._links:
            link.open.clear()

    def thaw(self) -> None:
        """What was held back passes."""
        self._frozen = False
        for link in self._links:
            link.open.set()

    def cut(self) -> None:
        """End every connection there is."""
        for link in self._links:
            link.end()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(self, reader, writer)
        self._links.add(link)
        if self._frozen:
            link.open.clear()
        try:
            await link.run()
        finally:
            self._links.discard(link)


class Link:
    """One connection and its other half, to Redis."""

    def __init__(self, proxy: RedisProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.proxy, self._reader, self._writer = proxy, reader, writer
        self.open = asyncio.Event()
        self.open.set()
        self._asked: Command | None = None  # the last one; on a connection of redis-py one is under way at a time
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        """Until either side ends it, or we do."""
        if self.proxy.refusing:
            self._writer.transport.abort()
            return
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.redis)
        except OSError:
            self._writer.transport.abort()
            return
        self._tasks = [asyncio.create_task(self._ask(writer)), asyncio.create_task(self._reply(reader))]
        await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        self.end()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for end in (self._writer, writer):
            end.transport.abort()

    def end(self) -> None:
        """Now."""
        for task in self._tasks:
            task.cancel()

    async def _ask(self, redis: asyncio.StreamWriter) -> None:
        commands = Commands()
        with contextlib.suppress(OSError):
            while data := await self._reader.read(65536):
                await self._passable()
                for command in commands.feed(data):
                    if not await self.proxy.watch(command, "before", b""):
                        return
                    self._asked = command
                    self.proxy.last[command.name] = time.monotonic()
                    redis.write(command.raw)
                await redis.drain()

    async def _reply(self, redis: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await redis.read(65536):
                await self._passable()
                if self._loses(data) or not await self._let(data):
                    return
                self._writer.write(data)
                await self._writer.drain()

    async def _let(self, reply: bytes) -> bool:
        unknown = reply.startswith(b"-NOSCRIPT")  # then it is loaded, and asked again
        return self._asked is None or unknown or await self.proxy.watch(self._asked, "after", reply)

    def _loses(self, data: bytes) -> bool:
        if self._asked is None or self._asked.name != "brpop" or WAKE_UP not in data:
            return False
        if not self.proxy.losing:
            self.proxy.brought += 1
            return False
        self.proxy.losing -= 1
        self.proxy.lost += 1
        return True

    async def _passable(self) -> None:
        await self.open.wait()
        if self.proxy.latency:
            await asyncio.sleep(self.proxy.latency)
