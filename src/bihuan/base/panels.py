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


Colour = Literal["", "red", "orange", "yellow", "blue", "green"]


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table on a printed sheet; `widths` are shares of the breadth, `colours` one a row, told in words as well."""

    heads: tuple[Words, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[Words, ...], ...]
    colours: tuple[Colour, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetMark:
    """A mark on a plan: per cent across and down, its number in the key below, its colour."""

    x: Decimal
    y: Decimal
    label: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed page (or several, when its table is long): a list, a notice board, a card, a plan with marks."""

    title: Words
    subtitle: Words
    facts: tuple[tuple[Words, Words], ...] = ()
    tables: tuple[SheetTable, ...] = ()
    notes: tuple[Words, ...] = ()
    wide: bool = False
    """Across the page."""
    large: bool = False
    """A3 and large letters, for what hangs on a wall; else A4."""
    colour: Colour = ""
    """A band in this colour over the title."""
    plan: str = ""
    """The file of the plan that the marks stand on, as a record names it; none: a plain frame."""
    marks: tuple[SheetMark, ...] = ()


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
    lines: frozenset[str] = frozenset()
    """Lines under the app's own that may see it too: those of its industry."""
    facts: Sequence[tuple[Words, str]] = ()
    """Plain lines: product, origin, declaration …"""
    kg: Decimal | None = None
