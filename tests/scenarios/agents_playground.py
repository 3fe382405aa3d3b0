"""Microsoft's own client for Teams, npm's m365agentsplayground: started by npx for a test, driven without a browser, never kept."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import aiohttp

PACKAGE = "@microsoft/m365agentsplayground@0.2.28"  # under Microsoft's pre-release terms: to evaluate, not to pass on
OFFLINE = {"npm_config_update_notifier": "false", "npm_config_fund": "false", "npm_config_audit": "false"}


def missing() -> str:
    """Why it cannot be run here, "" when it can."""
    if shutil.which("npx") is None or shutil.which("node") is None:
        return f"no node and npx, which run Microsoft's client ({PACKAGE})"
    try:
        done = subprocess.run(["npx", "--yes", PACKAGE, "--version"], capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return f"npx did not bring {PACKAGE} within two minutes"
    return "" if done.returncode == 0 else f"npx cannot bring {PACKAGE}"


class Playground:
    """`async with Playground(port, bot, folder) as client`; its telemetry is off, and it opens no browser."""

    def __init__(self, port: int, bot: str, folder: Path) -> None:
        self.url, self._folder, self._log = f"http://127.0.0.1:{port}", folder, folder / "playground.log"
        options = ["start", "-e", bot, "-c", "msteams", "-p", str(port), "--dt", "--er"]
        self._command = ["npx", "--yes", PACKAGE, *options]
        self.frames: list[dict[str, Any]] = []  # everything the client was told to show

    async def __aenter__(self) -> Self:
        self._process = self._started()
        self._session = aiohttp.ClientSession(self.url, timeout=aiohttp.ClientTimeout(total=20))
        self.config = await self._ready()
        self._socket = await self._session.ws_connect("/_ws_conversation/v1/conversations/stream")
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading
        await self._socket.close()
        await self._session.close()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def bot(self) -> dict[str, str]:
        return {"id": self.config["bot"]["id"], "name": self.config["bot"]["name"]}

    @property
    def personal(self) -> str:
        return str(self.config["personalChat"]["id"])

    @property
    def channel(self) -> str:
        return str(self.config["teams"][0]["channels"][0]["id"])

    @property
    def group(self) -> str:
        return str(self.config["groupChats"][0]["id"])

    async def install(self, conversation: str) -> int:
        """The app is added there."""
        async with self._session.post(f"/_debug/conversation/{conversation}/installation", json={}) as reply:
            return reply.status

    async def say(self, conversation: str, text: str, *, mention: bool = False) -> None:
        """Somebody writes; `mention` names the bot first."""
        body: dict[str, Any] = {"type": "text", "textFormat": "plain", "from": {"id": self.config["currentUser"]["id"]}}
        name = f"<at>{self.bot['name']}</at>"
        mentions = {"mentions": [{"mentioned": self.bot, "text": name}]} if mention else {}
        body |= {"text": f"{name} {text}" if mention else text} | mentions
        await self._post(f"/_conversation/v1/conversations/{conversation}/messages", body)

    async def judge(self, conversation: str, reaction: str, words: str) -> dict[str, Any]:
        """Somebody presses a thumb and gives a reason; what the client makes of the bot's reply."""
        feedback = json.dumps({"feedbackText": words}, ensure_ascii=False)
        value = {"actionName": "feedback", "actionValue": {"reaction": reaction, "feedback": feedback}}
        where = {"from": {"id": self.config["currentUser"]["id"]}, "conversation": {"id": conversation}}
        return await self._post("/_conversation/v1/invoke", {"name": "message/submitAction", "value": value} | where)

    async def shows(self, *words: str, within: float = 30.0) -> dict[str, Any]:
        """The message that holds these words, as last told."""
        ends = time.monotonic() + within
        while time.monotonic() < ends:
            for frame in reversed(self.frames):
                message = frame.get("message") or {}
                if all(word in str(message.get("text")) for word in words):
                    return message
            await asyncio.sleep(0.05)
        told = [str((frame.get("message") or {}).get("text"))[:80] for frame in self.frames]
        raise AssertionError(f"not shown within {within} s: {words}; shown: {told}\n{self._log.read_text()[-2000:]}")

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with self._session.post(path, json=body) as reply:
            text = await reply.text()
            assert reply.status < 300, f"{path}: {reply.status} {text[:500]}"
            return json.loads(text) if text else {}

    def _started(self) -> subprocess.Popen[bytes]:
        given = os.environ | OFFLINE | {"BROWSER": "none"}
        with self._log.open("wb") as log:
            how: dict[str, Any] = {"stdout": log, "stderr": log, "env": given, "start_new_session": True}
            return subprocess.Popen(self._command, cwd=self._folder, **how)  # it leaves a folder of its own there

    async def _ready(self) -> dict[str, Any]:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            with contextlib.suppress(aiohttp.ClientError):
                async with self._session.get("/_internal/v1/config") as reply:
                    return (await reply.json())["config"]
            await asyncio.sleep(0.2)
        raise AssertionError(f"the playground did not start\n{self._log.read_text()[-2000:]}")

    async def _read(self) -> None:
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                self.frames.append(json.loads(frame.data))
