"""Reads of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Reader
from bihuan.base.places.model import PLACE_LIST, place, place_operator


@dataclass(frozen=True, slots=True)
class Place:
    """A site: where it is, which area it lies in, who runs it."""

    id: str
    name: str
    kind: str
    area: str
    party: str
    address: str
    lon: float | None
    lat: float | None
    fence: tuple[tuple[float, float], ...]
    filing: str
    capacity_kg: int | None


def _place(row: RowMapping) -> Place:
    corners = msgspec.json.decode(row["fence"], type=list[tuple[float, float]]) if row["fence"] else []
    lon, lat = row["lon"], row["lat"]
    return Place(
        row["id"], row["name"], row["kind"], row["area"], row["party"], row["address"],
        None if lon is None else float(lon), None if lat is None else float(lat),
        tuple(corners), row["filing"], row["capacity_kg"],
    )  # fmt: skip


def place_named(reader: Reader, place_id: str) -> Place | None:
    """The place of that id, or None."""
    found = reader.first(sa.select(place).where(place.c.id == place_id), PLACE_LIST)
    return None if found is None else _place(found)


def operator_at(reader: Reader, place_id: str, at: int) -> str | None:
    """The party that ran a place at an instant (int us), as the register has it; None when there is no such place."""
    c = place_operator.c
    query = sa.select(c.party).where(c.place == place_id, c.since <= at).order_by(c.since.desc())
    found = reader.scalar(query, PLACE_LIST)
    if found is None:
        found = reader.scalar(sa.select(place.c.party).where(place.c.id == place_id), PLACE_LIST)
    return None if found is None else str(found)


def changed_hands(reader: Reader, place_id: str) -> bool:
    """Whether a place was run by different parties in its time."""
    return reader.count(sa.select(place_operator.c.since).where(place_operator.c.place == place_id), PLACE_LIST) > 0


def all_places(
    reader: Reader, *, kind: str | None = None, party: str | None = None, area: str = ""
) -> Sequence[Place]:
    """Places by kind, operator and area prefix, by name."""
    query = sa.select(place).order_by(place.c.name)
    if kind is not None:
        query = query.where(place.c.kind == kind)
    if party is not None:
        query = query.where(place.c.party == party)
    if area:
        query = query.where(place.c.area.startswith(area, autoescape=True))
    return [_place(row) for row in reader.rows(query, PLACE_LIST)]


def fences(reader: Reader) -> dict[str, tuple[tuple[float, float], ...]]:
    """Every place that has a fence: its corners (lon, lat)."""
    query = sa.select(place).where(place.c.fence.is_not(None))
    return {row["id"]: _place(row).fence for row in reader.rows(query, PLACE_LIST)}
