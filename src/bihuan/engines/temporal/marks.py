"""What the templates take and give: marks on a time line, spans of validity, and a small result."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Answer = Literal["satisfied", "violated", "undecided"]


class Mark(NamedTuple):
    """Something that happened: when, its rank among things of the same instant, the record's id, and a value."""

    time: int
    rank: int
    id: str
    value: Any = None


class Span(NamedTuple):
    """Something in force from `start` (inclusive) to `end` (exclusive; None is open), e.g. a certificate."""

    id: str
    start: int
    end: int | None = None
    ended_by: tuple[str, ...] = ()
    """Records that ended it before its time, e.g. a revocation."""


class Result(NamedTuple):
    """One template's answer for one window."""

    answer: Answer
    witness: tuple[str, ...] = ()
    """Ids of the smallest set of records that shows the answer."""
    due: int | None = None
    """For undecided: once `horizon` is later than this, time alone decides; None when only a record can."""
    part: str = ""
    """Which side or field it turned on; each template says which words it uses."""
