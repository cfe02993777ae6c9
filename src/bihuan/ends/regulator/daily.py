"""How many of something came each day of the last thirty, within scope, for the sparklines of the strip."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bihuan.base.clock import DAY, HOUR, civil_date, day_start
from bihuan.base.db import Reader, Scoped

DAYS = 30
_EAST = 8 * HOUR
"""Civil time is UTC+8: the civil day of an instant is (instant + 8 h) divided by a day."""


def since(now: int) -> int:
    """The beginning of the first of the thirty days, today the last."""
    return day_start(civil_date(now)) - (DAYS - 1) * DAY


def daily(reader: Reader, at: sa.Column[int], of: Scoped, *conditions: sa.ColumnElement[bool]) -> list[int]:
    """Counts by civil day, oldest first."""
    start = since(reader.now)
    day = ((at + _EAST) // DAY).label("day")
    counted: sa.ColumnElement[Any] = sa.func.count().label("n")
    query = sa.select(day, counted).where(at >= start, at <= reader.now, *conditions).group_by(day)
    first = (start + _EAST) // DAY
    counts = [0] * DAYS
    for row in reader.rows(query, of):
        if 0 <= (n := int(row["day"]) - first) < DAYS:
            counts[n] = int(row["n"])
    return counts
