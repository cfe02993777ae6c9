"""Calls to the running system's own HTTP doors without a socket: the same routes, headers and answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Wire:
    """One client of an application, on an event loop of its own."""

    app: Starlette
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request and wait until the answer and the work that it left on the loop are done."""
        return self._loop.run_until_complete(self._call(method, path, body, headers or {}))

    async def _call(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        target, _, query = path.partition("?")
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(target), "raw_path": target.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in {"host": "localhost", **headers}.items()],
            "client": ("127.0.0.1", 1), "server": ("localhost", 80), "state": {},
        }  # fmt: skip
        status, found, chunks = 0, {}, []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status, found
            if message["type"] == "http.response.start":
                status = message["status"]
                found = {k.decode().lower(): v.decode() for k, v in message["headers"]}
            else:
                chunks.append(message.get("body", b""))

        await self.app(scope, receive, send)
        await asyncio.sleep(0)
        return Answer(status, found, b"".join(chunks))

    def close(self) -> None:
        """Let the loop go."""
        self._loop.close()
