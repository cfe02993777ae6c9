"""Templates of holding, counting, not overlapping, and balancing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from bihuan.engines.temporal.marks import Mark, Result, Span


def holds(spans: Iterable[Span], at: Mark, *, horizon: int) -> Result:
    """A credential is in force at an instant: start <= instant < end.

    The one in force longest ago is the witness. When none is: the latest that had begun and ended, with what ended
    it, belongs to the witness. Parts: `ended`, `missing`.
    """
    begun = sorted((s for s in spans if s.start <= at.time), key=lambda s: (s.start, s.id))
    for span in begun:
        if span.end is None or at.time < span.end:
            return Result("satisfied", (span.id, at.id))
    part = "ended" if begun else "missing"
    witness = (begun[-1].id, *begun[-1].ended_by, at.id) if begun else (at.id,)
    if horizon > at.time:
        return Result("violated", witness, None, part)
    return Result("undecided", witness, at.time, part)


def count(marks: Iterable[Mark], start: int, end: int, *, at_least: int, horizon: int) -> Result:
    """At least so many distinct values happened in [start, end). Parts: the number found."""
    seen: dict[object, str] = {}
    for mark in sorted(marks, key=lambda m: m[:3]):
        if start <= mark.time < end:
            seen.setdefault(mark.value, mark.id)
    found = tuple(seen.values())
    if len(found) >= at_least:
        return Result("satisfied", found[:at_least], None, str(len(found)))
    if horizon >= end:
        return Result("violated", found, None, str(len(found)))
    return Result("undecided", found, end - 1, str(len(found)))


def disjoint(spans: Sequence[Span]) -> list[tuple[str, str]]:
    """Pairs of spans that overlap; [start, end) that only touch do not."""
    pairs = []
    ordered = sorted(spans, key=lambda s: (s.start, s.id))
    for n, one in enumerate(ordered):
        for other in ordered[n + 1 :]:
            if one.end is not None and other.start >= one.end:
                break
            if other.end is None or other.end > one.start:
                pairs.append((one.id, other.id))
    return pairs


class Balance(NamedTuple):
    """What a balance of inputs and outputs came to."""

    result: Result
    rest: Decimal
    """What is left by the records, since the last count."""
    inputs: Decimal
    outputs: Decimal
    """Sums of the stretch that decided (all of it when nothing was counted)."""
    expected: Decimal | None = None
    counted: Decimal | None = None
    """For a count that decided: what should have been there, and what was."""


def balance(inputs: Sequence[Mark], outputs: Sequence[Mark], counts: Sequence[Mark], *, tolerance: Decimal) -> Balance:
    """Outputs never exceed inputs, and each count agrees with what the records say, all within `tolerance`.

    Values are Decimals of one unit. A count (of several in one instant the last) settles what went before it, its own
    instant included, and the next stretch begins with what was counted. Satisfied: the latest count agrees, or nothing
    is left. Parts: `over`, `count`, `agrees`, `nothing_left`, `open`.
    """
    base: Mark | None = None
    since: int | None = None
    agreed: Balance | None = None
    for when, several in groupby(sorted(counts, key=lambda m: m[:3]), key=lambda m: m.time):
        counted = list(several)[-1]
        into = [m for m in inputs if (since is None or m.time > since) and m.time <= when]
        out = [m for m in outputs if (since is None or m.time > since) and m.time <= when]
        over = _over(base, into, out, tolerance)
        if over is not None:
            return over
        expected = _rest(base, into, out)
        ids = (*_ids(base), *(m.id for m in into), *(m.id for m in out), counted.id)
        differs = abs(expected - counted.value) > tolerance
        result = Result("violated" if differs else "satisfied", _once(ids), None, "count" if differs else "agrees")
        found = Balance(result, counted.value, _sum(into), _sum(out), expected, counted.value)
        if differs:
            return found
        agreed, base, since = found, counted, when
    into = [m for m in inputs if since is None or m.time > since]
    out = [m for m in outputs if since is None or m.time > since]
    over = _over(base, into, out, tolerance)
    if over is not None:
        return over
    rest = _rest(base, into, out)
    if agreed is not None:
        return agreed._replace(rest=rest)
    ids = _once(m.id for m in (*into, *out))
    if abs(rest) <= tolerance:
        return Balance(Result("satisfied", ids, None, "nothing_left"), rest, _sum(into), _sum(out))
    return Balance(Result("undecided", ids, None, "open"), rest, _sum(into), _sum(out))


def _over(base: Mark | None, into: Sequence[Mark], out: Sequence[Mark], tolerance: Decimal) -> Balance | None:
    """The breach of a stretch that gave out more than it had: all inputs and the fewest outputs that show it."""
    had = (base.value if base is not None else Decimal(0)) + _sum(into)
    if _sum(out) <= had + tolerance:
        return None
    shown: list[Mark] = []
    for mark in sorted(out, key=lambda m: (-m.value, m[:3])):
        shown.append(mark)
        if _sum(shown) > had + tolerance:
            break
    ids = _once((*_ids(base), *(m.id for m in into), *(m.id for m in shown)))
    return Balance(Result("violated", ids, None, "over"), had - _sum(out), had, _sum(out))


def _rest(base: Mark | None, into: Sequence[Mark], out: Sequence[Mark]) -> Decimal:
    return (base.value if base is not None else Decimal(0)) + _sum(into) - _sum(out)


def _sum(marks: Iterable[Mark]) -> Decimal:
    return sum((m.value for m in marks), Decimal(0))


def _ids(base: Mark | None) -> tuple[str, ...]:
    return () if base is None else (base.id,)


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
