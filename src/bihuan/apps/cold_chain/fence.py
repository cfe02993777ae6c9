"""Whether a position lies inside a fence."""

from __future__ import annotations

from collections.abc import Sequence

_EDGE = 1e-9
"""Degrees: a position nearer than about 0.1 mm to an edge lies on it, and the edge belongs to the fence."""


def inside(lon: float, lat: float, corners: Sequence[tuple[float, float]]) -> bool:
    """Whether a position (degrees, WGS 84) lies in a ring of (longitude, latitude) corners, at least three."""
    if len(corners) < 3:
        return False
    within = False
    x1, y1 = corners[-1]
    for x2, y2 in corners:
        if _on_edge(lon, lat, x1, y1, x2, y2):
            return True
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            within = not within
        x1, y1 = x2, y2
    return within


def _on_edge(x: float, y: float, x1: float, y1: float, x2: float, y2: float) -> bool:
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / length))
    off_x, off_y = x - (x1 + along * dx), y - (y1 + along * dy)
    return off_x * off_x + off_y * off_y <= _EDGE * _EDGE
