"""What is known: the records that stand after doubles and corrections, limits in force, completeness of input."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

CIVIL = timezone(timedelta(hours=8))

# Papers before acts (R-EQUAL); among papers a booking comes before what changes, confirms or ends it.
RANK = {"booked": 0, "booking_amended": 1, "booking_confirmed": 2, "booking_cancelled": 3}


def instant(value: str | int) -> datetime:
    """The instant that an ISO text, a civil date (its 00:00 in +08:00) or an int of UTC microseconds names."""
    if isinstance(value, int):
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=value)
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=CIVIL)


def number(value: Any) -> Fraction:
    """An exact number from a text, an int or a float as it is printed."""
    return Fraction(Decimal(str(value)))


def say(moment: datetime) -> str:
    """An instant as ISO text in +08:00."""
    return moment.astimezone(CIVIL).isoformat()


@dataclass(frozen=True)
class Fact:
    """A record that stands: its own id, the id of its first version, its step, its instant and its fields."""

    id: str
    window: str
    step: str
    time: datetime
    body: Mapping[str, Any]

    def __getitem__(self, field: str) -> Any:
        return self.body.get(field)

    @property
    def order(self) -> tuple[datetime, int, str]:
        return (self.time, RANK.get(self.step, 0), self.id)


def _received(record: Mapping[str, Any]) -> datetime:
    return instant(record.get("received") or record["time"])


def standing(records: Iterable[Mapping[str, Any]], received_until: str | None) -> list[Fact]:
    """The records that stand: each id once, superseded ones gone, voided ones gone with all their versions."""
    until = None if received_until is None else instant(received_until)
    arrived = [r for r in records if until is None or _received(r) <= until]
    once: dict[str, Mapping[str, Any]] = {}
    for record in sorted(arrived, key=lambda r: (_received(r), json.dumps(r, sort_keys=True, default=str))):
        once.setdefault(record["id"], record)

    def first_version(record_id: str) -> str:
        seen = {record_id}
        while record_id in once and once[record_id].get("supersedes"):
            record_id = once[record_id]["supersedes"]
            if record_id in seen:
                return min(seen)
            seen.add(record_id)
        return record_id

    superseded = {r["supersedes"] for r in once.values() if r.get("supersedes")}
    facts = []
    for root in {first_version(record_id) for record_id in once}:
        last = [r for i, r in once.items() if first_version(i) == root and i not in superseded]
        if not last:
            continue
        record = max(last, key=lambda r: (_received(r), r["id"]))
        if record["step"] != "voided":
            facts.append(Fact(record["id"], root, record["step"], instant(record["time"]), record))
    return sorted(facts, key=lambda f: f.order)


_UNITS: dict[str, tuple[str, Fraction]] = {
    "s": ("s", Fraction(1)),
    "min": ("s", Fraction(60)),
    "h": ("s", Fraction(3600)),
    "d": ("s", Fraction(86400)),
    "kg": ("kg", Fraction(1)),
    "g": ("kg", Fraction(1, 1000)),
    "t": ("kg", Fraction(1000)),
}


@dataclass(frozen=True)
class Limit:
    """A limit row in force: its id and its value in seconds, kilograms or degrees Celsius."""

    id: str
    value: Fraction

    @property
    def span(self) -> timedelta:
        return timedelta(microseconds=int(self.value * 1_000_000))


def limit_in_force(rows: Sequence[Mapping[str, Any]], name: str, opener: Fact) -> Limit | None:
    """The row of this name in force at the opening record: the longest area prefix wins (R-VALID, R-SPECIFIC)."""
    area = str(opener["area"] or "")

    def prefix(row: Mapping[str, Any]) -> str:
        return str(row.get("area") or "")

    def begins(row: Mapping[str, Any]) -> datetime:
        return instant(row["valid_from"]) if row.get("valid_from") else datetime.min.replace(tzinfo=UTC)

    fitting = [
        row
        for row in rows
        if row["name"] == name
        and area.startswith(prefix(row))
        and begins(row) <= opener.time
        and (not row.get("valid_to") or opener.time < instant(row["valid_to"]))
    ]
    if not fitting:
        return None
    row = max(fitting, key=lambda r: (len(prefix(r)), begins(r), r["id"]))
    value = number(row["value"])
    if row["unit"] == "degF":
        return Limit(row["id"], (value - 32) * 5 / 9)
    if row["unit"] == "cel":
        return Limit(row["id"], value)
    return Limit(row["id"], value * _UNITS[row["unit"]][1])


def civil_day(moment: datetime) -> date:
    """The civil date of an instant in +08:00 (R-DAY)."""
    return moment.astimezone(CIVIL).date()


class Known:
    """All that a verdict may look at: standing facts, limits, the clock, completeness of input, and fences."""

    def __init__(
        self,
        records: Iterable[Mapping[str, Any]],
        limits: Sequence[Mapping[str, Any]],
        now: str | int,
        complete_before: Mapping[str, str | None] | str | None,
        received_until: str | None,
        fences: Mapping[str, Any] | None,
    ) -> None:
        self.facts = standing(records, received_until)
        self.limits = limits
        self.now = instant(now)
        self.complete_before = complete_before
        self.fences: Mapping[str, Any] = fences or {}

    def of(self, step: str, **fields: Any) -> list[Fact]:
        """The facts of a step whose fields have these values, in canonical order."""
        return [f for f in self.facts if f.step == step and all(f[k] == v for k, v in fields.items())]

    def limit(self, name: str, opener: Fact) -> Limit | None:
        return limit_in_force(self.limits, name, opener)

    def complete(self, step: str) -> datetime | None:
        """The time before which input of this step is complete, never later than now; None is minus infinity."""
        stated = self.complete_before
        if isinstance(stated, Mapping):
            stated = stated[step] if step in stated else stated.get("*")
        return None if stated is None else min(instant(stated), self.now)

    def no_more_up_to(self, moment: datetime, *steps: str) -> bool:
        """Is it sure that no further record of these steps lies at or before this moment (R-W-EXCLUSIVE)?"""
        return all((w := self.complete(step)) is not None and w > moment for step in steps)

    def no_more_before(self, moment: datetime, *steps: str) -> bool:
        """Is it sure that no further record of these steps lies before this moment?"""
        return all((w := self.complete(step)) is not None and w >= moment for step in steps)
