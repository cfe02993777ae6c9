"""Small drawings as numbers for inline SVG: sparklines, a measured line with its limit and gaps, a map's projection."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from statistics import median

from bihuan.base.clock import HOUR, MINUTE, moment
from bihuan.base.panels import Series
from bihuan.base.places import Boundary

_SILENCE = 30 * MINUTE
"""A pause between readings longer than this (and than three usual ones) is drawn as a gap, never bridged."""


@dataclass(frozen=True, slots=True)
class Spark:
    """Bars of daily counts: an SVG path in a box of `width` by `height`; the axis starts at zero."""

    path: str
    width: int
    height: int
    total: int
    most: int


def spark(counts: Sequence[int], height: int = 18, step: int = 3) -> Spark:
    """A sparkline of counts, oldest first."""
    most = max(counts, default=0)
    parts = []
    for n, count in enumerate(counts):
        if count:
            tall = max(1, round(count / most * height))
            parts.append(f"M{n * step} {height}h{step - 1}v{-tall}h{1 - step}z")
    return Spark("".join(parts), len(counts) * step, height, sum(counts), most)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: position and label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A measured line drawn: segments between gaps, the gaps themselves, the limit, the axes; a box of 720 by 220."""

    segments: tuple[str, ...]
    dots: tuple[tuple[float, float, bool], ...]
    gaps: tuple[tuple[float, float], ...]
    limit_y: float | None
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    width: int = 720
    height: int = 220
    left: int = 46
    bottom: int = 192


def line_chart(series: Series) -> Chart | None:
    """The drawing of a series; None while it has no value at all."""
    points = [(at, value) for at, value in series.points if value is not None]
    if not points:
        return None
    start, end = series.points[0][0], max(series.points[-1][0], series.points[0][0] + MINUTE)
    values = [value for _, value in points] + ([series.limit] if series.limit is not None else [])
    low = (min(values) - 1).to_integral_value(ROUND_FLOOR)
    high = (max(values) + 1).to_integral_value(ROUND_CEILING)
    left, right, top, bottom = 46, 708, 12, 192

    def x(at: int) -> float:
        return round(left + (at - start) / (end - start) * (right - left), 1)

    def y(value: Decimal) -> float:
        return round(bottom - float((value - low) / (high - low)) * (bottom - top), 1)

    runs = _runs(series.points)
    segments = tuple(" ".join(f"{x(at)},{y(value)}" for at, value in run) for run in runs if len(run) > 1)
    gaps = tuple((x(a[-1][0]), x(b[0][0])) for a, b in pairwise(runs))
    over = series.limit
    dots = tuple((x(at), y(value), over is not None and value > over) for at, value in points)
    return Chart(
        segments, dots if len(dots) <= 400 else (), gaps, None if over is None else y(over),
        tuple(Tick(x(at), moment(at).strftime("%H:%M")) for at in _hours(start, end)),
        tuple(Tick(y(value), f"{value:f}") for value in _steps(low, high)),
    )  # fmt: skip


def _runs(points: Sequence[tuple[int, Decimal | None]]) -> list[list[tuple[int, Decimal]]]:
    """Stretches without a gap: a reading without value ends one, and so does a silence."""
    spans = [b[0] - a[0] for a, b in pairwise(points) if b[0] > a[0]]
    longest = max(_SILENCE, 3 * int(median(spans))) if spans else _SILENCE
    runs: list[list[tuple[int, Decimal]]] = []
    before: int | None = None
    for at, value in points:
        if value is None:
            before = None
            continue
        if before is None or at - before > longest:
            runs.append([])
        runs[-1].append((at, value))
        before = at
    return runs


def _hours(start: int, end: int) -> Iterable[int]:
    """Full hours for the time axis, at most about eight."""
    step = HOUR
    while (end - start) / step > 8:
        step *= 2
    first = -(-start // step) * step
    return range(first, end + 1, step)


def _steps(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round values for the value axis, at most about six."""
    step = Decimal(1)
    while (high - low) / step > 6:
        step *= 2 if str(step).startswith(("1", "5")) else Decimal("2.5")
    value = (low / step).to_integral_value(ROUND_CEILING) * step
    out = []
    while value <= high:
        out.append(value)
        value += step
    return out


@dataclass(frozen=True, slots=True)
class Projection:
    """Degrees to the box of a map: equal scale in both directions at the middle latitude, north up."""

    west: float
    north: float
    scale: float
    squeeze: float
    width: float
    height: float

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a position lies in the box."""
        return round((lon - self.west) * self.squeeze * self.scale, 1), round((self.north - lat) * self.scale, 1)

    def path(self, boundary: Boundary) -> str:
        """The outline of a district as an SVG path."""
        rings = []
        for ring in boundary.rings:
            rings.append("M" + "L".join(f"{x} {y}" for x, y in (self.xy(*corner) for corner in ring)) + "Z")
        return "".join(rings)

    def shows(self, boundary: Boundary) -> bool:
        """Whether any part of a district can lie in the box."""
        corners = [self.xy(*corner) for ring in boundary.rings for corner in ring]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return max(xs) > 0 and min(xs) < self.width and max(ys) > 0 and min(ys) < self.height

    def middle(self, boundary: Boundary) -> tuple[float, float]:
        """Where a district's label stands: the centre of its largest ring."""
        ring = max(boundary.rings, key=lambda corners: abs(_area(corners)))
        area = _area(ring)
        if not area:
            return self.xy(*ring[0])
        x = y = 0.0
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            cross = ax * by - bx * ay
            x += (ax + bx) * cross
            y += (ay + by) * cross
        return self.xy(x / (6 * area), y / (6 * area))


def projection(
    points: Iterable[tuple[float, float]], width: float = 900, tallest: float = 900, margin: float = 12
) -> Projection:
    """A projection that holds all these positions in a box of that width, at most `tallest` high; centred."""
    lons, lats = zip(*points, strict=True)
    squeeze = math.cos(math.radians((min(lats) + max(lats)) / 2))
    across = max((max(lons) - min(lons)) * squeeze, 0.02)
    down = max(max(lats) - min(lats), 0.02)
    scale = min((width - 2 * margin) / across, (tallest - 2 * margin) / down)
    height = down * scale + 2 * margin
    middle = (min(lons) + max(lons)) / 2
    west = middle - width / 2 / scale / squeeze
    return Projection(west, max(lats) + margin / scale, scale, squeeze, width, round(height, 1))


def _area(ring: Sequence[tuple[float, float]]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2
