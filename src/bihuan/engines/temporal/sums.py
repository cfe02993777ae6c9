"""Templates of holding, counting, not overlapping, and balancing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
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
    """What is left by the records."""
    inputs: Decimal
    outputs: Decimal
    expected: Decimal | None = None
    counted: Decimal | None = None
    """For a count that decided: what should have been there, and what was."""


def balance(inputs: Sequence[Mark], outputs: Sequence[Mark], counts: Sequence[Mark], *, tolerance: Decimal) -> Balance:
    """Outputs never exceed inputs, and each count agrees with what the records say, all within `tolerance`.

    Values are Decimals of one unit. A count is compared with all that went before it, its own instant included; it
    takes nothing's place in the sums, so that what two counts were off does not add up. Satisfied: the latest count
    agrees, or nothing is left. Parts: `over`, `count`, `agrees`, `nothing_left`, `open`.
    """
    into, out = _sum(inputs), _sum(outputs)
    rest = into - out
    agreed: Balance | None = None
    for counted in sorted(counts, key=lambda m: m[:3]):
        before = [[m for m in side if m.time <= counted.time] for side in (inputs, outputs)]
        expected = _sum(before[0]) - _sum(before[1])
        ids = _once(m.id for m in (*before[0], *before[1], counted))
        differs = abs(expected - counted.value) > tolerance
        result = Result("violated" if differs else "satisfied", ids, None, "count" if differs else "agrees")
        agreed = Balance(result, rest, into, out, expected, counted.value)
        if differs:
            return agreed
    if rest < -tolerance:
        return Balance(Result("violated", _shown(inputs, outputs, into + tolerance), None, "over"), rest, into, out)
    ids = _once(m.id for m in (*inputs, *outputs))
    if rest <= tolerance:
        return Balance(Result("satisfied", ids, None, "nothing_left"), rest, into, out)
    return agreed or Balance(Result("undecided", ids, None, "open"), rest, into, out)


def _shown(inputs: Sequence[Mark], outputs: Sequence[Mark], had: Decimal) -> tuple[str, ...]:
    """All inputs and the fewest outputs that show that more went out than there was."""
    shown: list[Mark] = []
    for mark in sorted(outputs, key=lambda m: (-m.value, m[:3])):
        shown.append(mark)
        if _sum(shown) > had:
            break
    return _once(m.id for m in (*inputs, *shown))


def _sum(marks: Iterable[Mark]) -> Decimal:
    return sum((m.value for m in marks), Decimal(0))


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
