"""Is a point inside a warehouse's fence? Plain geometry in degrees (WGS 84); the edge belongs to the fence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Any

EARTH_RADIUS_M = 6_371_008.8


def metres(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """The great-circle distance of two points in metres."""
    north, east = radians(lat_b - lat_a), radians(lon_b - lon_a)
    h = sin(north / 2) ** 2 + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(h))


def _on_edge(lon: float, lat: float, a: Sequence[float], b: Sequence[float]) -> bool:
    cross = (b[0] - a[0]) * (lat - a[1]) - (b[1] - a[1]) * (lon - a[0])
    inside_box = min(a[0], b[0]) <= lon <= max(a[0], b[0]) and min(a[1], b[1]) <= lat <= max(a[1], b[1])
    return abs(cross) < 1e-15 and inside_box


def inside(fence: Mapping[str, Any] | Sequence[Sequence[float]], lat: float, lon: float) -> bool:
    """Whether the point lies in the fence: a circle `{lat, lon, radius_m}` or a list of `[lon, lat]` corners."""
    if isinstance(fence, Mapping):
        return metres(fence["lat"], fence["lon"], lat, lon) <= float(fence["radius_m"])
    crossings = 0
    for a, b in zip(fence, [*fence[1:], fence[0]], strict=True):
        if _on_edge(lon, lat, a, b):
            return True
        if (a[1] > lat) != (b[1] > lat) and lon < a[0] + (lat - a[1]) * (b[0] - a[0]) / (b[1] - a[1]):
            crossings += 1
    return crossings % 2 == 1
