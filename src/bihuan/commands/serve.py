"""The web server: one process, one event loop; a proxy with TLS stands before it."""

from __future__ import annotations

import asyncio

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette


def serve_house(app: Starlette, host: str, port: int) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM)."""

    async def run() -> None:
        server = Server(app, address=host, port=port, interface=Interfaces.ASGI, log_level=LogLevels.error)
        await server.serve()

    asyncio.run(run())
