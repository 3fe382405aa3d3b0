"""Blocking work on data that may be hostile, with a time limit."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


async def within(seconds: float, work: Callable[[], Result]) -> Result:
    """The result of `work`, or what it raised, or TimeoutError after `seconds`.

    Python cannot end a thread: after a timeout it runs on until it finishes by itself (every parser is linear in a
    size that is limited, so it will) or the process ends, which a daemon thread, unlike an executor's, lets happen.
    """
    future: Future[Result] = Future()
    future.set_running_or_notify_cancel()  # so that a timeout does not cancel what the thread will still set
    threading.Thread(target=_settle, args=(future, work), name="guarded", daemon=True).start()
    return await asyncio.wait_for(asyncio.wrap_future(future), seconds)


def _settle(future: Future[Result], work: Callable[[], Result]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001  whatever it is, it belongs to who waits
        future.set_exception(error)
    else:
        future.set_result(result)
