"""Writes of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from bihuan.base.db import Writer
from bihuan.base.errors import Fault, Invalid, Words
from bihuan.base.places.model import PLACE_LIST, place, place_operator


@dataclass(frozen=True, slots=True)
class PlaceChanged:
    """Event: a place was entered or changed."""

    id: str


def set_place(
    w: Writer,
    place_id: str,
    *,
    name: str,
    kind: str,
    area: str,
    party: str = "",
    address: str = "",
    lon: float | None = None,
    lat: float | None = None,
    fence: Sequence[tuple[float, float]] = (),
    filing: str = "",
    capacity_kg: int | None = None,
    since: int | None = None,
) -> None:
    """Enter a place or change it; a fence needs three corners or more, all in degrees.

    Another operator is its operator from `since` on (int us; now when it is not given): who ran it before is kept.
    """
    corners = [*fence] + ([] if lon is None or lat is None else [(lon, lat)])
    if any(not (-180 <= x <= 180 and -90 <= y <= 90) for x, y in corners) or 0 < len(fence) < 3:
        words = Words("坐标应为经度、纬度（度）；围栏至少三个角点。", "Give degrees, longitude first; a fence has three corners.")
        raise Invalid(words.zh, words.en, faults=[Fault("fence", "coordinates", words)])
    row = {
        "id": place_id, "name": name, "kind": kind, "area": area, "party": party, "address": address,
        "lon": None if lon is None else str(lon), "lat": None if lat is None else str(lat),
        "fence": msgspec.json.encode([list(corner) for corner in fence]).decode() if fence else None,
        "filing": filing, "capacity_kg": capacity_kg,
    }  # fmt: skip
    before = w.first(sa.select(place.c.party).where(place.c.id == place_id), PLACE_LIST)
    if before is not None and before["party"] != party:
        kept = w.count(sa.select(place_operator.c.since).where(place_operator.c.place == place_id), PLACE_LIST)
        if not kept:
            w.insert(place_operator, {"place": place_id, "since": 0, "party": before["party"]})
        w.upsert(place_operator, {"place": place_id, "since": w.now if since is None else since, "party": party})
    w.upsert(place, row)
    w.emit(PlaceChanged(place_id))
