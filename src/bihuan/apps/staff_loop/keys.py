"""Under which keys a step is found, whom it counts for, and what further a history must load.

`tests:P` holds a person's samples alone, so that a ship's history loads no shifts of its crew. `used:…:DAY` holds the
shifts that used a place, piece of equipment or rest area on a civil day: those that may mix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from bihuan.apps.staff_loop.records import (
    Disinfected,
    Entrusted,
    GroupFixed,
    IdMerged,
    Qualification,
    Result,
    Shift,
    ShipArrived,
    Tested,
)
from bihuan.base.clock import civil_date, instant
from bihuan.base.declare import Record
from bihuan.base.records import StepRead
from bihuan.base.rules.model import Fact

PERSON, PLACE, SHIP = "person", "place", "ship"


def subjects_of(fact: Fact) -> tuple[str, ...]:
    """The subjects that a step counts for directly."""
    return tuple(key for key in keys_of(fact) if key.partition(":")[0] in (PERSON, PLACE, SHIP))


def keys_of(fact: Fact) -> Iterable[str]:
    """Every key under which rules find a fact."""
    return keys_of_record(fact.record)


def keys_of_step(step: StepRead) -> Iterable[str]:
    """Every key under which rules find a step as it is read."""
    return keys_of_record(step.record)


def keys_of_record(record: Record) -> Iterator[str]:
    """Every key of a record: its person, place or ship, and those by which others reach it."""
    person = getattr(record, "person", None)
    if person is not None:
        yield f"person:{person}"
    if isinstance(record, Tested | Result):
        yield f"tests:{record.person}"
    elif isinstance(record, IdMerged):
        yield from (f"{kind}:{name}" for kind in ("person", "tests") for name in (record.from_, record.into))
    elif isinstance(record, Shift):
        yield from used(record)
    elif isinstance(record, GroupFixed):
        yield f"group:{record.group}"
    elif isinstance(record, Disinfected | Entrusted):
        yield f"place:{record.place}"
    elif isinstance(record, Qualification):
        yield f"firm:{record.of}"
    elif hasattr(record, "ship") and person is None:
        yield f"ship:{record.ship}"


def reach(fact: Fact) -> tuple[str, ...]:
    """The further keys that a history holding this step must load."""
    record = fact.record
    if isinstance(record, Shift):
        return (*((f"group:{record.group}",) if record.group else ()), *used(record))
    if isinstance(record, IdMerged):
        return tuple(keys_of_record(record))
    if isinstance(record, ShipArrived):
        return tuple(f"tests:{name}" for name in record.crew)
    if isinstance(record, Disinfected):
        return (f"firm:{record.by}",)
    return ()


def used(shift: Shift) -> Iterator[str]:
    """The keys of what a shift uses, on each civil day that it touches."""
    day, last = civil_date(instant(shift.start)), civil_date(max(instant(shift.start), instant(shift.end) - 1))
    things = [("place", shift.place), ("equipment", shift.equipment), ("rest", shift.rest_area)]
    while day <= last:
        yield from (f"used:{kind}:{name}:{day}" for kind, name in things if name)
        day += timedelta(days=1)
