"""All breaches by name, with the shapes of load that they fit, and the changes that must end undecided."""

from __future__ import annotations

from bihuan.simulate.broken_goods import BROKEN_EXEMPT, BROKEN_ORDINARY, BROKEN_STOCK, BROKEN_TRANSIT
from bihuan.simulate.broken_trips import BROKEN_TRIPS, OPEN_TRIPS, booking_already_served
from bihuan.simulate.oddities import ANY, Change

BREACHES: tuple[tuple[Change, frozenset[str]], ...] = (
    *((change, ANY) for change in BROKEN_TRIPS),
    *((change, ANY) for change in BROKEN_STOCK),
    *((change, frozenset({"transit"})) for change in BROKEN_TRANSIT),
    *((change, frozenset({"exempt"})) for change in BROKEN_EXEMPT),
    *((change, frozenset({"ordinary"})) for change in BROKEN_ORDINARY),
    (booking_already_served, frozenset({"again"})),
)

UNDECIDED: tuple[tuple[Change, frozenset[str]], ...] = tuple((change, ANY) for change in OPEN_TRIPS)
