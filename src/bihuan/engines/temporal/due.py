"""Templates of dates: due within a term, on numbered days, and the exemption that lifts either."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bihuan.engines.temporal.days import day_of, first_instant, last_instant
from bihuan.engines.temporal.marks import Mark, Result, Span
from bihuan.engines.temporal.sums import holds
from bihuan.engines.temporal.terms import Term, day_terms


def due(
    events: Iterable[Mark], term: Term, *, horizon: int, opened: Mark | None = None, ended: Mark | None = None
) -> Result:
    """Something must happen within a term of civil days, both included.

    Violated only once the last instant of the last day lies before the horizon; where the last day has two readings,
    only beyond both. What ended the duty in time (`ended`) lifts it. Satisfied parts: `lapsed`. Other parts: `late`,
    `missing`, `ambiguous` (two readings), `unsure` (a working day was assumed), `unstated` (no number of days).
    """
    ids = () if opened is None else (opened.id,)
    low = None if term.first is None else first_instant(term.first)
    high = None if term.late_until is None else last_instant(term.late_until)
    came = min(
        (m for m in events if (low is None or m.time >= low) and (high is None or m.time <= high)),
        key=lambda m: m[:3],
        default=None,
    )
    by = None if term.last is None else last_instant(term.last)
    if came is not None and (by is None or came.time <= by):
        return Result("satisfied", (*ids, came.id))
    if ended is not None and (by is None or ended.time <= by):
        return Result("satisfied", (*ids, ended.id), None, "lapsed")
    if by is None:
        return Result("undecided", ids, None, "unstated")
    part = "missing" if came is None else "late"
    witness = ids if came is None else (*ids, came.id)
    surely = by if term.later is None else last_instant(term.later)
    between = any(m is not None and by < m.time <= surely for m in (came, ended))
    if horizon > surely and term.sure and not between:
        return Result("violated", witness, None, part)
    if not term.sure:
        return Result("undecided", witness, by if horizon <= by else None, "unsure")
    if term.later is not None:
        known = by if horizon <= by else None if between else surely
        return Result("undecided", witness, known, "ambiguous")
    return Result("undecided", witness, by, part)


def follows_on(
    opening: Mark,
    after: Iterable[Mark],
    days: Sequence[int],
    *,
    horizon: int,
    first: int = 1,
    ended: Mark | None = None,
) -> list[Result]:
    """An opening needs a mark on each of some civil days, e.g. 1, 4 and 7; one result for each day, in their order.

    `first` is the number of the opening's own civil day. A mark counts on its own day only, whatever the hour.
    Parts: `missing`, `lapsed`.
    """
    marks = list(after)
    terms = day_terms(day_of(opening.time), days, first)
    return [due(marks, term, horizon=horizon, opened=opening, ended=ended) for term in terms]


def unless(
    found: Result, exemptions: Iterable[Span], opening: Mark, *, horizon: int, doubtful: Sequence[str] = ()
) -> Result:
    """An exemption in force at the opening lifts the whole window, whatever was found in it.

    `horizon` is that of the exemptions. A breach is told only when no exemption can come any more, and none of the
    `doubtful` (facts that may exempt and don't say so) is there. Parts: `exempt`, `exemption_unknown`, else those found.
    """
    held = holds(exemptions, opening, horizon=horizon)
    if held.answer == "satisfied":
        return Result("satisfied", held.witness, None, "exempt")
    if found.answer != "violated":
        return found
    if doubtful:
        ids = tuple(dict.fromkeys((*found.witness, *doubtful)))
        return Result("undecided", ids, None, "exemption_unknown")
    if held.answer == "undecided":
        return Result("undecided", found.witness, opening.time, "exemption_unknown")
    return found
