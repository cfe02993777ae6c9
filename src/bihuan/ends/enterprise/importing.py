"""大批导入: large imports of enterprises, led on beside the requests and taken up again at start."""

from __future__ import annotations

import asyncio

from bihuan.base.catalog import House
from bihuan.base.records.import_run import Imports
from bihuan.ends.shared.sending import ManyDoor

PATIENCE = 2.0
"""Seconds that a request waits for an import which may be done at once."""


def imports_of(house: House) -> Imports:
    """The large imports of a house."""

    def hold(on: bool) -> None:
        house.held = on

    return Imports(house.db, house.registry, lambda spec, act: ManyDoor(house.registry, spec, act.party), hold, house.catch_up)


def resume(house: House) -> None:
    """Take up what a stopped process left on its way."""
    imports_of(house).resume()


async def soon(task: asyncio.Task[None]) -> None:
    """Wait a little for an import; it goes on by itself."""
    await asyncio.wait({task}, timeout=PATIENCE)
