"""test_cadence: while a post of a risk is held, each run of N civil days contains a sampling, or each week so many.

A gap opens at the start of a post, after leave, with a sampling, or with the first day of a row where none was in
force before; what opens it fixes its row. `R1` … are the readings of `docs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from bihuan.apps.staff_loop.people import (
    PENDING,
    Sampling,
    endings,
    is_own,
    no_row,
    of_person,
    posts,
    row_at,
    samplings,
    with_row,
)
from bihuan.apps.staff_loop.records import OnLeave, PostAssigned, begins, ends
from bihuan.base.clock import civil_date, day_start
from bihuan.base.rules.history import History
from bihuan.base.rules.model import Asked, Fact, LimitRow, Verdict
from bihuan.base.rules.rule import Window
from bihuan.base.rules.wording import clock

FOREVER = 2**63 - 1
WEEKLY = "per_week"


@dataclass(frozen=True, slots=True)
class Stint:
    """A stretch of one area and risk without pause or leave, [start, end)."""

    start: int
    end: int
    opener: Fact
    """What begins it: the post, or the leave that is over."""
    holder: Fact
    """The post itself."""
    post: PostAssigned
    ender: Fact | None = None

    @property
    def limit(self) -> str:
        """The name of its limit."""
        return f"test_cadence.{self.post.risk.value}"


@dataclass(frozen=True, slots=True)
class Gap(Fact):
    """A window of the cadence: what opened it, until when it runs, and what came."""

    row: LimitRow | None = None
    limit: str = ""
    due: int = 0
    came: tuple[str, ...] = ()
    """The samplings that satisfy it."""
    ender: Fact | None = None
    """What lets the duty lapse before it is due."""
    shown: tuple[str, ...] = ()
    """The record that stands for the opening in the witness."""


class _Opener(NamedTuple):
    at: int
    kind: int
    """0: post or end of leave, 1: sampling, 2: first day of a limit row."""
    first: str
    name: str
    shown: str


def stints(history: History) -> list[Stint]:
    """The stretches of work of the history's person, in order."""
    whole = [part for stint in _held(history) for part in _without_leave(stint, history)]
    return sorted(whole, key=lambda stint: (stint.start, stint.opener.id))


def _held(history: History) -> Iterator[Stint]:
    """R8: posts of one area and risk without pause are one; a post of another risk or area ends what went before."""
    events: list[tuple[int, int, str, Fact, PostAssigned | None]] = [
        (since, 1, fact.id, fact, post) for since, fact, post in posts(history)
    ]
    events += [(fact.time, 0, fact.id, fact, None) for fact, _ in endings(history)]
    events.sort(key=lambda each: each[:3])
    current: Stint | None = None
    open_posts: list[PostAssigned] = []
    for at, _, _, fact, post in events:
        if post is None:
            if current is None:
                continue
            ended = fact.record
            left = [p for p in open_posts if not _ends(ended, p)]
            if open_posts and len(left) < len(open_posts) and not left:
                current = replace(current, end=at, ender=fact)
            open_posts = left
            continue
        if current is not None and (at > current.end or not _same(current.post, post)):
            if at < current.end:
                current = replace(current, end=at, ender=fact)
            yield current
            current, open_posts = None, []
        if current is None:
            current = Stint(at, FOREVER, fact, fact, post)
        elif current.end != FOREVER:
            current = replace(current, end=FOREVER, ender=None)
        open_posts.append(post)
    if current is not None:
        yield current


def _ends(ended: object, post: PostAssigned) -> bool:
    employer = getattr(ended, "employer", "")
    return getattr(ended, "post", "") == post.post and employer in ("", post.employer)


def _same(one: PostAssigned, other: PostAssigned) -> bool:
    return (one.area, one.risk) == (other.area, other.risk)


def _without_leave(stint: Stint, history: History) -> Iterator[Stint]:
    """R4: leave ends a stretch, its end begins another."""
    here: Stint | None = stint
    leaves = [(begins(r.from_), ends(r.to), f) for f in of_person(history, OnLeave) if isinstance(r := f.record, OnLeave)]
    for start, end, fact in sorted(leaves, key=lambda leave: (leave[0], leave[1], leave[2].id)):
        if here is None or end <= here.start or start >= here.end:
            continue
        if start > here.start:
            yield replace(here, end=start, ender=fact)
        here = replace(here, start=end, opener=fact) if end < here.end else None
    if here is not None and here.start < here.end:
        yield here


def gaps(history: History, asked: Asked) -> Iterable[Fact]:
    """All windows of the cadence of one person."""
    if not is_own(history):
        return []
    taken = samplings(history, history.name)
    return [gap for stint in stints(history) for gap in (*_daily(stint, taken, asked), *_weekly(stint, taken, asked))]


def _daily(stint: Stint, taken: list[Sampling], asked: Asked) -> Iterator[Gap]:
    days = _days([s for s in taken if stint.start <= s.at < stint.end])
    openers = [_Opener(stint.start, 0, stint.opener.first, stint.opener.id, stint.opener.id)]
    openers += [_Opener(s.at, 1, s.fact.first, s.fact.id, s.fact.id) for s in days]
    openers += [_Opener(row.valid_from, 2, row.id, row.id, stint.holder.id) for row in asked.limits.rows if _begins(row, stint, asked)]
    under_row = False
    for opener in sorted(openers):
        at, starts = opener.at, opener.kind != 1
        if opener.kind == 2 and under_row:
            continue  # R9: a window opened under the old row keeps it
        row = _row(stint, at, asked)
        under_row = _counts_days(row)
        if row is not None and row.unit == WEEKLY:
            continue
        day = civil_date(at)
        step = 0 if row is None else int(row.value) + (0 if starts else 1)
        due = 0 if row is None else day_start(day + timedelta(days=step))
        came = next((s for s in days if (s.at >= at if starts else civil_date(s.at) > day)), None)
        lapsed = stint.ender if stint.ender is not None and stint.end < due else None
        yield Gap(
            opener.name, opener.first, stint.opener.type, at, stint.opener.received, stint.opener.rank, stint.post, row=row,
            limit=stint.limit, due=due, came=(came.fact.id,) if came is not None and came.at < due else (), ender=lapsed, shown=(opener.shown,),
        )  # fmt: skip


def _begins(row: LimitRow, stint: Stint, asked: Asked) -> bool:
    """Whether a row's start lies in the stretch, and none by days was in force just before."""
    at = row.valid_from
    return (
        row.name == stint.limit and stint.start < at < stint.end and _row(stint, at, asked) == row
        and not _counts_days(_row(stint, at - 1, asked))
    )  # fmt: skip


def _days(taken: list[Sampling]) -> list[Sampling]:
    """R6: the first sampling of each civil day."""
    found: dict[date, Sampling] = {}
    for each in taken:
        found.setdefault(civil_date(each.at), each)
    return list(found.values())


def _row(stint: Stint, at: int, asked: Asked) -> LimitRow | None:
    return row_at(asked, stint.limit, at, stint.post.area, stint.post.division)


def _counts_days(row: LimitRow | None) -> bool:
    return row is not None and row.unit != WEEKLY


def _weekly(stint: Stint, taken: list[Sampling], asked: Asked) -> Iterator[Gap]:
    """R10: whole weeks, Monday to Sunday, begun by now."""
    if not any(row.name == stint.limit and row.unit == WEEKLY for row in asked.limits.rows):
        return
    first = civil_date(stint.start - 1) + timedelta(days=1)
    monday = first + timedelta(days=-first.weekday() % 7)
    while (start := day_start(monday)) <= asked.now:
        end = day_start(monday + timedelta(days=7))
        if end > stint.end:
            return
        row = _row(stint, start, asked)
        if row is not None and row.unit == WEEKLY and (row.valid_to is None or end <= row.valid_to):
            days = _days([s for s in taken if start <= s.at < end])[: int(row.value)]
            came = tuple(s.fact.id for s in days) if len(days) == int(row.value) else ()
            yield Gap(
                stint.holder.id, f"week:{monday}", stint.holder.type, start, stint.holder.received, stint.holder.rank,
                stint.post, row=row, limit=stint.limit, due=end, came=came, shown=(stint.holder.id,),
            )  # fmt: skip
        monday += timedelta(days=7)


def judge_cadence(window: Window) -> Verdict:
    """Satisfied by a sampling in time or by what ends the duty first; violated once it is due and no sampling can come."""
    gap = window.opening
    assert isinstance(gap, Gap)
    if gap.row is None:
        return replace(no_row(window, [gap.limit]), witness=gap.shown)
    return with_row(_judged(window, gap), gap.row)


def _judged(window: Window, gap: Gap) -> Verdict:
    by = clock(gap.due)
    if gap.came:
        return window.say("satisfied", f"已在 {by} 前采样。", f"Sampled before {by}.", (*gap.shown, *gap.came))
    if gap.ender is not None:
        return window.say("satisfied", "到期前已离岗、休假或转岗。", "The post was left before a sample was due.", (*gap.shown, gap.ender.id))
    if window.horizon("tested") >= gap.due:
        return window.say("violated", f"{by} 前没有采样。", f"No sample before {by}.", gap.shown)
    return window.say("undecided", f"应在 {by} 前采样{PENDING.zh}。", f"A sample is due before {by}{PENDING.en}.", gap.shown,
                      due=gap.due, missing=("tested",))  # fmt: skip
