"""Templates of order: what must come before, after, never between, at least every, or agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bihuan.engines.temporal.marks import Mark, Result


def precedes(before: Iterable[Mark], act: Mark, *, horizon: int, min_gap: int = 0) -> Result:
    """An act needs an earlier mark, at least `min_gap` before it (the gap's end included).

    Without a gap, marks of the act's own instant count when their rank is not higher. Parts: `missing`.
    """
    by = act.time - min_gap
    latest = max((m for m in before if (m.time, m.rank) <= (by, act.rank)), key=lambda m: m[:3], default=None)
    if latest is not None:
        return Result("satisfied", (latest.id, act.id))
    if horizon > by:
        return Result("violated", (act.id,), None, "missing")
    return Result("undecided", (act.id,), by, "missing")


def follows(opening: Mark, after: Iterable[Mark], *, within: int, horizon: int, not_before: int = 0) -> Result:
    """An opening needs a later mark at `not_before` .. `within` after it, both ends included.

    Violated only once the deadline lies before the horizon; a late mark is then in the witness.
    Parts: `late`, `missing`.
    """
    low, due = opening.time + not_before, opening.time + within
    later = sorted((m for m in after if m.time >= low), key=lambda m: m[:3])
    if later and later[0].time <= due:
        return Result("satisfied", (opening.id, later[0].id))
    part = "late" if later else "missing"
    witness = (opening.id, later[0].id) if later else (opening.id,)
    if horizon > due:
        return Result("violated", witness, None, part)
    return Result("undecided", witness, due, part)


def never(events: Iterable[Mark], opened: Mark, closed: Mark | None, *, horizon: int) -> Result:
    """Nothing may happen strictly between two marks (an open end reaches as far as is known).

    An event's value says what it is: True a breach, False lawful, None not known. A breach is seen at once; its
    absence is proved when everything before the closing mark is known.
    Parts: `breach`, `unknown`, `open`, `incomplete`.
    """
    inside = sorted(
        (m for m in events if m.time > opened.time and (closed is None or m.time < closed.time)), key=lambda m: m[:3]
    )
    for mark in inside:
        if mark.value is True:
            return Result("violated", (opened.id, mark.id), None, "breach")
    for mark in inside:
        if mark.value is None:
            return Result("undecided", (opened.id, mark.id), None, "unknown")
    if closed is None:
        return Result("undecided", (opened.id,), None, "open")
    if horizon >= closed.time:
        return Result("satisfied", (opened.id, closed.id))
    return Result("undecided", (opened.id, closed.id), closed.time - 1, "incomplete")


def every(marks: Iterable[Mark], opened: Mark, closed: Mark | None, *, max_gap: int, horizon: int) -> list[Result]:
    """From an opening to a closing mark something must happen at least every `max_gap` (its end included).

    One result for each gap; the last is open while nothing has closed it. Parts: `late`, `missing`, `short`.
    """
    inside = sorted(
        (m for m in marks if m.time >= opened.time and (closed is None or m.time <= closed.time)), key=lambda m: m[:3]
    )
    found: list[Result] = []
    last = opened
    for mark in [*inside, *([closed] if closed is not None else [])]:
        due = last.time + max_gap
        if mark.time <= due:
            found.append(Result("satisfied", (last.id, mark.id), None, "short"))
        elif horizon > due:
            found.append(Result("violated", (last.id, mark.id), None, "late"))
        else:
            found.append(Result("undecided", (last.id, mark.id), due, "late"))
        last = mark
    if closed is None:
        due = last.time + max_gap
        answer: Result = Result("violated", (last.id,), None, "missing")
        found.append(answer if horizon > due else Result("undecided", (last.id,), due, "missing"))
    return found


def matches(before: Iterable[Mark], act: Mark, fields: Sequence[str]) -> Result:
    """An act's fields equal those of the latest earlier mark; None is a field that is not known yet.

    Values are mappings. No earlier mark: undecided.
    Parts: the differing (or unknown) fields joined by a comma, or `none`.
    """
    latest = max((m for m in before if (m.time, m.rank) <= (act.time, act.rank)), key=lambda m: m[:3], default=None)
    if latest is None:
        return Result("undecided", (act.id,), None, "none")
    stated: Mapping[str, Any] = latest.value
    done: Mapping[str, Any] = act.value
    wrong = [f for f in fields if done.get(f) is not None and done[f] != stated.get(f)]
    if wrong:
        return Result("violated", (latest.id, act.id), None, ",".join(wrong))
    unknown = [f for f in fields if done.get(f) is None]
    if unknown:
        return Result("undecided", (latest.id, act.id), None, ",".join(unknown))
    return Result("satisfied", (latest.id, act.id))
