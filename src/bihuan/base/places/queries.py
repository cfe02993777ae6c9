"""Reads of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from bihuan.base.db import Reader
from bihuan.base.places.model import PLACE_LIST, place


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
