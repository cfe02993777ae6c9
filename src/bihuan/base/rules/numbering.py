"""Numbers that people can say aloud, counted without gaps by kind, area and civil year."""

from __future__ import annotations

import sqlalchemy as sa

from bihuan.base.clock import civil_date
from bihuan.base.db import Open, Writer, metadata

series_table = sa.Table(
    "series",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)
_COUNTERS = Open("a counter of numbers given; it is read only to give the next")


def take_number(w: Writer, series: str) -> int:
    """The next number of a series, from 1; without gaps, because a transaction that fails gives its number back."""
    c = series_table.c
    if w.write(sa.update(series_table).where(c.name == series).values(last=c.last + 1)) == 0:
        w.insert(series_table, {"name": series, "last": 1})
        return 1
    return int(w.scalar(sa.select(c.last).where(c.name == series), _COUNTERS))


def spoken_number(w: Writer, prefix: str, area: str) -> str:
    """A short outward number, e.g. `AJ-310115-2020-000045`: kind, district, civil year, count."""
    series = f"{prefix}-{district(area)}-{year(w.now)}"
    return f"{series}-{take_number(w, series):06d}"


def year(at: int) -> int:
    """The civil year (+08:00) of an instant."""
    return civil_date(at).year


def district(area: str) -> str:
    """The county-level code (six digits) under which an area's papers are numbered; `000000` for the whole country."""
    return area[:6].ljust(6, "0")
