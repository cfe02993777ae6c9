"""Where the names of districts stand on the map, so that none covers another or a place. Pure geometry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ASCENT, _DESCENT = 0.9, 0.3
"""Above and below the base line, in font sizes."""
_TURNS = 16
_RINGS = 9
_GAP = 2.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A name that wants to stand at a point: text and point in the box of the map."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Label:
    """Where it stands: the middle of its base line; with `far` a line leads back to the point it belongs to."""

    text: str
    x: float
    y: float
    to_x: float
    to_y: float
    far: bool


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom


def place_labels(
    wishes: Sequence[Wish],
    size: float,
    discs: Iterable[tuple[float, float, float]],
    width: float,
    height: float,
) -> list[Label]:
    """Each name as near to its point as there is room, at a font size; `discs` (x, y, radius) are kept free.

    Where nothing is free within nine lines' distance a name stands at its point all the same.
    """
    taken = [_Box(x - r, y - r, x + r, y + r) for x, y, r in discs]
    placed = []
    for wish in wishes:
        found = (wish.x, wish.y + size * 0.35)
        for x, y in _around(wish, size):
            box = _box(wish.text, x, y, size)
            inside = box.left >= 0 and box.top >= 0 and box.right <= width and box.bottom <= height
            if inside and not any(box.meets(other) for other in taken):
                found = (x, y)
                break
        taken.append(_box(wish.text, *found, size))
        away = math.dist(found, (wish.x, wish.y))
        placed.append(Label(wish.text, round(found[0], 1), round(found[1], 1), wish.x, wish.y, away > 1.4 * size))
    return placed


def text_width(text: str, size: float) -> float:
    """About how wide a text is: a Chinese sign is as wide as high, a digit or Latin letter a little over half of it."""
    return size * sum(1.0 if ord(sign) > 0x2E80 else 0.34 if sign == " " else 0.62 for sign in text)


def _around(wish: Wish, size: float) -> Iterable[tuple[float, float]]:
    """The point itself, then rings around it, wider than high as names are."""
    base = wish.y + size * 0.35
    yield wish.x, base
    half = text_width(wish.text, size) / 2
    for ring in range(1, _RINGS + 1):
        for turn in range(_TURNS):
            angle = math.pi / 2 + 2 * math.pi * turn / _TURNS * (1 if turn % 2 else -1)
            far = ring * size * 0.75
            yield wish.x + math.cos(angle) * (far + half * min(1.0, ring / 3)), base + math.sin(angle) * far


def _box(text: str, x: float, y: float, size: float) -> _Box:
    half = text_width(text, size) / 2 + _GAP
    return _Box(x - half, y - _ASCENT * size - _GAP, x + half, y + _DESCENT * size + _GAP)
