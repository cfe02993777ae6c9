"""What the ends show, as data: the loop as a line of steps, tables, balances, trips. No HTML here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bihuan.base.errors import Words

StepState = Literal["done", "missing", "waiting", "violated", "undecided", "none"]
"""`missing` is asked for by a rule or duty and not on record; `none` is asked for by nothing: why, stands in the detail."""


NOTHING = Words("", "")


@dataclass(frozen=True, slots=True)
class LoopStep:
    """One step of a loop as it stands: when, where, who said so, by which record."""

    name: str
    words: Words
    state: StepState
    time: int | None = None
    place: str = ""
    detail: Words = NOTHING
    said_by: str = ""
    record: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    """Kilograms in and out that must balance."""

    inputs: tuple[tuple[Words, Decimal], ...]
    outputs: tuple[tuple[Words, Decimal], ...]
    rest: Decimal


@dataclass(frozen=True, slots=True)
class Trip:
    """A trip on the map: points (lon, lat) with labels, in order of time."""

    points: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One measured line: points of (instant, value), a unit, and the limit in force."""

    words: Words
    unit: str
    points: tuple[tuple[int, Decimal | None], ...]
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SubjectPanel:
    """All that one subject's page shows beside its verdicts."""

    title: str
    subtitle: Words
    stage: str
    stage_words: Words
    stage_at: int | None
    place: str
    area: str
    expected_at: int | None
    """When the goods are expected at their destination (booked slot or deadline), int us."""
    loop: tuple[LoopStep, ...]
    movements: tuple[LoopStep, ...] = ()
    """Events that are no step of the loop, in order: shown, and seen by no rule."""
    silent: tuple[tuple[str, Words], ...] = ()
    """Rules that have no window yet, by id, each with the record that is not on file: undecided, never a guess."""
    balance: Balance | None = None
    trip: Trip | None = None
    series: tuple[Series, ...] = ()
    links: tuple[str, ...] = ()
    """Other subjects that this one leads to: a container's lots, a lot's container and children."""
    areas: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    """Areas and parties that this subject concerns: who may see its page."""
    facts: Sequence[tuple[Words, str]] = ()
    """Plain lines: product, origin, declaration …"""
    kg: Decimal | None = None
