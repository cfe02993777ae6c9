"""The judge: every verdict of the nine cold-chain rules over neutral records, as plain dicts.

Brute force by intent: each rule is written as the sentence it is, over all records, and nothing is remembered or
shared between verdicts. Readings: `READINGS.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from .known import CIVIL, Known
from .lots import left_without_papers, lot_balance_kg, stored_before_released, unqualified_disinfection
from .trips import no_booking_before_entry, not_as_booked, opened_on_the_way, overtime
from .warmth import too_warm

IN_FORCE = datetime(2020, 11, 16, tzinfo=CIVIL)
"""The first second of the regime (notice of 15 November 2020): what happened before has no verdict."""

RULES = {
    "no_booking_before_entry": no_booking_before_entry,
    "not_as_booked": not_as_booked,
    "overtime": overtime,
    "stored_before_released": stored_before_released,
    "unqualified_disinfection": unqualified_disinfection,
    "opened_on_the_way": opened_on_the_way,
    "too_warm": too_warm,
    "left_without_papers": left_without_papers,
    "lot_balance_kg": lot_balance_kg,
}


def judge(
    records: Iterable[Mapping[str, Any]],
    limits: Sequence[Mapping[str, Any]],
    *,
    now: str | int,
    complete_before: Mapping[str, str | None] | str | None,
    received_until: str | None = None,
    fences: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """All verdicts about these records, by (rule, subject, window).

    records: neutral dicts (`id`, `step`, `time`, optional `received` and `supersedes`, the step's fields); kilograms
    and degrees Celsius as text or numbers. limits: dated rows (`id, name, value, unit, area, valid_from, valid_to,
    source`). now: ISO text or int of UTC microseconds. complete_before: exclusive; one instant, or by step (`*` for
    the others); None or no entry is minus infinity. received_until: judge as known then. fences: warehouse -> list of
    `[lon, lat]` corners or `{lat, lon, radius_m}`. Raises KeyError on an unknown unit.
    """
    known = Known(records, limits, now, complete_before, received_until, fences)
    in_force = {fact.window for fact in known.facts if fact.time >= IN_FORCE}
    found = [one for rule in RULES.values() for one in rule(known) if one["window"] in in_force]
    return sorted(found, key=lambda v: (v["rule"], v["subject"], v["window"]))
