"""The rule about warmth on a trip: no proven run of warm readings lasts too long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from .known import Fact, Known, number
from .trips import gate_scan, next_pick_up
from .verdicts import verdict


def warm_runs(series: list[Fact], highest: Any, silence: timedelta) -> Iterator[tuple[Fact, Fact]]:
    """Every (first, last) pair of warm readings of one sensor with only warm readings and no long silence between."""
    for i, first in enumerate(series):
        for j in range(i, len(series)):
            run = series[i : j + 1]
            warm = all(number(f["cel"]) > highest for f in run)
            proven = all(b.time - a.time <= silence for a, b in pairwise(run))
            if warm and proven:
                yield first, series[j]


def too_warm(known: Known) -> Iterator[dict[str, Any]]:
    """No run of readings above max_temp, proved by its own readings, lasts sustained_min between pick-up and gate."""
    rule = "too_warm"
    for pick_up in known.of("picked_up"):
        subject = f"container:{pick_up['container']}"
        highest = known.limit("max_temp", pick_up)
        sustained = known.limit("sustained_min", pick_up)
        silence = known.limit("reading_max_gap", pick_up)
        if highest is None or sustained is None or silence is None:
            yield verdict(rule, subject, pick_up, "undecided", "no limit in force", [pick_up], questions=["Q20"])
            continue
        scan, following = gate_scan(known, pick_up), next_pick_up(known, pick_up)
        end = scan.time if scan else following.time if following else None
        readings = [
            f
            for f in known.of("temperature", container=pick_up["container"])
            if f["cel"] is not None and pick_up.time <= f.time and (end is None or f.time <= end)
        ]
        hangs = ["Q30"] if any(f.time in (pick_up.time, end) for f in readings) else []
        sensors = {s: [f for f in readings if f["sensor"] == s] for s in sorted({str(f["sensor"]) for f in readings})}
        runs = [r for series in sensors.values() for r in warm_runs(series, highest.value, silence.span)]
        too_long = [(a, b) for a, b in runs if b.time - a.time >= sustained.span]
        if too_long:
            first, last = min(too_long, key=lambda r: (r[1].order, r[0].order))
            if scan is None and not known.no_more_up_to(last.time, "arrived_warehouse"):
                hangs = [*hangs, "Q11"]
            yield verdict(
                rule,
                subject,
                pick_up,
                "violated",
                "too warm for too long",
                [pick_up, first, last],
                limit=highest,
                questions=hangs,
            )
        elif scan is None:
            yield verdict(
                rule, subject, pick_up, "undecided", "no gate scan yet", [pick_up], limit=highest, questions=hangs
            )
        elif not sensors:
            yield verdict(
                rule,
                subject,
                pick_up,
                "undecided",
                "no reading at all",
                [pick_up, scan],
                limit=highest,
                questions=[*hangs, *(["Q33"] if scan.time - pick_up.time <= silence.span else [])],
            )
        else:
            silent = {s for s, series in sensors.items() if _silences(series, pick_up, scan, silence.span)}
            if silent:
                hangs = [*hangs, *(["Q32"] if len(silent) < len(sensors) else [])]
                if not any(
                    _may_hide(sensors[s], pick_up, scan, highest.value, sustained.span, silence.span) for s in silent
                ):
                    hangs = [*hangs, "Q31"]
                yield verdict(
                    rule,
                    subject,
                    pick_up,
                    "undecided",
                    "sensor silent for too long",
                    [pick_up, scan],
                    limit=highest,
                    questions=hangs,
                )
            elif known.no_more_up_to(scan.time, "temperature"):
                yield verdict(
                    rule,
                    subject,
                    pick_up,
                    "satisfied",
                    "never too warm for too long",
                    [pick_up, scan],
                    limit=highest,
                    questions=hangs,
                )
            else:
                yield verdict(
                    rule,
                    subject,
                    pick_up,
                    "undecided",
                    "readings may still come",
                    [pick_up, scan],
                    due=scan.time,
                    limit=highest,
                    questions=[*hangs, "Q8"],
                )


def _silences(series: list[Fact], pick_up: Fact, scan: Fact, longest: timedelta) -> bool:
    moments = [pick_up.time, *(f.time for f in series), scan.time]
    return any(b - a > longest for a, b in pairwise(moments))


def _may_hide(
    series: list[Fact], pick_up: Fact, scan: Fact, highest: Any, sustained: timedelta, longest: timedelta
) -> bool:
    """Whether a run of sustained_min could lie hidden in the silences of one sensor."""
    points: list[tuple[datetime, bool]] = [
        (pick_up.time, False),
        *((f.time, number(f["cel"]) > highest) for f in series),
        (scan.time, False),
    ]
    for i in range(len(points)):
        for j in range(i + 1, len(points)):
            starts = points[i][1] or points[i + 1][0] - points[i][0] > longest
            ends = points[j][1] or points[j][0] - points[j - 1][0] > longest
            between = all(warm for _, warm in points[i + 1 : j])
            if starts and ends and between and points[j][0] - points[i][0] >= sustained:
                return True
    return False
