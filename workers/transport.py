"""Reads wake-ups out of Redis like any other input: what is no wake-up of ours is dropped before Celery sees it."""

import base64
import json
import re
import uuid
from typing import Any, Literal

import structlog
from kombu.transport import TRANSPORT_ALIASES, redis
from pydantic import BaseModel, ConfigDict, Field
from redis.exceptions import ResponseError

from core.broker import TASK

# One message that kombu or Celery cannot read ends a worker ("Unrecoverable error"; 13 kinds are in tests/attacks). Here a
# message gives its job id or nothing, and Celery gets one that is made anew around that id.

log = structlog.get_logger()

LARGEST = 4_096  # characters of a body; a wake-up's has about 150
JOB = re.compile(r"[a-z]{1,32}(?::\S{1,512}){3}")


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Headers(_Shape):
    task: str


class _Message(_Shape):
    """What is read of kombu's envelope; everything else in it stays outside."""

    body: str = Field(max_length=LARGEST)
    type: Literal["application/json"] = Field(alias="content-type")
    headers: _Headers


class QoS(redis.QoS):
    """Redelivers nothing: the sweeper wakes what was dropped, and what stands in that table may be anybody's."""

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:  # noqa: FBT001, FBT002 (kombu's)
        """Hand back (`leftmost`) what this worker itself took; forget what others left."""
        if leftmost:
            super().restore_by_tag(tag, client, leftmost)
            return
        with self.channel.conn_or_acquire(client) as redis_client:  # type: ignore[attr-defined]
            self._remove_from_indices(tag, redis_client.pipeline()).execute()  # type: ignore[attr-defined]


class Channel(redis.Channel):
    """Drops what cannot be read."""

    QoS = QoS

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except (ValueError, TypeError, RecursionError) as error:  # no JSON, or refused by `wakeup`
            log.error("wakeup.refused", reason=type(error).__name__)  # noqa: TRY400  its words are a stranger's
            return True


class Transport(redis.Transport):
    """kombu's, with that in front."""

    Channel = Channel
    # A Redis that is full, or cannot write its file, refuses: that passes like a lost connection, and must not end Celery.
    connection_errors = (*redis.Transport.connection_errors, ResponseError)

    def _deliver(self, message: Any, queue: str | None) -> None:
        super()._deliver(_envelope(wakeup(message), queue or ""), queue)


def install() -> None:
    """Have kombu read Redis through this file, in this process."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:Transport"))


def wakeup(message: Any) -> str:
    """The job id in a message out of the queue; raises ValueError, TypeError or RecursionError for everything that is no wake-up."""
    found = _Message.model_validate(message)
    if found.headers.task != TASK:
        raise ValueError("another task")
    [job], *_ = json.loads(base64.b64decode(found.body, validate=True))
    if not isinstance(job, str) or not JOB.fullmatch(job):
        raise ValueError("no job id")
    return job


def _envelope(job: str, queue: str) -> dict[str, Any]:
    tag = str(uuid.uuid4())
    where = {"exchange": "", "routing_key": queue}
    return {
        "body": base64.b64encode(json.dumps([[job], {}, {}]).encode()).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"lang": "py", "task": TASK, "id": tag, "root_id": tag},
        "properties": {"body_encoding": "base64", "delivery_tag": tag, "delivery_info": where, "priority": 0},
    }
