"""The words of the rule engine: facts in canonical order, dated limits, completeness, verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from bihuan.base.declare import Record
from bihuan.base.errors import Words

Answer = Literal["satisfied", "violated", "undecided"]
NEVER = -(2**63)
"""Completeness of a type that has no feed: minus infinity."""
_NO_WORDS = Words("", "")


@dataclass(frozen=True, slots=True)
class Fact:
    """One record as rules see it: its own id, the id of its first version, when it happened and was received."""

    id: str
    first: str
    type: str
    """Declared step or type name, e.g. `picked_up`."""
    time: int
    received: int
    rank: int
    record: Record
    part: int = 0
    """Place among the steps of one record: 0, 1, … where it names several lots or readings."""
    by: str = ""
    """The organisation that stated it; "" for an authority, or where nobody says (files judged without a store)."""

    @property
    def order(self) -> tuple[int, int, str, int]:
        """Canonical order: event time, type rank, record id (and place within the record)."""
        return (self.time, self.rank, self.id, self.part)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One dated, territorial value of a limit with its legal source; in force [valid_from, valid_to)."""

    id: str
    name: str
    value: Decimal
    unit: str
    area: str
    """Division code prefix; "" is everywhere."""
    valid_from: int
    valid_to: int | None
    source: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """All limit rows that are known."""

    rows: tuple[LimitRow, ...] = ()

    def at(self, name: str, when: int, area: str) -> LimitRow | None:
        """The row in force at an instant in an area: the longest area prefix wins; None when there is none."""
        fits = [
            row
            for row in self.rows
            if row.name == name
            and row.valid_from <= when
            and (row.valid_to is None or when < row.valid_to)
            and area.startswith(row.area)
        ]
        return max(fits, key=lambda row: (len(row.area), row.valid_from, row.id), default=None)


@dataclass(frozen=True, slots=True)
class Completeness:
    """How far each type's input is complete (exclusive instants, int us); a type without a feed: minus infinity."""

    until: Mapping[str, int] = field(default_factory=dict)
    otherwise: int = NEVER
    lags: Mapping[str, int] = field(default_factory=dict)
    """Types whose W follows the clock, and how far behind (int us); W of the others moves when a source states it."""

    def of(self, types: Iterable[str]) -> int:
        """W over the types that a rule reads: the earliest."""
        return min((self.until.get(name, self.otherwise) for name in types), default=self.otherwise)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one window of one subject, with the smallest set of records that shows it."""

    rule: str
    subject: str
    """`container:CSQU3054383`, `lot:L1` …"""
    window: str
    """Id of the opening record's first version."""
    answer: Answer
    reason: Words
    opened_at: int
    area: str
    witness: tuple[str, ...] = ()
    due: int | None = None
    """For undecided: the instant by which time alone decides it, when there is one."""
    limit: str | None = None
    """Id of the limit row that was used."""
    missing: tuple[str, ...] = ()
    """Types whose input would decide an undecided one."""
    version: str = ""
    """The version of the rule that said so."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verdict depends on beside the history: now, completeness, limits, and fences of places."""

    now: int
    complete: Completeness
    limits: Limits
    fences: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    """Place id → corners (longitude, latitude), WGS 84."""


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule's public face: name, sentence, article, territory and dates."""

    id: str
    titles: Words
    say: Words
    """The sentence of the rule, as an officer would say it."""
    citation: Words
    """Notice and article that it is read from: what an order prints as its legal basis, and nothing of ours."""
    subject: str
    """Kind of subject, e.g. `container`."""
    territory: str
    valid_from: date
    valid_to: date | None = None
    severity: Literal["breach", "notice"] = "breach"
    asks: Words | None = None
    """What it asks, as a duty and beside a verdict: 按时到库; none: as `titles`, which name the breach."""
    version: str = "1"
    """Which wording of the rule this is, e.g. `2021-01-11/1`: a new one whenever what it asks or how it is read changes."""
    remark: Words = _NO_WORDS
    """How we read the citation, where it does not say so itself; may be empty."""

    @property
    def asked(self) -> Words:
        """What it asks, in a few words."""
        return self.asks or self.titles

    @property
    def source(self) -> Words:
        """The citation with our reading behind it, for pages that explain; never for a document."""
        if not self.remark.zh:
            return self.citation
        return Words(f"{self.citation.zh}（读作：{self.remark.zh}）", f"{self.citation.en} (read as: {self.remark.en})")
