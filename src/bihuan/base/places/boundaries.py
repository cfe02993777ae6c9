"""The districts' outlines for maps, packed at set-up from a published package; no outside server is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

Ring = tuple[tuple[float, float], ...]


class _Feature(msgspec.Struct):
    code: str
    name: str
    rings: list[list[tuple[float, float]]]


class _File(msgspec.Struct):
    features: list[_Feature]


@dataclass(frozen=True, slots=True)
class Boundary:
    """One district: code, name, rings of (lon, lat) in degrees."""

    code: str
    name: str
    rings: tuple[Ring, ...]


@cache
def boundaries(file: Path) -> tuple[Boundary, ...]:
    """The districts in a packed file; none when the bundle has not been built."""
    if not file.exists():
        return ()
    found = msgspec.json.decode(file.read_bytes(), type=_File)
    return tuple(
        Boundary(f.code, f.name, tuple(tuple((x, y) for x, y in ring) for ring in f.rings)) for f in found.features
    )
