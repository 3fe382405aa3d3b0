"""How a browser talks with the page, without a browser."""

import json

from aiohttp import ClientSession

from tests.e2e.handbook import ASKED

JOB = "playground:local:me:question-1"


def ask(**changes: object) -> dict[str, object]:
    return {"id": "question-1", "thread": "thread-01", "text": ASKED} | changes


async def events(client: ClientSession, job: str, **headers: str) -> list[tuple[str, str, dict[str, object]]]:
    """(id, type, data) of a job's events until the end."""
    async with client.get(f"/page/events/{job}", headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        blocks = (await response.text()).split("\n\n")
    fields = [
        dict(line.split(": ", 1) for line in block.split("\n"))
        for block in blocks
        if block and not block.startswith(":")
    ]
    return [(field.get("id", ""), field["event"], json.loads(field["data"])) for field in fields]
