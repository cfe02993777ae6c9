"""All lawful oddities by name, with the shapes of load that they fit. None of them may be found."""

from __future__ import annotations

from collections.abc import Callable

from bihuan.simulate.history import History, Kit
from bihuan.simulate.odd_goods import ODD_STOCK, ODD_TRANSIT
from bihuan.simulate.odd_trips import ODD_TRIPS

Change = Callable[[History, Kit], bool]
ANY = frozenset({"transit", "exempt", "ordinary"})

ODDITIES: tuple[tuple[Change, frozenset[str]], ...] = (
    *((change, ANY) for change in ODD_TRIPS),
    *((change, ANY) for change in ODD_STOCK),
    *((change, frozenset({"transit"})) for change in ODD_TRANSIT),
)
"""Beside these, shapes are oddities too: exempt lots, ordinary lots, a container that comes again."""
