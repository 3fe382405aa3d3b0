"""Sends events at a steady rate however slowly they are answered, and times each answer with as little of its own as can be."""

import asyncio
import time
from collections.abc import Callable

Made = Callable[[int], bytes]


class _Line(asyncio.Protocol):
    """One kept-alive connection: a request, then the first byte of its answer."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if not self.answered.done():
            self.answered.set_result(data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.answered.done():
            self.answered.set_exception(error or ConnectionResetError())

    async def ask(self, request: bytes) -> tuple[int, float]:
        """Status and milliseconds."""
        self.answered = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        self.transport.write(request)
        head = await asyncio.wait_for(self.answered, 5)
        return int(head.split(b" ", 2)[1]), (time.perf_counter() - began) * 1000


class Rate:
    """A sender to one port of loopback."""

    def __init__(self, port: int) -> None:
        self._port, self._free = port, list[_Line]()

    async def send(self, make: Made, *, first: int, count: int, per_second: float) -> list[tuple[int, float]]:
        """`make(number)` gives the bytes of a request; every answer, in no order."""
        loop = asyncio.get_running_loop()
        began, waiting = loop.time(), []
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
            waiting.append(asyncio.create_task(self._one(make(first + number))))
        return await asyncio.gather(*waiting)

    async def _one(self, request: bytes) -> tuple[int, float]:
        self._free = [line for line in self._free if not line.transport.is_closing()]  # servers close what is idle
        line = self._free.pop() if self._free else await self._connected()
        answer = await line.ask(request)
        self._free.append(line)
        return answer

    async def _connected(self) -> _Line:
        _, line = await asyncio.get_running_loop().create_connection(_Line, "127.0.0.1", self._port)
        return line


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """An HTTP/1.1 request with a JSON body, as bytes."""
    fields = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body
